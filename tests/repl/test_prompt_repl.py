"""Programs that are known by their prompt: every way in which a prompt is hard to find, with a program that has it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel, Message
from sdk.protocol.shell import CompleteRequest, InspectRequest, KernelInfoRequest
from sdk.protocol.wire import from_frames
from sdk.testing import IDLE, Client, Exchange, KernelProcess
from tests.transport.stalled import stalled

ROOT = Path(__file__).parents[2]
Serve = Callable[[str], Client]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a kernel for the toy, known by one of its forms; gives a client. Nothing is left behind."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    kernels: list[KernelProcess] = []
    clients: list[Client] = []

    def start(form: str) -> Client:
        command = [sys.executable, "-m", "tests.repl.toy_kernel", form, "-f", "{connection_file}"]
        kernels.append(KernelProcess(command, cwd=ROOT, env={"TMPDIR": str(folder)}).__enter__())
        clients.append(kernels[-1].client())
        clients[-1].patience = 30.0
        return clients[-1]

    start.kernels = kernels  # type: ignore[attr-defined]
    try:
        yield start
    finally:
        for client in clients:
            client.close()
        for kernel in kernels:
            kernel.end()
    assert [kernel.leftovers for kernel in kernels] == [[]] * len(kernels)
    assert list(folder.iterdir()) == []


def child_of(serve: Serve) -> psutil.Process:
    """The toy of the kernel that was started last."""
    kernel: KernelProcess = serve.kernels[-1]  # type: ignore[attr-defined]
    (child,) = psutil.Process(kernel.process.pid).children()
    return child


def interrupt(client: Client) -> None:
    client.collect(client.send(InterruptRequest(), Channel.CONTROL), until_idle=False)


def said(text: str) -> Callable[[Message], bool]:
    return lambda message: isinstance(message.content, Stream) and text in message.content.text


def fields(exchange: Exchange) -> dict[str, Any]:
    return dict(exchange.reply.content.to_fields())


ALL = ["plain", "anchored", "sentinel", "random", "argv", "slow", "slow-plain", "colour", "colour-random", "loader"]


@pytest.mark.parametrize("form", ALL)
def test_cells_end_and_say_what_they_print(serve: Serve, form: str) -> None:
    client = serve(form)
    for number in range(5):
        exchange = client.execute(f"print hello {number}")
        said = exchange.text().replace(f"> print hello {number}\n", "") if form == "loader" else exchange.text()
        assert (exchange.status, said.rpartition("k")[2][-8:]) == ("ok", f"hello {number}\n"[-8:])
        if form != "loader":
            assert said == f"hello {number}\n"


@pytest.mark.parametrize("form", ["plain", "sentinel", "random", "slow", "colour"])
def test_a_prompt_that_is_the_end_of_the_continuation_prompt(serve: Serve, form: str) -> None:
    client = serve(form)
    assert client.execute("begin\nprint one\nprint two\nend\nprint three").text() == "one\ntwo\nthree\n"
    assert client.execute("print four").text() == "four\n"


@pytest.mark.parametrize("form", ["plain", "sentinel", "random", "slow", "colour"])
def test_unfinished_input_is_an_error_and_the_next_cell_runs(serve: Serve, form: str) -> None:
    client = serve(form)
    exchange = client.execute("print before\nbegin\nprint never")
    assert (exchange.text().splitlines()[0], fields(exchange)["ename"]) == ("before", "UnfinishedInput")
    assert client.execute("print next").text() == "next\n"


@pytest.mark.parametrize("form", ["plain", "sentinel", "random"])
@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("print >\\n> \\nend", ">\n> \nend\n"),
        ("print > ", ">\n"),  # what stands at the end of a line is the program's to keep
        ("begin\nwrite > \nwait 0.3\nprint after\nend", ">after\n"),
        ("begin\nprint $PROMPT\nprint after\nend", None),
        ("begin\nwrite $PROMPT\nwait 0.3\nprint after\nend", None),
    ],
)
def test_output_that_looks_like_the_prompt_is_output(serve: Serve, form: str, code: str, text: str | None) -> None:
    client = serve(form)
    exchange = client.execute(code)
    assert exchange.status == "ok"
    if text is not None:
        assert exchange.text() == text
    else:
        assert exchange.text().endswith("after\n")
        assert "> " in exchange.text()
    assert client.execute("print next").text() == "next\n"


def test_output_without_a_line_end_stands_before_the_prompt(serve: Serve) -> None:
    client = serve("random")
    assert client.execute("write abc").text() == "abc"
    assert client.execute("write ").text() == ""
    assert client.execute("begin\nwrite " + "x" * 3000 + "\nend").text() == "x" * 3000


def test_words_of_an_unsettable_prompt_and_a_loader_that_says_what_it_loads(serve: Serve) -> None:
    client = serve("loader-sentinel")
    for number in range(20):
        text = client.execute(f"print one {number}\nprint two {number}").text()
        assert text == f"> print one {number}\none {number}\n> print two {number}\ntwo {number}\n"


def test_text_that_comes_after_the_prompt_does_not_hide_the_end_of_the_cell(serve: Serve) -> None:
    client = serve("random")
    for _ in range(3):
        assert client.execute("later 0.001 from a thread").status == "ok"
        assert "next\n" in client.execute("print next").text()


def test_text_between_cells_belongs_to_the_cell_before(serve: Serve) -> None:
    client = serve("random")
    header = client.send_execute("later 0.3 from a thread")
    assert client.collect(header).text() == ""
    message = client.wait_for(said("from a thread"))
    assert message.parent_header is not None
    assert message.parent_header.msg_id == header.msg_id


@pytest.mark.parametrize("form", ["plain", "sentinel", "random", "slow", "colour-random"])
def test_an_interrupt_ends_the_cell_and_the_next_one_is_its_own(serve: Serve, form: str) -> None:
    client = serve(form)
    for number in range(3):
        header = client.send_execute("forever\nprint no")
        client.wait_for(said("waiting"))
        interrupt(client)
        exchange = client.collect(header)
        assert fields(exchange)["ename"] == "KeyboardInterrupt"
        assert client.execute(f"print next {number}").text() == f"next {number}\n"


def test_an_interrupt_too_soon_after_another_is_not_sent(serve: Serve) -> None:
    client = serve("random")
    header = client.send_execute("stubborn")
    client.wait_for(said("waiting"))
    interrupt(client)
    client.wait_for(said("no"))
    interrupt(client)  # a second SIGINT would end `stubborn`
    interrupt(client)
    assert client.pending == [entry for entry in client.pending if entry[1].parent_header is not None]
    child = child_of(serve)
    assert child.status() in (psutil.STATUS_SLEEPING, psutil.STATUS_RUNNING)
    while not client.take(lambda place, message: message.header.msg_type == "execute_reply"):
        interrupt(client)  # one that comes late enough is
    client.wait_for(lambda message: message.header.msg_type == "status" and message.parent_header is not None)
    assert header.msg_type == "execute_request"
    assert client.execute("print next").text() == "next\n"


def test_an_interrupt_that_costs_the_program_says_so(serve: Serve) -> None:
    client = serve("kill")
    header = client.send_execute("forever")
    client.wait_for(said("waiting"))
    interrupt(client)
    exchange = client.collect(header)
    assert (fields(exchange)["ename"], fields(exchange)["evalue"]) == (
        "KeyboardInterrupt",
        "toy was ended by SIGKILL",
    )
    assert exchange.text("stderr") == "[toy was ended by SIGKILL; a new one was started; its variables are lost]\n"
    assert client.execute("print next").text() == "next\n"


def test_what_the_program_says_of_a_failure_makes_an_error(serve: Serve) -> None:
    client = serve("error")
    exchange = client.execute("print before\nfail it went wrong")
    assert exchange.text() == "before\noops in line 1: it went wrong\n"
    content = fields(exchange)
    assert (content["ename"], content["evalue"]) == ("Error", "it went wrong")
    assert content["traceback"][0] == "line 1"
    waiting = [client.send_execute(code) for code in ("wait 0.5", "fail now", "print aborted")]
    assert [client.collect(header).status for header in waiting] == ["ok", "error", "aborted"]


def test_questions_are_asked_and_answered(serve: Serve) -> None:
    client = serve("random")
    prompts: list[str] = []

    def answer(request: Any) -> str:
        prompts.append(request.prompt)
        return "Ada"

    assert client.execute("ask name? \nprint done", stdin=answer).text() == "<Ada>\ndone\n"
    assert prompts == ["name?"]


def test_a_question_that_nobody_can_be_asked_ends_the_cell_and_not_the_program(serve: Serve) -> None:
    client = serve("random")
    assert client.execute("print first").status == "ok"
    before = child_of(serve).pid
    exchange = client.execute("ask name?")
    assert (exchange.status, fields(exchange)["ename"]) == ("error", "StdinNotImplementedError")
    assert client.execute("print next").text() == "next\n"
    assert child_of(serve).pid == before


def test_a_prompt_that_a_cell_has_set_is_replaced(serve: Serve) -> None:
    client = serve("random")
    exchange = client.execute("prompts a b")
    assert fields(exchange)["ename"] == "StdinNotImplementedError"  # it looks like a question
    assert exchange.text() == "ainterrupted\n"
    assert client.execute("print next").text() == "next\n"


@pytest.mark.parametrize(("code", "status"), [("exit 0", "ok"), ("exit 3", "error")])
def test_the_programs_end_is_told_and_a_new_one_serves_the_next_cell(serve: Serve, code: str, status: str) -> None:
    client = serve("random")
    exchange = client.execute(code)
    assert exchange.status == status
    assert exchange.text("stderr").startswith(f"[toy ended with status {code[-1]}; a new one was started")
    assert client.execute("print next").text() == "next\n"


def test_a_hundred_thousand_lines_typed_at_prompts(serve: Serve) -> None:
    exchange = serve("random").execute("repeat 100000 line ", timeout=60)
    assert exchange.text() == "".join(f"line{number}\n" for number in range(100_000))


def test_the_version_is_what_the_greeting_says(serve: Serve) -> None:
    client = serve("greeting")
    assert client.execute("print hello").text() == "hello\n"
    reply = client.request(KernelInfoRequest()).reply
    assert reply.content.to_fields()["language_info"]["version"] == "7.5"


def test_a_program_that_shows_no_prompt_is_an_error_that_says_what_it_said(serve: Serve) -> None:
    exchange = serve("never").execute("print hello")
    assert fields(exchange)["ename"] == "LanguageStartError"
    assert fields(exchange)["evalue"].endswith(
        "toy.py: it waits for input after '> ', which is not the prompt that was expected"
    )


def test_completion_and_inspection_ask_the_program_behind_the_users_back(serve: Serve) -> None:
    client = serve("words")
    assert client.execute("print hello").text() == "hello\n"
    reply = client.request(CompleteRequest("print al", 8)).reply.content
    assert (reply.matches, reply.cursor_start, reply.cursor_end) == (["alpha", "alps", "alx"], 6, 8)  # type: ignore[union-attr]
    found = client.request(InspectRequest("print", 2))
    assert found.reply.content.data == {"text/plain": "it is print"}  # type: ignore[union-attr]
    assert found.outputs() == []


@pytest.mark.parametrize("megabytes", [120, pytest.param(400, marks=pytest.mark.soak)])
def test_much_output_for_a_slow_client_costs_the_kernel_no_memory(serve: Serve, megabytes: int) -> None:
    client = serve("random")
    kernel: KernelProcess = serve.kernels[-1]  # type: ignore[attr-defined]
    assert client.execute("repeat 100000 warm up ").status == "ok"
    process = psutil.Process(kernel.process.pid)
    with stalled(kernel) as subscriber:
        before = highest = process.memory_info().rss
        lines = megabytes * 10_000
        header = client.send_execute(f"repeat {lines} " + "x" * 93)
        length = 0
        while True:
            assert subscriber.poll(20_000)
            content = from_frames(subscriber.recv_multipart(), client.signer)
            time.sleep(0.002)  # this is how slow it is
            highest = max(highest, process.memory_info().rss)
            if content.parent_header is None or content.parent_header.msg_id != header.msg_id:
                continue
            length += len(content.content.text) if isinstance(content.content, Stream) else 0
            if content.content == IDLE:
                break
    assert length == sum(len(f"{'x' * 93}{number}\n") for number in range(lines))
    assert highest - before < 88 * 2**20  # a thousand messages of 64 KB wait in the socket's queue
