"""Input: every way of reading the keyboard asks the client, and none hangs when the client cannot be asked."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.bash_kernel.conftest import Shell
from tests.repl.driven import Recorder
from tests.waiting import seen_soon

PYTHON = f"{sys.executable} -S -c"


@pytest.mark.parametrize(
    ("code", "answers", "asked", "text"),
    [
        ('read -p "name? " x; echo "<$x>"', ["bob"], [("name? ", False)], "<bob>\n"),
        ('read -s -p "pw: " x; echo "<$x>"', ["s3cret"], [("pw: ", True)], "<s3cret>\n"),
        ('read -n 1 -p "y/n " x; echo "<$x>"', ["y"], [("y/n ", False)], "<y>\n"),
        ("select x in a b; do echo $x; break; done", ["2"], [("#? ", False)], "1) a\n2) b\nb\n"),
        ("cat", ["hello", EOFError], [("", False), ("", False)], "hello\n"),
        ("read x | cat; echo done", ["1"], [("", False)], "done\n"),
        (f"{PYTHON} 'print(input(\"n? \"))'", ["é"], [("n? ", False)], "é\n"),
        (f"{PYTHON} 'import getpass; print(getpass.getpass())'", ["pw"], [("Password: ", True)], "\npw\n"),
        ("(read a; read b; echo $a$b)", ["1", "2"], [("", False), ("", False)], "12\n"),
        ("echo before; read x; echo after", [""], [("", False)], "before\nafter\n"),
    ],
)
def test_a_program_that_reads_the_terminal_asks_the_client(
    shell: Shell, code: str, answers: list[str], asked: list[tuple[str, bool]], text: str
) -> None:
    cell = shell.run(code, answers)
    assert (cell.recorder.asked, cell.text, cell.error) == (asked, text, None)
    assert shell.run("echo next").text == "next\n"


@pytest.mark.parametrize(
    "code", ["read x", "cat", "select x in a; do break; done", "read x | cat", f"{PYTHON} 'input()'"]
)
def test_without_a_client_to_ask_the_input_ends(shell: Shell, code: str) -> None:
    shell.run(code, None)
    assert shell.run("echo next").text == "next\n"


def test_a_program_that_asks_for_ever_is_interrupted(shell: Shell) -> None:
    cell = shell.run("while :; do read x; done", None)
    assert cell.error is not None
    assert cell.error[0] == "StdinNotImplementedError"
    assert shell.run("echo next").text == "next\n"


@pytest.mark.parametrize("code", ["sleep .4", "sleep .4 & wait", "for ((i=0; i<20000; i++)); do :; done"])
def test_who_does_not_read_is_not_asked(shell: Shell, code: str) -> None:
    assert shell.run(code, []).recorder.asked == []


def test_what_was_typed_and_not_read_is_not_executed(shell: Shell) -> None:
    async def unread() -> None:
        cell = asyncio.ensure_future(shell.cell("sleep .3"))
        repl = shell.kernel.life.repl
        assert repl is not None
        await seen_soon(lambda: repl.state.name == "RUNNING", every=0)
        repl._process.write(b"touch executed\n")
        await cell

    shell.run("true")
    shell.do(unread())
    assert shell.run("ls; echo next").text == "next\n"


def test_an_interrupt_ends_a_question(shell: Shell) -> None:
    cell = shell.interrupted('read -p "q? " x; echo no', lambda said: said.asked != [])
    assert (cell.recorder.asked, cell.error) == ([("q? ", False)], ("KeyboardInterrupt", ""))
    assert "no" not in cell.text
    assert shell.run("echo next").text == "next\n"


def test_a_question_that_times_out_is_withdrawn(shell: Shell) -> None:
    cell = shell.run('read -t .5 -p "quick? " x; echo "<$x>"', [])
    assert cell.recorder.asked == [("quick? ", False)]
    assert cell.text.endswith("<>\n")


def test_an_answer_that_the_terminal_takes_in_late_is_not_asked_for_again(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine that lasts: what was typed can neither be read yet nor counted."""
    shell.run("true")
    repl = shell.kernel.life.repl
    assert repl is not None
    write = repl._process.write

    def late(data: bytes) -> None:
        if data == b"bob\n":
            shell.loop.call_later(0.4, write, data)
        else:
            write(data)

    monkeypatch.setattr(repl._process, "write", late)
    cell = shell.run('read -p "name? " x; echo "<$x>"', ["bob"])
    assert (cell.recorder.asked, cell.text) == ([("name? ", False)], "<bob>\n")


def test_nobody_is_asked_before_slow_clients_have_taken_what_was_said(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorder, "drain", lambda _: asyncio.sleep(2))
    cell = shell.run("printf %066000d\\\\n 0", [])
    assert (len(cell.text), cell.recorder.asked, cell.notice, cell.error) == (66001, [], "", None)
    assert shell.run("echo next").text == "next\n"


def test_a_question_comes_after_slow_clients_have_taken_what_was_said_before(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorder, "drain", lambda _: asyncio.sleep(1))
    cell = shell.run("printf %066000d\\\\n 0; read -p 'name? ' x; echo $x", ["bob"])
    assert (cell.text[-6:], cell.recorder.asked) == ("0\nbob\n", [("name? ", False)])
