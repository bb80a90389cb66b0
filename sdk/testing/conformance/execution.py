"""Checks: execute_request (spec, "Execute")."""

from __future__ import annotations

from sdk.protocol.iopub import Error, ExecuteInput, ExecuteResult
from sdk.protocol.message import Channel, ErrorReply, Message
from sdk.protocol.shell import ExecuteReply, ExecuteRequest, KernelInfoRequest
from sdk.protocol.wire import DELIMITER
from sdk.testing.conformance.check import BETTER, check, expect, expect_that
from sdk.testing.conformance.subject import Subject, fields, is_child
from sdk.testing.exchange import Exchange


def _count(exchange: Exchange) -> int:
    count = exchange.reply.content.to_fields().get("execution_count")
    expect_that(isinstance(count, int), "an execution_count in execute_reply", exchange.reply.content)
    return int(count or 0)


@check()
def a_cell_prints_and_is_answered(subject: Subject) -> None:
    exchange = subject.succeed("hello")
    expect("stdout", exchange.text().strip(), "hello")
    expect_that(isinstance(exchange.reply.content, ExecuteReply), "a complete execute_reply", exchange.reply.content)


@check()
def execute_input_shows_the_code_to_all(subject: Subject) -> None:
    exchange = subject.succeed("hello")
    shown = [content for content in exchange.contents() if isinstance(content, ExecuteInput)]
    expect("execute_input", shown, [ExecuteInput(code=subject.code("hello"), execution_count=_count(exchange))])
    expect_that(isinstance(exchange.contents()[1], ExecuteInput), "execute_input right after busy", exchange.contents())


@check()
def each_cell_kept_in_history_has_the_next_number(subject: Subject) -> None:
    first = _count(subject.succeed("hello"))
    numbers = [_count(subject.succeed("hello")) for _ in range(3)]
    expect("execution_count", numbers, [first + 1, first + 2, first + 3])


@check()
def a_silent_cell_takes_no_number(subject: Subject) -> None:
    first = _count(subject.succeed("hello"))
    silent = subject.client.execute(subject.code("hello"), silent=True)
    expect("status", silent.status, "ok")
    expect("next execution_count", _count(subject.succeed("hello")), first + 1)


@check()
def a_silent_cell_shows_no_code_and_no_result(subject: Subject) -> None:
    exchange = subject.client.execute(subject.code("result"), silent=True)
    found = [content for content in exchange.contents() if isinstance(content, ExecuteInput | ExecuteResult)]
    expect("execute_input and execute_result", found, [])


@check(level=BETTER)
def a_silent_cell_prints_nothing(subject: Subject) -> None:
    exchange = subject.client.execute(subject.code("hello"), silent=True)
    expect("outputs", exchange.outputs(), [])


@check()
def a_cell_kept_out_of_history_takes_no_number(subject: Subject) -> None:
    first = _count(subject.succeed("hello"))
    exchange = subject.client.execute(subject.code("hello"), store_history=False)
    expect("stdout", exchange.text().strip(), "hello")
    expect("next execution_count", _count(subject.succeed("hello")), first + 1)


@check()
def an_empty_silent_cell_tells_the_number(subject: Subject) -> None:
    exchange = subject.client.execute("", silent=True)
    expect("status", exchange.status, "ok")
    _count(exchange)


@check()
def an_empty_cell_is_answered(subject: Subject) -> None:
    for code in ("", " ", "\n\n"):
        exchange = subject.client.execute(code)
        expect(f"status for {code!r}", exchange.status, "ok")
        expect_that(code or not exchange.outputs(), "no output", exchange.outputs())


@check()
def a_value_comes_as_execute_result(subject: Subject) -> None:
    exchange = subject.succeed("result")
    results = [content for content in exchange.contents() if isinstance(content, ExecuteResult)]
    expect_that(len(results) == 1, "one execute_result", exchange.contents())
    expect_that("42" in str(results[0].data.get("text/plain")), "42 as text/plain", results[0])
    expect("execution_count", results[0].execution_count, _count(exchange))


@check()
def variables_stay_from_cell_to_cell(subject: Subject) -> None:
    subject.succeed("assign")
    expect("stdout", subject.succeed("read").text().strip(), "4711")


@check()
def a_failing_cell_is_an_error_reply(subject: Subject) -> None:
    reply = subject.run("error").reply
    expect("status", fields(reply).get("status"), "error")
    expect_that(isinstance(reply.content, ErrorReply), "an error reply", reply.content)
    content = fields(reply)
    expect_that(isinstance(content.get("ename"), str) and content["ename"], "ename, a text", content)
    expect_that(isinstance(content.get("evalue"), str), "evalue, a text", content)
    expect_that(isinstance(content.get("execution_count"), int), "execution_count", content)
    lines = content.get("traceback")
    expect_that(isinstance(lines, list) and all(isinstance(line, str) for line in lines), "traceback, texts", content)


@check()
def a_failing_cell_shows_the_error_that_its_reply_tells(subject: Subject) -> None:
    exchange = subject.run("error")
    content = fields(exchange.reply)
    shown = [(each.ename, each.evalue, list(each.traceback)) for each in exchange.contents() if isinstance(each, Error)]
    expect("error on iopub", shown, [(content.get("ename"), content.get("evalue"), content.get("traceback"))])


@check()
def a_failing_cell_does_not_end_the_kernel(subject: Subject) -> None:
    subject.run("error")
    subject.still_works()


