"""execute_request: what is sent, in which order, and what a failure aborts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from sdk.errors import ExecutionError
from sdk.kernel.context import Context
from sdk.kernel.failure import error_of
from sdk.protocol.iopub import (
    ClearOutput,
    DisplayData,
    Error,
    ExecuteInput,
    ExecuteResult,
    Status,
    Stream,
    UpdateDisplayData,
)
from sdk.protocol.message import Channel, Content, ErrorReply, Message
from sdk.protocol.shell import ExecuteReply, ExecuteRequest, HistoryReply, HistoryRequest
from sdk.protocol.stdin import InputReply, InputRequest
from sdk.testing import MemoryFrontend
from tests.kernel.kernels import Bare, Script

BUSY, IDLE = Status("busy"), Status("idle")


def cell(code: str, count: int, outputs: Sequence[Content], *, payload: Sequence[Any] = ()) -> list[Content]:
    """The script of a cell that ends well."""
    return [BUSY, ExecuteInput(code, count), *outputs, ExecuteReply(count, {}, list(payload)), IDLE]


@pytest.mark.parametrize(
    ("code", "outputs"),
    [
        ("say hi", [Stream("stdout", "hi")]),
        ("both", [Stream("stdout", "out"), Stream("stderr", "err")]),
        ("value 3", [ExecuteResult(1, {"text/plain": "3"})]),
        ("rich <b>", [ExecuteResult(1, {"text/html": "<b>"}, {"isolated": True})]),
        (
            "show",
            [
                Stream("stdout", "before"),
                DisplayData({"text/plain": "1"}, {}, {"display_id": "d"}),
                UpdateDisplayData({"text/plain": "2"}, {}, {"display_id": "d"}),
                ClearOutput(wait=True),
            ],
        ),
    ],
)
def test_a_cell_is_input_outputs_reply(code: str, outputs: Sequence[Content]) -> None:
    assert MemoryFrontend(Script).execute(code) == cell(code, 1, outputs)


def test_progress_is_one_display_that_changes() -> None:
    _, _, first, second, third, _, _ = MemoryFrontend(Script).execute("progress")
    assert isinstance(first, DisplayData)
    assert isinstance(second, UpdateDisplayData)
    assert isinstance(third, DisplayData)
    assert first.transient == second.transient
    assert first.data["text/plain"] == " 50% half <"
    assert "half &lt;" in first.data["text/html"]
    assert second.data["text/plain"] == "100% "
    assert third.data == {"text/plain": "who knows", "text/html": "<progress></progress> who knows"}


def test_payload_and_metadata_go_with_the_reply() -> None:
    frontend = MemoryFrontend(Script)
    sent = frontend.receive(frontend.message(ExecuteRequest("page x"), metadata={"cellId": "c1"}))
    reply = sent[-2]
    assert reply.content == ExecuteReply(1, {}, [{"source": "page", "data": {"text/plain": "x"}}])
    assert {name: reply.metadata[name] for name in ("seen", "status", "engine", "dependencies_met")} == {
        "seen": True,
        "status": "ok",
        "engine": "kernel",
        "dependencies_met": True,
    }
    assert reply.metadata["started"].endswith("Z")


def test_a_cell_without_an_id_has_none() -> None:
    frontend = MemoryFrontend(Script)
    frontend.execute("say x")
    assert isinstance(frontend.kernel, Script)
    assert frontend.kernel.contexts[0].cell_id is None


# -- failures ----------------------------------------------------------------------------------------------------------


def test_a_failing_cell_has_the_same_error_on_both_channels() -> None:
    contents = MemoryFrontend(Script).execute("fail boom")
    assert contents == [
        BUSY,
        ExecuteInput("fail boom", 1),
        Error("ScriptError", "boom", ["line 1", "line 2"]),
        ErrorReply(
            "execute_reply",
            "ScriptError",
            "boom",
            ["line 1", "line 2"],
            execution_count=1,
            user_expressions={},
            payload=[],
        ),
        IDLE,
    ]


@pytest.mark.parametrize(
    ("code", "ename", "evalue"),
    [
        ("raise value", "ValueError", "bad value"),
        ("raise exit", "SystemExit", "3"),
        ("raise interrupt", "KeyboardInterrupt", ""),
        ("raise base", "BaseException", "odd"),
        ("raise mute", "Mute", "<RuntimeError while its text was made>"),
        ("nonsense", "AttributeError", "'Script' object has no attribute '_nonsense'"),
    ],
)
def test_whatever_is_raised_is_the_cells_error(code: str, ename: str, evalue: str) -> None:
    frontend = MemoryFrontend(Script)
    _, _, error, reply, _ = frontend.execute(code)
    assert isinstance(error, Error)
    assert isinstance(reply, ErrorReply)
    assert (error.ename, error.evalue) == (reply.ename, reply.evalue) == (ename, evalue)
    assert "kernels.py" in "".join(error.traceback)
    assert frontend.execute("say on") == cell("say on", 2, [Stream("stdout", "on")])


@pytest.mark.parametrize("what", ["number", "mapping", "list"])
def test_a_wrong_return_value_is_an_error(what: str) -> None:
    _, _, error, reply, _ = MemoryFrontend(Script).execute(f"return {what}")
    assert isinstance(error, Error)
    assert (error.ename, isinstance(reply, ErrorReply)) == ("BadReturnValueError", True)


def test_a_language_without_do_execute_says_so() -> None:
    _, _, error, _, _ = MemoryFrontend(Bare).execute("x")
    assert isinstance(error, Error)
    assert (error.ename, error.evalue) == ("NotImplementedError", "Bare does not implement do_execute")


def test_an_error_without_a_text_is_its_name() -> None:
    assert error_of(KeyError()) == Error("KeyError", "", ["\x1b[31mKeyError\x1b[39m"])


def test_an_error_that_the_user_has_been_shown_is_only_in_the_reply() -> None:
    class Showing(Script):
        async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
            context.stream("stdout", "it fails")
            raise ExecutionError("Fault", "it failed", shown=True)

    *shown, reply, idle = MemoryFrontend(Showing).execute("x")
    assert shown == [BUSY, ExecuteInput("x", 1), Stream("stdout", "it fails")]
    assert (reply.to_fields()["status"], reply.to_fields()["ename"], idle) == ("error", "Fault", IDLE)


# -- silent, store_history, user_expressions ---------------------------------------------------------------------------


def test_silent_cells_are_run_and_nothing_is_said() -> None:
    frontend = MemoryFrontend(Script)
    assert frontend.execute("show", silent=True) == [BUSY, ExecuteReply(0, {}, []), IDLE]
    assert frontend.execute("value 3", silent=True) == [BUSY, ExecuteReply(0, {}, []), IDLE]
    failed = frontend.execute("fail x", silent=True)
    assert [type(content) for content in failed] == [Status, ErrorReply, Status]
    assert frontend.execute("say x")[1] == ExecuteInput("say x", 1)


def test_a_language_may_publish_when_silent() -> None:
    class Loud(Script):
        publishes_when_silent = True

    assert MemoryFrontend(Loud).execute("say x", silent=True) == [
        BUSY,
        Stream("stdout", "x"),
        ExecuteReply(0, {}, []),
        IDLE,
    ]


def test_only_cells_kept_in_history_take_a_number() -> None:
    frontend = MemoryFrontend(Script)
    counts = [
        frontend.execute(code, store_history=store)[1]
        for code, store in (("say 1", True), ("say 2", False), ("value 3", None))
    ]
    assert counts == [ExecuteInput("say 1", 1), ExecuteInput("say 2", 2), ExecuteInput("value 3", 2)]
    history = frontend.request(HistoryRequest("tail", output=True, n=5))[1]
    assert isinstance(history, HistoryReply)
    assert [tuple(entry[1:]) for entry in history.history] == [(1, ("say 1", None)), (2, ("value 3", "3"))]


def test_user_expressions_fail_each_for_itself() -> None:
    contents = MemoryFrontend(Script).execute("say x", user_expressions={"a": "1", "b": "no"})
    reply = contents[-2]
    assert isinstance(reply, ExecuteReply)
    assert reply.user_expressions["a"] == {"status": "ok", "data": {"text/plain": "1"}, "metadata": {}}
    failed = reply.user_expressions["b"]
    assert (failed["status"], failed["ename"], failed["evalue"]) == ("error", "ValueError", "no")


def test_user_expressions_of_a_language_that_evaluates_none_are_errors() -> None:
    class Plain(Bare):
        async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
            return None

    reply = MemoryFrontend(Plain).execute("x", user_expressions={"a": "1"})[-2]
    assert isinstance(reply, ExecuteReply)
    assert reply.user_expressions["a"]["ename"] == "NotImplementedError"


# -- stop_on_error -----------------------------------------------------------------------------------------------------


def run_queue(frontend: MemoryFrontend, codes: Sequence[str], *, arrived_at_error: int, **fields: Any) -> list[str]:
    """The statuses of cells numbered 1, 2, ..., of which `arrived_at_error` had arrived when the first failed."""
    statuses = []
    for number, code in enumerate(codes, 1):
        frontend.sequence = arrived_at_error - 1  # receive() counts one more
        sent = frontend.receive(frontend.message(ExecuteRequest(code, **fields)), sequence=number)
        content = sent[-2].content
        statuses.append(content.status if isinstance(content, ErrorReply) else "ok")
        frontend.sequence = arrived_at_error
    return statuses


def test_an_error_aborts_exactly_what_had_arrived() -> None:
    codes = ["fail x", "say 2", "say 3", "say 4"]
    assert run_queue(MemoryFrontend(Script), codes, arrived_at_error=3) == ["error", "aborted", "aborted", "ok"]


def test_an_aborted_cell_says_nothing_but_that() -> None:
    frontend = MemoryFrontend(Script)
    run_queue(frontend, ["fail x"], arrived_at_error=5)
    sent = frontend.receive(frontend.message(ExecuteRequest("say x")), sequence=5)
    assert [message.content for message in sent] == [BUSY, ErrorReply("execute_reply", status="aborted"), IDLE]


def test_without_stop_on_error_nothing_is_aborted() -> None:
    codes = ["fail x", "say 2"]
    assert run_queue(MemoryFrontend(Script), codes, arrived_at_error=2, stop_on_error=False) == ["error", "ok"]


def test_a_silent_error_aborts_nothing() -> None:
    assert run_queue(MemoryFrontend(Script), ["fail x", "say 2"], arrived_at_error=2, silent=True) == ["error", "ok"]


# -- stdin -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "request_", "said"),
    [
        ("ask name?", InputRequest("name?", False), "Ada"),
        ("block name?", InputRequest("name?", False), "Ada"),
        ("secret", InputRequest("Password: ", True), "3"),
    ],
)
def test_input_is_asked_of_the_client_that_runs_the_cell(code: str, request_: InputRequest, said: str) -> None:
    frontend = MemoryFrontend(Script, answers=["Ada"])
    assert frontend.execute(code) == cell(code, 1, [request_, Stream("stdout", said)])
    channel, question = frontend.sent[2]
    assert (channel, question.identities) == (Channel.STDIN, (b"client",))


def test_the_end_of_input_is_an_eof_error() -> None:
    error = MemoryFrontend(Script, answers=["\x04"]).execute("ask x")[3]
    assert isinstance(error, Error)
    assert error.ename == "EOFError"


def test_a_client_that_cannot_be_asked_is_not_asked() -> None:
    contents = MemoryFrontend(Script, answers=["x"]).execute("ask x", allow_stdin=False)
    assert isinstance(contents[2], Error)
    assert contents[2].ename == "StdinNotImplementedError"


class Answering(MemoryFrontend):
    """A client that answers each question with given contents and parents."""

    replies: list[tuple[Content, str]] = []

    def _send(self, channel: Channel, message: Message) -> None:
        super()._send(channel, message)
        if isinstance(message.content, InputRequest):
            for content, parent in self.replies:
                header = {
                    "this": message.header,
                    "none": None,
                    "older": message.header._replace(msg_id="older"),
                    "cell": message.parent_header,
                }[parent]
                reply = Message(self._session.header("input_reply"), content, header, identities=(b"client",))
                self.dispatcher.receive_stdin(reply)


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        ([(InputReply("late"), "older"), (InputReply("right"), "this")], "right"),
        ([(InputReply("right"), "this"), (InputReply("again"), "this")], "right"),
        ([(InputReply("right"), "none")], "right"),
        ([(InputReply("right"), "cell")], "right"),
    ],
)
def test_a_question_takes_its_own_answer(replies: list[tuple[Content, str]], said: str) -> None:
    frontend = Answering(Script)
    frontend.replies = replies
    assert frontend.execute("ask x")[3] == Stream("stdout", said)


@pytest.mark.parametrize("content", [ErrorReply("input_reply", "E", "gone"), Status("busy")])
def test_a_client_that_answers_with_an_error_ends_the_question(content: Content) -> None:
    frontend = Answering(Script)
    frontend.replies = [(content, "this")]
    error = frontend.execute("ask x")[3]
    assert isinstance(error, Error)
    assert error.ename == "StdinNotImplementedError"


def test_an_answer_after_the_cell_is_for_nobody() -> None:
    frontend = MemoryFrontend(Script)
    _, _, question, error, _, _ = frontend.execute("ask x")  # nobody answers: the memory front-end does not wait
    assert (isinstance(question, InputRequest), isinstance(error, Error)) == (True, True)
    question_message = frontend.sent[2][1]
    late = Message(question_message.header, InputReply("late"), question_message.header, identities=(b"client",))
    frontend.dispatcher.receive_stdin(late)
    answered = MemoryFrontend(Script, answers=["now"])
    assert answered.execute("ask x")[3] == Stream("stdout", "now")


@pytest.mark.parametrize("named", [True, False])
def test_two_questions_at_once_get_each_its_answer(named: bool) -> None:
    frontend = MemoryFrontend(Script)
    request = frontend.message(ExecuteRequest("say x"))
    waiters = [frontend.stdin.ask(request, prompt=prompt, password=False) for prompt in "12"]
    questions = [message for _, message in frontend.sent[-2:]]
    for question in reversed(questions) if named else questions:
        content = question.content
        assert isinstance(content, InputRequest)
        parent = question.header if named else None  # a client that names no question answers the older one first
        reply = Message(question.header, InputReply(f"to {content.prompt}"), parent, identities=(b"client",))
        frontend.dispatcher.receive_stdin(reply)
    assert [waiter.wait() for waiter in waiters] == ["to 1", "to 2"]


def test_a_question_that_nobody_waits_for_takes_no_answer() -> None:
    frontend = MemoryFrontend(Script)
    request = frontend.message(ExecuteRequest("say x"))
    interrupted = frontend.stdin.ask(request, prompt="1", password=False)
    frontend.stdin.withdraw(request, interrupted)
    waiter = frontend.stdin.ask(request, prompt="2", password=False)
    answer = Message(request.header, InputReply("for the second"), None, identities=(b"client",))
    frontend.dispatcher.receive_stdin(answer)
    assert waiter.wait() == "for the second"


# -- contexts ----------------------------------------------------------------------------------------------------------


def test_a_context_speaks_for_its_cell_after_the_cell_has_ended() -> None:
    frontend = MemoryFrontend(Script)
    frontend.execute("say 1")
    frontend.execute("say 2")
    assert isinstance(frontend.kernel, Script)
    frontend.kernel.contexts[0].stream("stdout", "late")
    message = frontend.sent[-1][1]
    assert message.content == Stream("stdout", "late")
    assert message.parent_header == frontend.kernel.contexts[0].header


def test_a_task_knows_its_context_and_others_do_not() -> None:
    seen: list[Context | None] = []

    class Looking(Script):
        async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
            seen.append(Context.of_this_task())
            assert seen[-1] is context

    MemoryFrontend(Looking).execute("x")
    assert Context.of_this_task() is None
    assert len(seen) == 1


def test_pouring_is_streaming_that_never_blocks() -> None:
    class Pouring(Script):
        async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
            context.pour("stdout", request.code)
            context.pour("stdout", "")
            await context.drain()
            context.execute_result({"text/plain": "r"})
            context.flush()

    outputs = [Stream("stdout", "x"), ExecuteResult(1, {"text/plain": "r"})]
    assert MemoryFrontend(Pouring).execute("x") == cell("x", 1, outputs)
