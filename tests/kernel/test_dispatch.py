"""Every request gets exactly one reply between one busy and one idle: play scripts, compared whole."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from datetime import UTC, datetime
from typing import Any

import pytest

from sdk import Context, Kernel, WhileBusy
from sdk.kernel.pace import straight
from sdk.protocol.comm import CommMsg
from sdk.protocol.control import (
    CreateSubshellReply,
    CreateSubshellRequest,
    DebugReply,
    DebugRequest,
    DeleteSubshellReply,
    DeleteSubshellRequest,
    InterruptReply,
    InterruptRequest,
    ListSubshellReply,
    ListSubshellRequest,
    ShutdownReply,
    ShutdownRequest,
    UsageReply,
    UsageRequest,
)
from sdk.protocol.iopub import ExecuteInput, Status, Stream
from sdk.protocol.message import (
    PROTOCOL_VERSION,
    Channel,
    Content,
    CustomContent,
    ErrorReply,
    MalformedContent,
    Message,
)
from sdk.protocol.shell import (
    CommInfoReply,
    CommInfoRequest,
    CompleteReply,
    CompleteRequest,
    ConnectReply,
    ConnectRequest,
    ExecuteReply,
    ExecuteRequest,
    HistoryReply,
    HistoryRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
    KernelInfoReply,
    KernelInfoRequest,
)
from sdk.seam import Lane
from sdk.testing import MemoryFrontend
from tests.kernel.kernels import Bare, Reluctant, Rich, Script

BUSY, IDLE = Status("busy"), Status("idle")


def only_reply(contents: list[Content]) -> Content:
    """The reply of a script busy, reply, idle; anything else fails."""
    assert [contents[0], *contents[2:]] == [BUSY, IDLE]
    return contents[1]


def test_kernel_info_tells_what_the_class_says() -> None:
    reply = only_reply(MemoryFrontend(Rich).request(KernelInfoRequest()))
    assert reply == KernelInfoReply(
        protocol_version=PROTOCOL_VERSION,
        implementation="script",
        implementation_version="0",
        language_info={"name": "script", "mimetype": "text/plain", "file_extension": ".txt"},
        banner="",
        help_links=[],
        supported_features=["kernel subshells", "debugger"],
        debugger=True,
    )


def test_features_are_those_that_are_implemented() -> None:
    reply = only_reply(MemoryFrontend(Bare).request(KernelInfoRequest()))
    assert isinstance(reply, KernelInfoReply)
    assert (reply.implementation, reply.supported_features, reply.debugger) == ("tests", [], False)


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        (ConnectRequest(), ConnectReply(shell_port=1, control_port=2, iopub_port=3, stdin_port=4, hb_port=5)),
        (CommInfoRequest(), CommInfoReply({})),
        (InterruptRequest(), InterruptReply()),
        (CompleteRequest("o", 1), CompleteReply(["one"], 0, 1)),
        (InspectRequest("x", 0), InspectReply(found=True, data={"text/plain": "x"})),
        (IsCompleteRequest("x"), IsCompleteReply("incomplete", "  ")),
        (HistoryRequest("tail", n=3), HistoryReply([])),
        (DebugRequest({"seq": 7}), DebugReply({"seq": 7})),
    ],
)
def test_requests_are_answered(content: Content, reply: Content) -> None:
    assert MemoryFrontend(Rich).request(content) == [BUSY, reply, IDLE]


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        (CompleteRequest("a", 1), CompleteReply([], 1, 1)),
        (CompleteRequest("abc"), CompleteReply([], 3, 3)),
        (InspectRequest("a", 1), InspectReply(found=False)),
        (IsCompleteRequest("a"), IsCompleteReply("unknown")),
    ],
)
def test_what_is_not_implemented_has_a_neutral_answer(content: Content, reply: Content) -> None:
    assert MemoryFrontend(Bare).request(content) == [BUSY, reply, IDLE]


def test_usage_is_answered() -> None:
    assert isinstance(only_reply(MemoryFrontend(Bare).request(UsageRequest())), UsageReply)


def test_interrupts_are_passed_on() -> None:
    frontend = MemoryFrontend(Script)
    frontend.request(InterruptRequest(), channel=Channel.CONTROL)
    assert frontend.interrupts == 1


@pytest.mark.parametrize("restart", [False, True])
def test_shutdown_is_answered_then_broadcast_then_done(restart: bool) -> None:
    frontend = MemoryFrontend(Script)
    contents = frontend.request(ShutdownRequest(restart), channel=Channel.CONTROL)
    assert contents == [BUSY, ShutdownReply(restart), IDLE, ShutdownReply(restart)]
    assert [channel for channel, _ in frontend.sent][1::2] == [Channel.CONTROL, Channel.IOPUB]
    assert frontend.shut_down is restart


def test_a_reply_goes_to_who_asked_with_the_request_as_parent() -> None:
    frontend = MemoryFrontend(Script)
    request = frontend.message(KernelInfoRequest())
    sent = frontend.receive(request, channel=Channel.CONTROL)
    assert [message.parent_header for message in sent] == [request.header] * 3
    assert frontend.sent[1][0] is Channel.CONTROL
    assert sent[1].identities == request.identities


@pytest.mark.parametrize("content", [CustomContent("nonsense_request", {}), CustomContent("nonsense", {})])
def test_an_unknown_type_gets_an_error_reply(content: CustomContent) -> None:
    reply = only_reply(MemoryFrontend(Script).request(content))
    assert isinstance(reply, ErrorReply)
    assert (reply.msg_type, reply.ename) == ("nonsense_reply", "UnsupportedRequestError")


def test_a_stray_reply_is_not_replied_to() -> None:
    assert MemoryFrontend(Script).request(CustomContent("other_reply", {})) == [BUSY, IDLE]


@pytest.mark.parametrize("msg_type", ["execute_request", "complete_request", "kernel_info_request"])
def test_a_malformed_content_gets_an_error_reply(msg_type: str) -> None:
    reply = only_reply(MemoryFrontend(Script).request(MalformedContent(msg_type, "code is missing")))
    assert isinstance(reply, ErrorReply)
    assert (reply.ename, reply.evalue) == ("ContentError", "code is missing")


def test_a_malformed_comm_message_is_logged_and_not_replied_to() -> None:
    frontend = MemoryFrontend(Script)
    assert frontend.request(MalformedContent("comm_msg", "comm_id is missing")) == [BUSY, IDLE]
    assert frontend.logged == ["comm_msg: ContentError: comm_id is missing"]


def test_an_unknown_subshell_gets_an_error_reply() -> None:
    reply = only_reply(MemoryFrontend(Rich).request(ExecuteRequest("say x"), subshell_id="nobody"))
    assert isinstance(reply, ErrorReply)
    assert reply.ename == "UnknownSubshellError"


@pytest.mark.parametrize(("code", "ename"), [("bad", "BadReturnValueError"), ("exit", "SystemExit")])
def test_an_authors_mistake_gets_an_error_reply(code: str, ename: str) -> None:
    frontend = MemoryFrontend(Script)
    reply = only_reply(frontend.request(CompleteRequest(code, 0)))
    assert isinstance(reply, ErrorReply)
    assert (reply.msg_type, reply.ename) == ("complete_reply", ename)
    assert frontend.request(CompleteRequest("o", 1)) == [BUSY, CompleteReply(["one"], 0, 1), IDLE]


def test_an_author_may_answer_types_of_his_own_with_buffers() -> None:
    frontend = MemoryFrontend(Rich)
    sent = frontend.receive(frontend.message(CustomContent("apply_request", {"f": 1}), buffers=[b"abc"]))
    assert sent[1].content == CustomContent("apply_reply", {"status": "ok", "got": {"f": 1}})
    assert sent[1].buffers == [b"cba"]


def test_comm_messages_have_no_reply() -> None:
    assert MemoryFrontend(Script).request(CommMsg("unknown"))[0::2][0] == BUSY
    assert MemoryFrontend(Script).request(CommMsg("unknown"))[-1] == IDLE


@pytest.mark.parametrize("date", ["2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)])
def test_output_can_be_said_in_the_name_of_a_request_that_is_a_dict(date: object) -> None:
    frontend = MemoryFrontend(Script)
    frontend.execute("say 1")
    assert isinstance(frontend.kernel, Script)
    context = frontend.kernel.contexts[0]
    header = {"msg_id": "another", "session": "s", "date": date, "msg_type": "execute_request"}
    for request in ({"header": header, "content": {"code": "x"}, "metadata": {"cellId": "c"}}, header):
        voice = context.voice_of(request)
        voice.pour("stdout", "text")
        voice.settle()
        message = frontend.sent[-1][1]
        assert message.content == Stream("stdout", "text")
        assert message.parent_header is not None
        assert message.parent_header.msg_id == "another"
    with pytest.raises(KeyError):
        context.voice_of({})


class Outlasting(Script):
    """Has requests that others go on with; some of them have ended when the cell does."""

    async def _outlast(self, rest: str, context: Context) -> None:
        self.ends = [context.outlast() for _ in range(2)]
        while len(self.ends) > int(rest):
            self.ends.pop()()


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_request_is_busy_until_all_who_go_on_with_it_have_ended(left: int) -> None:
    frontend = MemoryFrontend(Outlasting)
    frontend.execute(f"outlast {left}")
    assert isinstance(frontend.kernel, Outlasting)
    for end in frontend.kernel.ends:
        assert IDLE not in [message.content for _, message in frontend.sent]
        frontend.kernel.contexts[0].pour("stdout", "text")
        end()
    last = [message.content for _, message in frontend.sent][-2 if left else -1 :]
    assert last == ([Stream("stdout", "text"), IDLE] if left else [IDLE])


# -- subshells (JEP 91) ------------------------------------------------------------------------------------------------


def test_subshells_come_and_go() -> None:
    frontend = MemoryFrontend(Rich)
    created = only_reply(frontend.request(CreateSubshellRequest(), channel=Channel.CONTROL))
    assert isinstance(created, CreateSubshellReply)
    assert frontend.begun == [created.subshell_id]
    assert frontend.dispatcher.knows_subshell(created.subshell_id)
    assert only_reply(frontend.request(ListSubshellRequest())) == ListSubshellReply([created.subshell_id])
    assert frontend.request(ExecuteRequest("say x"), subshell_id=created.subshell_id)[-1] == IDLE
    assert only_reply(frontend.request(DeleteSubshellRequest(created.subshell_id))) == DeleteSubshellReply()
    assert frontend.begun == []
    assert only_reply(frontend.request(ListSubshellRequest())) == ListSubshellReply([])


@pytest.mark.parametrize("before", [0, 1])
def test_deleting_an_unknown_subshell_is_an_error(before: int) -> None:
    frontend = MemoryFrontend(Rich)
    for _ in range(before):
        frontend.request(CreateSubshellRequest())
    reply = only_reply(frontend.request(DeleteSubshellRequest("nobody")))
    assert isinstance(reply, ErrorReply)
    assert "nobody" in reply.evalue


def test_without_subshells_there_is_an_error_reply() -> None:
    reply = only_reply(MemoryFrontend(Script).request(CreateSubshellRequest()))
    assert isinstance(reply, ErrorReply)
    assert reply.ename == "UnsupportedRequestError"


# -- the language ------------------------------------------------------------------------------------------------------


def run(coroutine: Any) -> None:
    """Run a coroutine that does not wait."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


