"""What software that was written for another kernel does with messages, as dicts: it sends them, and answers some."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from sdk.kernel.dicts import header_of, message_of
from sdk.protocol.control import UsageRequest
from sdk.protocol.iopub import Status, Stream
from sdk.protocol.message import Channel, Content, CustomContent, ErrorReply, Message
from sdk.protocol.shell import CompleteReply, CompleteRequest, ExecuteRequest, KernelInfoRequest
from sdk.seam import Lane
from sdk.testing import MemoryFrontend
from tests.kernel.kernels import Script

BUSY, IDLE = Status("busy"), Status("idle")


def as_dict(message: Message, **fields: Any) -> dict[str, Any]:
    """The message as other software has it."""
    header = message.header
    names = {"msg_id": header.msg_id, "session": header.session, "msg_type": header.msg_type, "date": datetime.now(UTC)}
    return {"header": names, "parent_header": {}, "metadata": {}, "content": {}, "buffers": [], **fields}


class Handled:
    """A front-end of a kernel of which somebody else answers requests."""

    def __init__(self, msg_type: str, channel: Channel = Channel.SHELL) -> None:
        self.kernel = Script()
        self.frontend = MemoryFrontend(lambda: self.kernel)
        self.outside = self.kernel.host.outside
        self.seen: list[str] = []
        self.outside.handlers[channel.value, msg_type] = self._handle
        self.handle: Any = None

    async def _handle(self, message: Message) -> None:
        self.seen.append(message.header.msg_type)
        await self.handle(message)

    def request(self, content: Content, channel: Channel = Channel.SHELL) -> list[Content]:
        return self.frontend.request(content, channel=channel)


def test_a_handler_answers_in_the_kernels_place_and_may_say_more() -> None:
    handled = Handled("complete_request")

    async def handle(message: Message) -> None:
        handled.outside.say("iopub", "stream", {"name": "stdout", "text": "hi"}, parent=as_dict(message))
        handled.outside.say("shell", "complete_reply", {"status": "ok"}, parent=as_dict(message)["header"])

    handled.handle = handle
    assert handled.request(CompleteRequest("x")) == [
        BUSY,
        CustomContent("stream", {"name": "stdout", "text": "hi"}),
        CustomContent("complete_reply", {"status": "ok"}),
        IDLE,
    ]
    assert handled.seen == ["complete_request"]


def test_a_handler_may_leave_it_to_the_kernel() -> None:
    handled = Handled("complete_request")

    async def handle(message: Message) -> None:
        await handled.outside.answer_dict("shell", as_dict(message, content={"code": "x"}), message.identities)

    handled.handle = handle
    assert handled.request(CompleteRequest("x")) == [BUSY, CompleteReply(["one"], 0, 1), IDLE]


def test_what_the_kernel_cannot_answer_for_a_handler_is_an_error_reply() -> None:
    handled = Handled("complete_request")

    async def handle(message: Message) -> None:
        await handled.outside.answer_dict("shell", as_dict(message, content={"code": "bad"}), message.identities)

    handled.handle = handle
    _, reply, _ = handled.request(CompleteRequest("bad"))
    assert isinstance(reply, ErrorReply)


def test_a_handler_that_fails_gets_its_client_an_error_reply() -> None:
    handled = Handled("complete_request")

    async def handle(message: Message) -> None:
        raise ValueError("not today")

    handled.handle = handle
    _, reply, _ = handled.request(CompleteRequest("x"))
    assert isinstance(reply, ErrorReply)
    assert (reply.ename, reply.evalue) == ("ValueError", "not today")


def test_a_request_may_be_answered_later_outside_of_its_turn() -> None:
    handled = Handled("no_such_request")
    request = handled.frontend.message(ExecuteRequest("say hi"))
    asyncio.run(handled.outside.answer_dict("shell", as_dict(request, content={"code": "say hi"}), ()))
    contents = [message.content for _, message in handled.frontend.sent]
    assert Stream("stdout", "hi") in contents
    assert BUSY not in contents
    assert IDLE not in contents


def test_requests_that_nobody_else_answers_are_the_kernels() -> None:
    handled = Handled("complete_request")
    assert handled.request(ExecuteRequest("say hi"))[0] == BUSY
    assert handled.seen == []


def test_code_of_others_never_runs_where_control_is_watched() -> None:
    on_shell, on_control = Handled("usage_request"), Handled("usage_request", Channel.CONTROL)
    assert on_shell.outside.lane("usage_request") is Lane.IN_ORDER
    assert on_control.outside.lane("usage_request") is Lane.WORKER
    assert Handled("debug_request", Channel.CONTROL).outside.lane("debug_request") is Lane.ASIDE
    assert on_control.outside.lane("interrupt_request") is None
    usage = on_shell.frontend.message(UsageRequest())
    assert on_shell.frontend.dispatcher.lane(usage) is Lane.IN_ORDER
    assert MemoryFrontend(Script).dispatcher.lane(usage) is not Lane.IN_ORDER


def test_a_header_may_be_given() -> None:
    handled = Handled("no_such_request")
    parent = handled.frontend.message(KernelInfoRequest())
    said = handled.outside.say("iopub", "odd", {}, header={"msg_id": "mine"}, parent=as_dict(parent), buffers=[b"b"])
    assert (said.msg_id, said.msg_type) == ("mine", "odd")
    ((channel, message),) = handled.frontend.sent
    assert (channel, message.header, message.buffers) == (Channel.IOPUB, said, (b"b",))
    assert message.parent_header is not None
    assert message.parent_header.msg_id == parent.header.msg_id


def test_a_message_is_read_with_its_parent_and_buffers() -> None:
    fields = {
        "header": {"msg_id": "1", "msg_type": "custom_request", "date": "today"},
        "parent_header": {"msg_id": "0"},
        "content": {"a": 1},
        "metadata": None,
        "buffers": [b"x", bytearray(b"y")],
    }
    message = message_of(fields, [b"me"])
    assert message.parent_header is not None
    assert (message.header.date, message.parent_header.msg_id, message.identities) == ("today", "0", (b"me",))
    assert ([bytes(one) for one in message.buffers], message.metadata) == ([b"x", b"y"], {})
    with pytest.raises(KeyError):
        header_of({})