@check()
def a_failing_cell_has_no_result(subject: Subject) -> None:
    expect("result", subject.run("error").result, None)


@check()
def invalid_code_is_an_error_reply(subject: Subject) -> None:
    expect("status", subject.run("invalid").status, "error")
    subject.still_works()


def _queue_after_an_error(subject: Subject, *, stop_on_error: bool) -> list[Exchange]:
    """Three cells that were waiting when a cell failed."""
    client = subject.client
    hello = subject.code("hello")
    error = subject.code("error")
    waiting = client.send_execute(subject.code("sleep", seconds=1))
    failing = client.send_execute(error, stop_on_error=stop_on_error)
    queued = [client.send_execute(hello) for _ in range(3)]
    expect("status of what ran before", client.collect(waiting, timeout=subject.patience).status, "ok")
    expect("status of the failing cell", client.collect(failing, timeout=subject.patience).status, "error")
    return [client.collect(header, timeout=subject.patience) for header in queued]


@check()
def an_error_aborts_the_cells_that_were_waiting(subject: Subject) -> None:
    for exchange in _queue_after_an_error(subject, stop_on_error=True):
        expect_that(exchange.status in ("aborted", "error"), "status 'aborted' or 'error'", exchange.reply.content)
        expect("outputs of an aborted cell", exchange.outputs(), [])


@check()
def a_cell_sent_after_an_error_runs(subject: Subject) -> None:
    for _ in range(5):
        expect("status", subject.run("error").status, "error")
        expect("stdout of the next cell", subject.run("hello").text().strip(), "hello")


@check()
def an_error_aborts_nothing_when_the_request_says_so(subject: Subject) -> None:
    exchanges = _queue_after_an_error(subject, stop_on_error=False)
    expect("stdout", [exchange.text().strip() for exchange in exchanges], ["hello"] * 3)


@check()
def requests_other_than_cells_survive_an_error(subject: Subject) -> None:
    client = subject.client
    waiting = client.send_execute(subject.code("sleep", seconds=1))
    failing = client.send_execute(subject.code("error"))
    info = client.send(KernelInfoRequest())
    for header in (waiting, failing):
        client.collect(header, timeout=subject.patience)
    expect("status of kernel_info", client.collect(info, timeout=subject.patience).status, "ok")


@check()
def a_hundred_cells_at_once_run_in_order(subject: Subject) -> None:
    client = subject.client
    headers = [client.send_execute(subject.code("hello")) for _ in range(100)]
    counts = []
    for header in headers:
        exchange = client.collect(header, timeout=6 * subject.patience)
        expect("stdout", exchange.text().strip(), "hello")
        counts.append(_count(exchange))
    expect("execution_count", counts, list(range(counts[0], counts[0] + 100)))


@check()
def user_expressions_are_evaluated(subject: Subject) -> None:
    expressions = {"right": subject.code("expression"), "wrong": subject.code("invalid")}
    exchange = subject.client.execute(subject.code("hello"), user_expressions=expressions)
    values = fields(exchange.reply).get("user_expressions")
    expect("status", {name: value.get("status") for name, value in values.items()}, {"right": "ok", "wrong": "error"})
    expect_that("42" in str(values["right"].get("data", {}).get("text/plain")), "42 as text/plain", values["right"])


@check()
def a_comment_of_a_megabyte_is_taken(subject: Subject) -> None:
    expect("status", subject.client.execute(subject.code("comment") + "x" * 1_000_000).status, "ok")
    subject.still_works()


def _execute_with(subject: Subject, *escapes: bytes) -> None:
    client = subject.client
    for escape in escapes:
        message = Message(client.session.header("execute_request"), ExecuteRequest(code=""))
        content = b'{"code":"' + (subject.snippets.comment or "").encode() + escape + b'","allow_stdin":false}'
        parts = [message.header.raw, b"{}", b"{}", content]
        client.send_frames([DELIMITER, client.signer.sign(parts), *parts])
        client.collect(message.header, timeout=subject.patience / 2)
    subject.still_works()


@check()
def a_control_character_in_code_does_no_harm(subject: Subject) -> None:
    _execute_with(subject, rb"\u0000", rb"\u0003", rb"\u0004", rb"\u001b[0m", rb"\r")


@check(level=BETTER)
def a_lone_surrogate_in_code_does_no_harm(subject: Subject) -> None:
    _execute_with(subject, rb"\ud800")


@check()
def two_clients_see_the_same_outputs(subject: Subject) -> None:
    with subject.kernel.client() as other:
        mine = subject.succeed("hello")
        last = mine.iopub[-1].header.msg_id
        other.wait_for(lambda message: message.header.msg_id == last, timeout=subject.patience)
        seen = other.take(lambda place, message: place is Channel.IOPUB and is_child(message, mine.request))
        expect("what the other client saw", [each.content for each in seen], mine.contents()[:-1])
        strays = [message.content for place, message in other.pending if place is Channel.SHELL]
        expect("replies at the other client", strays, [])


@check()
def text_on_stderr_is_shown(subject: Subject) -> None:
    exchange = subject.run("stderr")
    shown = exchange.text("stdout") + exchange.text("stderr")  # in a terminal both are one
    expect_that("problem" in shown, "'problem' in a stream", exchange.contents())


@check(level=BETTER)
def text_on_stderr_comes_as_stderr(subject: Subject) -> None:
    expect("stderr", subject.run("stderr").text("stderr").strip(), "problem")
