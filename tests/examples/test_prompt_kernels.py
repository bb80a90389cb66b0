"""The kernels that are a form: each with its real program, over real sockets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.testing import Client, KernelProcess
from sdk.testing.conformance import check_kernelspec
from sdk.testing.snippets import LANGUAGES, UNICODE, Snippets

ROOT = Path(__file__).parents[2]

SQLITE = Snippets(
    language="sql",
    hello=".print hello",
    error="SELECT * FROM no_such_table_4711;",
    unicode=f".print {UNICODE}",
    flood=".mode list\n.headers off\n"
    "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < {lines} - 1) SELECT x FROM n;",
    large=".mode list\n.headers off\nSELECT printf('%.*c', {count}, 'x');",
    comment="-- ",
    assign="DROP TABLE IF EXISTS kept; CREATE TABLE kept (x); INSERT INTO kept VALUES (4711);",
    read=".mode list\n.headers off\nSELECT x FROM kept;",
    completion="SEL",
    completed="SELECT",
    complete="SELECT 1;",
    incomplete="SELECT (1",
    invalid="SELECT );",
)


class Example(NamedTuple):
    """One kernel of the examples, and code in its language."""

    name: str
    program: str
    code: Snippets
    unfinished: str
    """The beginning of a statement."""
    endless: str
    after_interrupt: str = "4711"
    """What becomes of a variable."""


EXAMPLES = [
    Example("lua", "lua5.3", LANGUAGES["lua"], "function f(", "while true do end"),
    Example(
        "sqlite",
        "sqlite3",
        SQLITE,
        "SELECT",
        "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n;",
    ),
    Example("tcl", "tclsh", LANGUAGES["tcl"], "proc f {} {", "while 1 {}", after_interrupt=""),
    Example("node", "node", LANGUAGES["javascript"], "function f(", "while (true) {}"),
    # gnuplot leaves whatever it does when it is interrupted, in the middle of malloc, too: it must be one that waits.
    Example("gnuplot", "gnuplot", LANGUAGES["gnuplot"], "if (1) {\nprint 1", "pause 100"),
    Example("r", "R", LANGUAGES["r"], "f <- function(", "while (TRUE) {}"),
]


@pytest.fixture(params=EXAMPLES, ids=lambda example: example.name)
def example(request: pytest.FixtureRequest, needs: object) -> Example:
    """An example whose program is there."""
    chosen: Example = request.param
    assert callable(needs)
    needs(chosen.program)
    return chosen


@pytest.fixture
def kernel(example: Example, tmp_path: Path) -> Iterator[KernelProcess]:
    """The example's kernel, which leaves nothing behind."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    command = [sys.executable, "-m", f"examples.{example.name}", "-f", "{connection_file}"]
    with KernelProcess(command, cwd=tmp_path, env={"TMPDIR": str(folder)}) as made:
        yield made
        made.end()
        assert made.leftovers == []
    assert [path for path in folder.iterdir() if not path.name.startswith("Rtmp")] == []  # a killed R leaves its own


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    """A client of it."""
    with kernel.client() as made:
        made.patience = 30.0
        yield made


def interrupt(client: Client) -> None:
    """As front-ends do."""
    client.collect(client.send(InterruptRequest(), Channel.CONTROL), until_idle=False)


# The checks take 6 to 14 seconds for each, and what they check is the form's, not the example's.
@pytest.mark.parametrize(
    "example",
    [one if one.name == "sqlite" else pytest.param(one, marks=pytest.mark.soak) for one in EXAMPLES],
    indirect=True,
    ids=[one.name for one in EXAMPLES],
)
def test_the_protocol_is_kept(example: Example, tmp_path: Path) -> None:
    spec = ROOT / "examples" / example.name / "kernelspec"
    code = example.code
    if example.after_interrupt != "4711":
        code = Snippets(**{**vars(code), "assign": "", "read": ""})  # an interrupt costs the variables
    report = check_kernelspec(str(spec), snippets=code, env={"TMPDIR": str(tmp_path)})
    assert report.passed, report.render()


def test_the_example_is_short(example: Example) -> None:
    text = (ROOT / "examples" / example.name / "kernel.py").read_text(encoding="utf-8")
    kernel = text[text.index("class ") :]
    assert len([line for line in kernel.splitlines() if line.strip()]) < 40


