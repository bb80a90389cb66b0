"""Who reads the keyboard asks the client of its cell, over ZeroMQ; who cannot ask comes to an end."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from sdk.protocol.iopub import ExecuteInput
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteRequest, KernelInfoRequest
from sdk.protocol.stdin import InputRequest
from tests.bash_kernel.live import INTERRUPTED, Done, Live, Renewed, done
from tests.repl.live import of

TIMES = pytest.mark.parametrize("times", [1, pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
PYTHON = f"{sys.executable} -S -c"
NODE = pytest.param(
    'node -e \'const r=require("readline").createInterface({input:process.stdin,output:process.stdout});'
    'r.question("who? ",a=>{console.log("hi "+a);r.close()})\'',
    ["bob"],
    [("who? ", False)],
    None,
    marks=pytest.mark.needs("node"),
    id="node readline",
)
SELECT = "import select,sys; print('s? ',end='',flush=True); select.select([0],[],[]); print(sys.stdin.readline())"
POLL = "import select,sys; print('p? ',end='',flush=True); p=select.poll(); p.register(0,1); p.poll(); print(input())"
THREAD = "import threading; t=threading.Thread(target=lambda: print(input('t? '))); t.start(); t.join()"
PERL = pytest.mark.needs("perl")

QUESTIONS = [
    ('read -p "name? " x; echo "<$x>"', ["bob"], [("name? ", False)], "<bob>\n"),
    ('read -s -p "pw: " x; echo "<$x>"', ["s3cret"], [("pw: ", True)], "<s3cret>\n"),
    ('read -e -p "edit? " x; echo "<$x>"', ["line"], [("edit? ", False)], None),
    ('read -n 1 -p "y/n " x; echo "<$x>"', ["y"], [("y/n ", False)], "<y>\n"),
    ("select x in a b; do echo $x; break; done", ["2"], [("#? ", False)], "1) a\n2) b\nb\n"),
    ("cat; echo done", None, [("", False)], "done\n"),
    ("read x | cat; echo done", ["1"], [("", False)], "done\n"),
    ("echo a | (cat; read y </dev/tty; echo $y)", ["b"], [("", False)], "a\nb\n"),
    ("x=$(read -p 'sub? ' y; echo $y); echo $x", ["z"], [("sub? ", False)], "z\n"),
    (f"{PYTHON} 'print(input(\"n? \"))'", ["é"], [("n? ", False)], "é\n"),
    (f"{PYTHON} 'import readline; print(input(\"rl? \"))'", ["abc"], [("rl? ", False)], None),
    (f"{PYTHON} 'import getpass; print(getpass.getpass())'", ["pw"], [("Password: ", True)], "\npw\n"),
    (f'{PYTHON} "{SELECT}"', ["1"], [("s? ", False)], "1\n\n"),
    (f'{PYTHON} "{POLL}"', ["1"], [("p? ", False)], "1\n"),
    (f'{PYTHON} "{THREAD}"', ["1"], [("t? ", False)], "1\n"),
    pytest.param("perl -e 'print \"p? \"; $|=1; print scalar <STDIN>'", ["x"], [("p? ", False)], "x\n", marks=PERL),
    ("(read a; read b; echo $a$b)", ["1", "2"], [("", False), ("", False)], "12\n"),
    (
        'for i in 1 2 3; do read -p "$i> " v; echo $v; done',
        ["a", "b", "c"],
        [("1> ", False), ("2> ", False), ("3> ", False)],
        "a\nb\nc\n",
    ),
    ("sh -c 'printf \"sh? \"; read x; echo $x'", ["q"], [("sh? ", False)], "q\n"),
    ("head -1", ["only"], [("", False)], "only\n"),
    ("sort", None, [("", False)], ""),
    NODE,
]


@pytest.fixture
def live(renewed: Renewed) -> Live:
    return renewed.get()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A kernel for cells that leave it as it was."""
    with Live(tmp_path_factory.mktemp("shared")) as one:
        yield one


@pytest.mark.parametrize(("code", "answers", "asked", "text"), QUESTIONS)
def test_a_reader_asks(
    shared: Live, code: str, answers: list[str] | None, asked: list[tuple[str, bool]], text: str | None
) -> None:
    cell = shared.run(code, answers) if answers is not None else ended_by_interrupt(shared, code)
    assert cell.asked[: len(asked)] == asked
    if answers is not None:
        assert (cell.asked, cell.error) == (asked, None)
        if text is None:  # a line editor echoes what it likes
            assert answers[0] in cell.text
            assert cell.text.count(answers[0]) <= 2
        else:
            assert cell.text == text
    shared.goes_on()


def ended_by_interrupt(live: Live, code: str) -> Done:
    header = live.begin(code, [])
    question = live.question(header)
    assert isinstance(question.content, InputRequest)
    live.interrupt()
    cell = live.end(header)
    assert cell.error == INTERRUPTED
    assert "done" not in cell.text
    return cell._replace(asked=[(question.content.prompt, question.content.password)])


@TIMES
def test_a_question_and_its_answer_many_times(shared: Live, times: int) -> None:
    for number in range(times):
        cell = shared.run('read -p "name? " x; read -s -p "pw: " y; echo "<$x$y>"', [f"n{number}", "s"])
        assert (cell.text, cell.asked) == (f"<n{number}s>\n", [("name? ", False), ("pw: ", True)])