def test_a_failed_start_is_the_cells_error_and_tried_again() -> None:
    frontend = MemoryFrontend(Reluctant)
    kernel_info = only_reply(frontend.request(KernelInfoRequest()))
    assert isinstance(kernel_info, KernelInfoReply)
    first, second = frontend.execute("say x"), frontend.execute("say x")
    failed = first[-2]
    assert isinstance(failed, ErrorReply)
    assert (failed.msg_type, failed.evalue) == ("execute_reply", "not yet")
    assert second[1] == ExecuteInput("say x", 1)


class DebugsEarly(Reluctant, Rich):
    """Knows how its debugger is before it is up."""

    debug_early = ("debugInfo",)


def test_some_commands_of_the_debugger_need_no_language() -> None:
    frontend = MemoryFrontend(DebugsEarly)
    early, late, odd = (
        DebugRequest({"seq": 7, "command": command}) for command in ("debugInfo", "initialize", ["debugInfo"])
    )
    lanes = [frontend.dispatcher.lane(frontend.message(one)) for one in (early, late, odd)]
    assert lanes == [Lane.ASIDE, Lane.IN_ORDER, Lane.IN_ORDER]
    assert only_reply(frontend.request(early)) == DebugReply({"seq": 7})
    assert frontend.kernel.attempts == 0
    assert isinstance(only_reply(frontend.request(late)), ErrorReply)  # the first attempt to start it fails
    assert only_reply(frontend.request(late)) == DebugReply({"seq": 7})
    assert frontend.dispatcher.lane(frontend.message(late)) is Lane.ASIDE


