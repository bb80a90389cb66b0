"""Software that was written for another kernel: it sends messages as dicts, and answers requests in the SDK's place."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from sdk.kernel.dicts import as_dict, header_of, message_of
from sdk.protocol.comm import CommOpen
from sdk.protocol.iopub import ExecuteInput, Status, Stream
from sdk.protocol.message import Channel, Content, CustomContent, ErrorReply, Message
from sdk.protocol.shell import ExecuteReply, ExecuteRequest
from sdk.seam import Lane
from sdk.testing import MemoryFrontend
from tests.kernel.kernels import Script

BUSY, IDLE = Status("busy"), Status("idle")


@pytest.fixture
def frontend() -> MemoryFrontend:
    return MemoryFrontend(Script)


def answering(frontend: MemoryFrontend, channel: str, msg_type: str, answer: Any) -> None:
    frontend.kernel.host.outside.handlers[channel, msg_type] = answer


def test_a_message_is_a_dict_and_a_message_again(frontend: MemoryFrontend) -> None:
    message = frontend.message(CommOpen("id", "target", {"n": 1}), metadata={"m": 2}, buffers=[b"ab"])
    fields = as_dict(message)
    assert isinstance(fields["header"]["date"], datetime)
    again = message_of(fields, message.identities)
    assert (again.content, again.metadata, again.identities) == (message.content, {"m": 2}, message.identities)
    assert again.header.msg_id == message.header.msg_id and again.parent_header is None
    assert [bytes(buffer) for buffer in again.buffers] == [b"ab"]
    reply = {**fields, "parent_header": fields["header"], "buffers": [bytearray(b"cd")]}
    assert message_of(reply).parent_header.msg_id == message.header.msg_id
    assert header_of({"msg_id": "1", "date": datetime(2026, 1, 2, tzinfo=UTC)}).date == "2026-01-02T00:00:00+00:00"
    with pytest.raises(KeyError):
        message_of({"content": {}})


def test_who_answers_instead_sends_the_reply(frontend: MemoryFrontend) -> None:
    outside = frontend.kernel.host.outside

    async def answer(message: Message) -> None:
        content = {"got": message.content.to_fields()["n"]}
        outside.say("shell", "my_reply", content, parent=as_dict(message), identities=message.identities)

    answering(frontend, "shell", "my_request", answer)
    assert frontend.request(CustomContent("my_request", {"n": 1})) == [
        BUSY,
        CustomContent("my_reply", {"got": 1}),
        IDLE,
    ]
    assert frontend.sent[1][0] is Channel.SHELL and frontend.sent[1][1].identities == (b"client",)


def test_what_is_said_comes_after_the_text_before_it(frontend: MemoryFrontend) -> None:
    async def answer(message: Message) -> None:
        header = frontend.kernel.host.outside.say("iopub", "note", {"a": 1}, header={"msg_id": "own"})
        assert (header.msg_id, header.msg_type) == ("own", "note")

    answering(frontend, "shell", "my_request", answer)
    assert frontend.request(CustomContent("my_request", {})) == [BUSY, CustomContent("note", {"a": 1}), IDLE]


def test_one_that_fails_ends_in_an_error_reply_unless_it_has_replied(frontend: MemoryFrontend) -> None:
    async def fail(message: Message) -> None:
        raise ValueError("bad")

    async def reply_and_fail(message: Message) -> None:
        frontend.kernel.host.outside.say("shell", "my_reply", {}, parent=as_dict(message))
        raise ValueError("bad")

    answering(frontend, "shell", "my_request", fail)
    (reply,) = frontend.request(CustomContent("my_request", {}))[1:-1]
    assert isinstance(reply, ErrorReply) and (reply.ename, reply.evalue) == ("ValueError", "bad")
    answering(frontend, "shell", "my_request", reply_and_fail)
    assert frontend.request(CustomContent("my_request", {})) == [BUSY, CustomContent("my_reply", {}), IDLE]


def test_one_that_stands_before_the_sdk_lets_it_answer(frontend: MemoryFrontend) -> None:
    seen: list[Content] = []

    async def wrap(message: Message) -> None:
        seen.append(message.content)
        await frontend.kernel.host.outside.answer_dict("shell", as_dict(message), message.identities)

    answering(frontend, "shell", "execute_request", wrap)
    contents = frontend.execute("say hello")
    assert contents[:3] == [BUSY, ExecuteInput("say hello", 1), Stream("stdout", "hello")]
    assert isinstance(contents[3], ExecuteReply) and contents[4:] == [IDLE]
    assert [content.code for content in seen if isinstance(content, ExecuteRequest)] == ["say hello"]


def test_what_was_kept_back_is_answered_later_without_busy_and_idle(frontend: MemoryFrontend) -> None:
    kept: list[Message] = []

    async def keep(message: Message) -> None:
        kept.append(message)

    answering(frontend, "shell", "execute_request", keep)
    assert frontend.execute("say hello") == [BUSY, IDLE]
    asyncio.run(frontend.kernel.host.outside.answer_dict("shell", as_dict(kept[0]), kept[0].identities))
    contents = [message.content for _, message in frontend.sent[2:]]
    assert contents[:2] == [ExecuteInput("say hello", 1), Stream("stdout", "hello")]
    assert isinstance(contents[2], ExecuteReply) and len(contents) == 3


def test_what_cannot_be_answered_later_has_an_error_reply(frontend: MemoryFrontend) -> None:
    fields = as_dict(frontend.message(CustomContent("odd_request", {})))
    asyncio.run(frontend.kernel.host.outside.answer_dict("shell", fields, [b"client"]))
    ((_, message),) = frontend.sent
    assert isinstance(message.content, ErrorReply) and message.content.ename == "UnsupportedRequestError"
    fields = as_dict(frontend.message(CustomContent("odd_reply", {})))
    asyncio.run(frontend.kernel.host.outside.answer_dict("shell", fields, [b"client"]))
    assert len(frontend.sent) == 1


def test_its_code_is_not_run_on_the_control_thread(frontend: MemoryFrontend) -> None:
    async def answer(message: Message) -> None:
        raise AssertionError

    lane = frontend.dispatcher.lane
    usual = lane(frontend.message(CustomContent("my_request", {})))
    assert usual is Lane.IN_ORDER
    answering(frontend, "control", "my_request", answer)
    assert lane(frontend.message(CustomContent("my_request", {}))) is Lane.WORKER
    answering(frontend, "shell", "my_request", answer)
    assert lane(frontend.message(CustomContent("my_request", {}))) is Lane.IN_ORDER
    assert lane(frontend.message(ExecuteRequest("x"))) is Lane.IN_ORDER