@pytest.mark.parametrize(
    "code",
    [
        "read x",
        "read -s x",
        "read -e x",
        "cat",
        "cat; cat; cat",
        "select x in a; do break; done",
        "read x | cat",
        f"{PYTHON} 'input()'",
        f"{PYTHON} 'import getpass; getpass.getpass()'",
        "while :; do read x; done",
        "while :; do cat; done",
        "head -1; sort; wc",
        pytest.param(
            'node -e \'require("readline").createInterface({input:process.stdin,output:process.stdout})'
            '.question("who? ",a=>process.exit())\'',
            marks=pytest.mark.needs("node"),
        ),
    ],
)
def test_without_a_client_to_ask_the_cell_ends(shared: Live, code: str) -> None:
    cell = shared.run(code)
    assert cell.asked == []
    if code.startswith("while"):
        assert cell.error is not None
        assert cell.error[0] == "StdinNotImplementedError"
    shared.goes_on()


@pytest.mark.parametrize(
    "code",
    [
        "sleep .6",
        "sleep .6 & wait",
        "for ((i=0; i<100000; i++)); do :; done",
        "sleep .6 | cat",
        "cat </dev/null; sleep .4",
        "(sleep .6) </dev/null | cat | cat",
        "coproc sleep .6; wait",
    ],
)
def test_who_does_not_read_the_terminal_is_not_asked(shared: Live, code: str) -> None:
    cell = shared.run(f"printf 'a prompt? '; {code}", [])
    assert (cell.asked, cell.error) == ([], None)


def test_a_question_is_put_to_the_client_whose_cell_it_is(live: Live) -> None:
    with live.kernel.client() as other:
        mine = live.begin('read -p "mine? " x; echo "<$x>"', [])
        live.client.wait_for(lambda message: isinstance(message.content, ExecuteInput))  # theirs comes after it
        theirs = other.send_execute('read -p "theirs? " x; echo "<$x>"', allow_stdin=True)
        question = live.question(mine)
        assert isinstance(question.content, InputRequest)
        assert question.content.prompt == "mine? "
        assert [place for place, _ in other.pending if place is Channel.STDIN] == []
        live.client.reply_to(question, "1")
        assert live.end(mine).text == "<1>\n"
        question = other.wait_for(lambda message: of(theirs, message, InputRequest), channel=Channel.STDIN)
        assert [place for place, _ in live.client.pending if place is Channel.STDIN] == []
        other.reply_to(question, "2")
        assert done(other.collect(theirs)).text == "<2>\n"


def test_while_a_question_is_open_everything_else_is_answered(live: Live) -> None:
    live.run("touch a_file")
    header = live.begin('read -p "q? " x; echo "<$x>"', [])
    question = live.question(header)
    with live.kernel.client() as other:
        assert other.request(KernelInfoRequest()).status == "ok"
        assert other.request(CompleteRequest("cat a_f")).reply.content.to_fields()["matches"] == ["a_file"]
    live.client.reply_to(question, "yes")
    assert live.end(header).text == "<yes>\n"


@TIMES
def test_an_interrupt_ends_a_question(live: Live, times: int) -> None:
    for _ in range(times):
        header = live.begin('read -p "q? " x; echo no', [])
        question = live.question(header)
        live.interrupt()
        cell = live.end(header)
        assert cell.error == INTERRUPTED
        assert "no" not in cell.text
        live.client.reply_to(question, "touch executed")  # comes too late
        assert live.run("ls; echo next").text == "next\n"


def test_the_other_client_interrupts_a_question(live: Live) -> None:
    from sdk.protocol.control import InterruptRequest

    header = live.begin('read -p "q? " x; echo no', [])
    live.question(header)
    with live.kernel.client() as other:
        other.request(InterruptRequest(), Channel.CONTROL)
    assert live.end(header).error == INTERRUPTED
    live.goes_on()


def test_two_clients_run_cells_at_once(live: Live) -> None:
    with live.kernel.client() as other:
        mine = [live.begin(f"echo mine {number}") for number in range(50)]
        theirs = [other.send_execute(f"echo theirs {number}") for number in range(50)]
        assert [live.end(header).text for header in mine] == [f"mine {number}\n" for number in range(50)]
        texts = [done(other.collect(header)).text for header in theirs]
        assert texts == [f"theirs {number}\n" for number in range(50)]


def test_completions_while_a_cell_floods(live: Live) -> None:
    live.run("touch a_file")
    header = live.begin("yes | head -c 20000000; echo end")
    live.until(header, "y\n")
    with live.kernel.client() as other:
        for _ in range(100):
            reply = other.request(CompleteRequest("cat a_f"), timeout=10).reply.content.to_fields()
            assert reply["matches"] == ["a_file"]
    assert live.end(header, timeout=40).text.endswith("y\nend\n")


def test_an_answer_of_any_length_and_kind_arrives(live: Live) -> None:
    for answer in ("", " ", "x" * 3000, "a\tb", "é \U0001f600", "$(touch executed)", "\\", "'\""):
        cell = live.run('IFS= read -r x; printf "<%s>" "$x"', [answer])
        assert (cell.text, cell.error) == (f"<{answer}>", None)
    assert live.run("ls").text == ""


def test_an_answer_of_several_lines_is_several_lines(live: Live) -> None:
    assert live.run('read a; read b; echo "<$a|$b>"', ["1\n2"]).text == "<1|2>\n"
    live.run("read a; echo $a", ["1\ntouch executed"])
    assert live.run("ls; echo next").text == "next\n"


def test_a_question_that_times_out_is_withdrawn(live: Live) -> None:
    header = live.begin('read -t .6 -p "quick? " x; echo "<$x>"', [])
    question = live.question(header)
    cell = live.end(header)
    assert cell.text.endswith("<>\n")
    live.client.reply_to(question, "touch executed")
    assert live.run("ls; echo next").text == "next\n"