def test_a_start_ahead_of_the_first_cell_may_fail() -> None:
    frontend = MemoryFrontend(Reluctant)
    assert frontend.dispatcher.lane(frontend.message(CompleteRequest("x"))) is Lane.IN_ORDER
    run(frontend.dispatcher.begin(straight))
    assert frontend.logged == ["the language did not start: RuntimeError: not yet"]
    run(frontend.dispatcher.begin(straight))
    assert frontend.dispatcher.language.ready


def test_an_interrupt_of_the_start_is_for_the_first_of_the_cells_that_had_arrived() -> None:
    frontend = MemoryFrontend(Script)
    run(frontend.dispatcher.begin(straight))
    frontend.dispatcher.interrupt_waiting(2)
    requests = [frontend.message(ExecuteRequest("say x")) for _ in range(3)]
    frontend.sequence = 1  # receive() counts one more
    answered = [frontend.receive(request, sequence=number) for number, request in enumerate(requests, 1)]
    interrupted, aborted, later = (sent[-2].content for sent in answered)
    assert isinstance(interrupted, ErrorReply)
    assert (interrupted.status, interrupted.ename) == ("error", "KeyboardInterrupt")
    assert aborted == ErrorReply("execute_reply", status="aborted")
    assert isinstance(later, ExecuteReply)


