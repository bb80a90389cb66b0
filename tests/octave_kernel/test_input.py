"""Code that asks: input, keyboard, kbhit, yes_or_no, pause, and Octave's debugger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.octave_kernel.conftest import Octave
from tests.repl.driven import Recorder

DEBUGGED = "function debugged (n)\n  x = n * 2;\n  y = x + 1;\n  disp (y)\nend"


@pytest.mark.parametrize(
    ("code", "answers", "asked", "shown"),
    [
        ("x = input ('n? ')", ["4*3"], ["n? "], "x = 12\n"),
        ("x = input ('n? ', 's')", ["text é"], ["n? "], "x = text é\n"),
        ("x = input ('')", [""], [""], "x = [](0x0)\n"),
        ('x = input ("one\\ntwo? ")', ["1"], ["two? "], "one\nx = 1\n"),
        ("input ('a '), input ('b ')", ["1", "2"], ["a ", "b "], "ans = 1\nans = 2\n"),
        ("k = kbhit ()", ["q"], [""], "k = q\n"),
        ("a = yes_or_no ('sure? ')", ["yes"], ["sure? (yes or no) "], "a = 1\n"),
        ("a = yes_or_no ('? ')", ["x", "no"], ["? (yes or no) "] * 2, "Please answer yes or no.\na = 0\n"),
        ("pause\ndisp ('on')", [""], [""], "on\n"),
        ("pause (); disp ('on')", ["anything"], [""], "on\n"),
        ("system ('read x; echo got $x');", ["hi"], [""], "got hi\n"),
    ],
)
def test_the_user_is_asked(shared: Octave, code: str, answers: Sequence[str], asked: Sequence[str], shown: str) -> None:
    cell = shared.run(code, answers)
    assert ([prompt for prompt, _ in cell.recorder.asked], cell.text, cell.error) == (asked, shown, None)


def test_keyboard_is_a_prompt_for_commands(shared: Octave) -> None:
    shared.run("clear all; secret = 5;")
    cell = shared.run("keyboard\ndisp ('on')", ["secret", "changed = secret + 1;", "dbcont"])
    assert cell.recorder.asked == [("keyboard> ", False)] * 3
    assert cell.text.endswith("secret = 5\non\n")
    assert shared.run("disp (changed)").text == "6\n"


def test_breakpoints_stop_and_go_on(shared: Octave) -> None:
    shared.run("clear all")
    shared.run(DEBUGGED)
    shared.run("dbstop in debugged at 3;")
    cell = shared.run("debugged (4); disp ('end')", ["x", "dbstep", "y", "dbcont"])
    assert cell.recorder.asked == [("debug> ", False)] * 4
    assert "x = 8\n" in cell.text
    assert cell.text.endswith("y = 9\n9\nend\n")
    assert shared.run("debugged (5)", ["dbquit"]).error == ("KeyboardInterrupt", "")
    shared.run("dbclear all")
    assert shared.run("debugged (5)").text == "11\n"


@pytest.mark.parametrize("leave", ["dbcont", "dbquit"])
def test_an_error_that_stopped_in_the_debugger_is_told_in_the_end(shared: Octave, leave: str) -> None:
    shared.run("dbstop if error")
    cell = shared.run("function fails (), q = 3; error ('my:e', 'hm'), end\nfails ()", ["q", leave])
    shared.run("dbclear if error")
    assert "q = 3\n" in cell.text
    assert cell.error == ("my:e", "hm")
    assert shared.run("disp (1)").text == "1\n"


@pytest.mark.parametrize(
    "code", ["x = input ('n? ')", "keyboard", "k = kbhit ()", "yes_or_no ('q ')", "pause", "[input('a'), input('b')]"]
)
def test_a_question_that_nobody_can_answer_ends_the_cell_and_nothing_else(shared: Octave, code: str) -> None:
    shared.run("kept = 42;")
    cell = shared.run(code)
    assert cell.error is not None
    assert cell.error[0] == "StdinNotImplementedError"
    after = shared.run("disp (kept)")
    assert (after.text, after.notice) == ("42\n", "")


def test_the_end_of_the_input_ends_the_cell_and_not_octave(shared: Octave) -> None:
    shared.run("kept = 42;")
    assert shared.run("x = input ('n? ');", [EOFError]).error == ("KeyboardInterrupt", "")
    after = shared.run("disp (kept)")
    assert (after.text, after.notice) == ("42\n", "")


def test_a_program_that_reads_all_its_input_gets_its_end(shared: Octave) -> None:
    cell = shared.run("[s, out] = system ('cat'); disp (out)", ["some text", EOFError])
    assert cell.text == "some text\n\n"


def test_the_manual_is_text_and_no_program_that_takes_the_terminal(shared: Octave) -> None:
    cell = shared.run("doc hypot; disp ('on')")
    assert "-- hypot (X, Y)" in cell.text
    assert cell.text.endswith("on\n")
    assert "info" not in cell.text
    error = shared.run("doc nosuch").error
    assert error is not None
    assert "'nosuch' not found" in error[1]


def test_nobody_is_asked_before_slow_clients_have_taken_what_was_said(
    shared: Octave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorder, "drain", lambda _: asyncio.sleep(1))
    cell = shared.run("disp (repmat ('x', 1, 66000))", [])
    assert (len(cell.text), cell.recorder.asked, cell.notice, cell.error) == (66001, [], "", None)
    assert shared.run("disp (1)").text == "1\n"