def test_a_failing_cell_stops_those_that_wait(example: Example, client: Client) -> None:
    hello = example.code.hello
    assert client.execute(hello).text() == "hello\n"
    failing = client.send_execute(f"{hello}\n{example.code.error}\n{hello}")
    waiting = client.send_execute(hello)
    exchange = client.collect(failing)
    assert (exchange.status, exchange.text().startswith("hello\n")) == ("error", True)
    assert "hello" not in exchange.text()[6:]
    assert exchange.reply.content.to_fields()["evalue"]
    assert client.collect(waiting).status in ("aborted", "ok")  # ok: it came after the failure
    assert client.execute(hello).text() == "hello\n"


def test_unfinished_input_is_an_error_at_once(example: Example, client: Client) -> None:
    # Also for a client that could be asked: nobody is asked for the rest of a statement.
    exchange = client.execute(example.unfinished, stdin=[])
    assert exchange.status == "error"
    assert client.execute(example.code.hello).text() == "hello\n"


def test_a_hundred_thousand_lines_come_whole_and_in_order(example: Example, client: Client) -> None:
    exchange = client.execute(example.code.flood.replace("{lines}", "100000"), timeout=60)
    assert exchange.status == "ok"
    assert exchange.text() == "".join(f"{number}\n" for number in range(100_000))


def test_an_endless_loop_is_interrupted_and_what_became_of_the_session_is_told(
    example: Example, client: Client
) -> None:
    assert client.execute(example.code.assign).status == "ok"
    for _ in range(2):
        running = client.send_execute(example.endless)
        client.wait_for(lambda message: message.header.msg_type == "execute_input")
        interrupt(client)
        exchange = client.collect(running)
        assert (exchange.status, exchange.reply.content.to_fields()["ename"]) == ("error", "KeyboardInterrupt")
        if not example.after_interrupt:
            assert "was ended by SIGKILL; a new one was started; its variables are lost" in exchange.text("stderr")
    exchange = client.execute(example.code.read)
    if example.after_interrupt:
        assert exchange.text().strip() == example.after_interrupt
    else:
        assert exchange.status == "error"


def test_a_program_that_dies_is_replaced_and_that_is_told(
    example: Example, kernel: KernelProcess, client: Client
) -> None:
    assert client.execute(example.code.hello).text() == "hello\n"
    (child,) = psutil.Process(kernel.process.pid).children()
    child.kill()
    child.wait(10)
    exchange = client.execute(example.code.hello)
    assert (exchange.status, exchange.text()) == ("ok", "hello\n")
    assert "was ended by SIGKILL; a new one was started" in exchange.text("stderr")


@pytest.mark.needs("lua5.3")
@pytest.mark.parametrize("example", EXAMPLES[:1], ids=["lua"])
def test_a_handler_that_serves_once_is_not_signalled_twice(example: Example, client: Client) -> None:
    # Lua's handler puts the default back, and waits for the library's slow search: a second SIGINT would end it.
    assert client.execute("kept = 4711").status == "ok"
    for _ in range(5):
        running = client.send_execute("print('on') while true do ('a'):rep(150):find(('.-'):rep(3) .. 'b') end")
        client.wait_for(lambda message: isinstance(message.content, Stream))
        for _ in range(3):
            interrupt(client)
        assert client.collect(running).status == "error"
        assert client.execute("print(kept)").text() == "4711\n"


@pytest.mark.needs("node")
@pytest.mark.parametrize("example", [EXAMPLES[3]], ids=["node"])
def test_what_a_timer_says_comes_through_and_hides_no_end(example: Example, client: Client) -> None:
    for milliseconds in (0, 1, 2, 5, 10):
        client.execute(f"setTimeout(() => console.log('late'), {milliseconds}); undefined")
        assert client.execute("6 * 7").result == {"text/plain": "42"}
        exchange = client.execute("await new Promise((done) => setTimeout(done, 20)); console.log('x')")
        assert exchange.text().replace("late\n", "") == "x\n"


@pytest.mark.needs("sqlite3")
@pytest.mark.parametrize("example", EXAMPLES[1:2], ids=["sqlite"])
def test_statements_after_a_failing_one_do_not_run(example: Example, client: Client) -> None:
    exchange = client.execute("CREATE TABLE a (x);\nSELECT * FROM nope;\nCREATE TABLE b (x);")
    content = exchange.reply.content.to_fields()
    assert (content["ename"], content["evalue"]) == ("Parse error", "no such table: nope")
    assert content["traceback"][0] == "line 2"
    assert client.execute(".tables").text().split() == ["a"]