def test_an_interrupt_of_the_start_is_not_for_cells_that_come_later() -> None:
    frontend = MemoryFrontend(Script)
    run(frontend.dispatcher.begin(straight))
    frontend.dispatcher.interrupt_waiting(0)
    assert isinstance(frontend.execute("say x")[-2], ExecuteReply)


def test_a_completion_is_superseded_by_another_one_of_its_session() -> None:
    one = MemoryFrontend(Script)
    older, newer, same = (one.message(CompleteRequest(code)) for code in ("p", "pr", "p"))
    supersedes = one.dispatcher.supersedes
    assert supersedes(newer, older)
    assert not supersedes(same, older)
    assert not supersedes(one.message(InspectRequest("pr")), older)
    assert not supersedes(newer, one.message(InspectRequest("p")))
    another = Message(newer.header._replace(session="another's"), newer.content)
    assert not supersedes(another, older)


def test_an_answer_that_was_given_up_is_dropped() -> None:
    frontend = MemoryFrontend(Script)
    message = frontend.message(CompleteRequest("x"))
    error = TimeoutError("it takes too long")

    async def give_up_first(work: Coroutine[Any, Any, Any], limit: float | None = None) -> Any:
        if limit is not None:
            frontend.dispatcher.give_up(message, error)
            frontend.dispatcher.give_up(message, error)  # nothing is left to be answered
        return await work

    frontend.dispatcher.give_up(message, error)  # not begun
    run(frontend.dispatcher.receive(Channel.SHELL, message, 0, give_up_first))
    frontend.dispatcher.give_up(message, error)  # ended
    reply = only_reply([sent.content for _, sent in frontend.sent])
    assert isinstance(reply, ErrorReply)
    assert (reply.msg_type, reply.ename, reply.evalue) == ("complete_reply", "TimeoutError", "it takes too long")


@pytest.mark.parametrize("restart", [False, True])
def test_the_language_is_stopped_once(restart: bool) -> None:
    frontend = MemoryFrontend(Reluctant)
    frontend.execute("say x")
    run(frontend.dispatcher.end(straight, restart=restart))
    run(frontend.dispatcher.end(straight, restart=restart))
    assert isinstance(frontend.kernel, Reluctant)
    assert frontend.kernel.stopped == [restart]
    assert frontend.logged == ["the language did not end well: RuntimeError: not well"]


def test_a_language_that_was_never_begun_is_not_stopped() -> None:
    frontend = MemoryFrontend(Reluctant)
    run(frontend.dispatcher.end(straight, restart=False))
    assert isinstance(frontend.kernel, Reluctant)
    assert frontend.kernel.stopped == []


# -- lanes -------------------------------------------------------------------------------------------------------------


class AnswersOnTheLoop(Script):
    while_busy = WhileBusy.LOOP


class WithoutMagics(Script):
    magics = "none"


class AnswersOnTheWorker(Script):
    while_busy = WhileBusy.THREAD


@pytest.mark.parametrize(
    ("kernel_class", "content", "lane"),
    [
        (Script, KernelInfoRequest(), Lane.AT_ONCE),
        (Script, InterruptRequest(), Lane.AT_ONCE),
        (Script, ExecuteRequest("x"), Lane.IN_ORDER),
        (Script, CompleteRequest("x"), Lane.IN_ORDER),
        (AnswersOnTheLoop, CompleteRequest("x"), Lane.LOOP),
        (AnswersOnTheWorker, CompleteRequest("x"), Lane.WORKER),
        (Script, InspectRequest("x"), Lane.AT_ONCE),
        (Script, InspectRequest("%lsmagic"), Lane.IN_ORDER),
        (WithoutMagics, InspectRequest("%lsmagic"), Lane.AT_ONCE),
        (Script, HistoryRequest("tail"), Lane.WORKER),
        (Script, UsageRequest(), Lane.WORKER),
        (Script, CommMsg("x"), Lane.LOOP),
        (Rich, DebugRequest({}), Lane.ASIDE),
        (Script, CustomContent("nonsense", {}), Lane.IN_ORDER),
    ],
)
def test_requests_have_lanes(kernel_class: type[Script], content: Content, lane: Lane) -> None:
    frontend = MemoryFrontend(kernel_class)
    assert frontend.dispatcher.lane(frontend.message(content)) is lane


def test_what_is_for_an_unknown_subshell_is_answered_at_once() -> None:
    frontend = MemoryFrontend(Script)
    assert frontend.dispatcher.lane(frontend.message(ExecuteRequest("x"), subshell_id="nobody")) is Lane.AT_ONCE


# -- a loop that ends while something is awaited -----------------------------------------------------------------------


class Endless(Kernel):
    """Waits for ever in all it does."""

    async def start(self) -> None:
        """Never ready."""
        await never()

    async def stop(self, *, restart: bool) -> None:
        """Never at its end."""
        await never()

    async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
        """Never done."""
        await never()


@types.coroutine
def never() -> Generator[None, None, None]:
    """Wait for ever."""
    while True:
        yield


def dropped(work: Coroutine[Any, Any, None]) -> None:
    """Let it begin to wait, and drop it as a loop does that ends."""
    work.send(None)
    work.close()


def test_what_is_dropped_while_it_waits_says_nothing_more() -> None:
    frontend = MemoryFrontend(Endless)
    dropped(frontend.dispatcher.begin(straight))
    dropped(frontend.dispatcher.end(straight, restart=False))
    dropped(frontend.dispatcher.receive(Channel.SHELL, frontend.message(ExecuteRequest("x"))))
    assert [message.content for _, message in frontend.sent] == [BUSY]
    assert frontend.logged == []


def test_a_cell_that_is_dropped_says_nothing_more() -> None:
    class Started(Endless):
        async def start(self) -> None:
            """Ready at once."""

    frontend = MemoryFrontend(Started)
    asyncio.run(frontend.dispatcher.begin(straight))
    dropped(frontend.dispatcher.receive(Channel.SHELL, frontend.message(ExecuteRequest("x"))))
    assert [message.content for _, message in frontend.sent] == [BUSY, ExecuteInput("x", 1)]


def test_a_language_that_does_not_end_well_is_logged() -> None:
    class Stubborn(Kernel):
        async def stop(self, *, restart: bool) -> None:
            """Fail."""
            raise OSError("busy")

    frontend = MemoryFrontend(Stubborn)
    asyncio.run(frontend.dispatcher.begin(straight))
    asyncio.run(frontend.dispatcher.end(straight, restart=True))
    assert frontend.logged == ["the language did not end well: OSError: busy"]


def test_a_kernel_without_a_loop_joins_no_other() -> None:
    host = MemoryFrontend(Script).kernel.host
    host.join_event_loop(None)
    with pytest.raises(RuntimeError, match="no event loop can be joined here"):
        host.join_event_loop(lambda descriptor: None)  # type: ignore[arg-type, return-value]


def test_an_answer_that_nobody_waits_for_any_more_is_dropped() -> None:
    class Asker(Script):
        async def _withdraw(self, rest: str, context: Context) -> None:
            first, second = context.ask("one? "), context.ask("two? ")
            context.withdraw(first)
            with pytest.raises(RuntimeError, match="nobody answers"):
                second.wait()
            own = context.waiter()
            own.bring("mine")
            context.stream("stdout", str(own.wait()))

    frontend = MemoryFrontend(Asker)
    assert frontend.execute("withdraw")[-3:] == [Stream("stdout", "mine"), ExecuteReply(1, {}, []), IDLE]


def test_a_message_belongs_to_the_subshell_that_it_names() -> None:
    frontend = MemoryFrontend(Script)
    for content in (ExecuteRequest("x"), CommMsg("id", {})):
        assert frontend.dispatcher.shell_of(frontend.message(content)) is None
        assert frontend.dispatcher.shell_of(frontend.message(content, subshell_id="one")) == "one"
