"""With OctaveKernel.stderr=split: standard error is a terminal of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.octave_kernel.conftest import Cell, Octave, started


@pytest.fixture
def split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Octave]:
    monkeypatch.setattr("octave_kernel.kernel.OctaveKernel.stderr", "split")
    octave = started(tmp_path)
    try:
        yield octave
    finally:
        octave.close()


def streams(cell: Cell) -> tuple[str, str]:
    return cell.text, cell.notice


def test_both_streams_are_told_apart(split: Octave) -> None:
    said = "disp ('out'); fprintf (stderr, 'err\\n'); fputs (stderr, 'more'); printf ('end'); fdisp (stderr, [1 2])"
    assert streams(split.run(said)) == ("out\nend", "err\nmore   1   2\n")
    assert streams(split.run("system ('echo out; echo err >&2; test -t 2 && echo both');")) == ("out\nboth\n", "err\n")
    assert split.run("x = 1; warning ('careful');").notice.startswith("warning: careful\n")
    assert split.run("warning ('careful');").text == ""


def test_what_was_said_at_once_is_complete(split: Octave) -> None:
    lines = "".join(f"{number}\n" for number in range(1, 20_001))
    assert streams(split.run("fprintf (stderr, '%d\\n', 1:20000); printf ('%d\\n', 1:20000);")) == (lines, lines)


def test_errors_are_as_ever(split: Octave) -> None:
    assert split.run("error ('my:id', 'no')").error == ("my:id", "no")
    assert split.run("x = [1 2").error is not None
    assert streams(split.run("x = 5")) == ("x = 5\n", "")


def test_interrupts_and_the_debugger(split: Octave) -> None:
    cell = split.interrupted('fputs (stderr, "go\\n"); while true, end', lambda said: "go" in said.text("stderr"))
    assert (streams(cell), cell.error) == (("", "go\n"), ("KeyboardInterrupt", ""))
    assert streams(split.run("disp (1); fputs (stderr, '2');")) == ("1\n", "2")
    cell = split.run("keyboard ('debug> ');", ["disp (3)", "dbquit"])
    assert (cell.recorder.asked, cell.text) == ([("debug> ", False)] * 2, "3\n")
    assert streams(split.run("disp (1); fputs (stderr, '2');")) == ("1\n", "2")


def test_questions_are_asked_and_answered(split: Octave) -> None:
    cell = split.run("x = input ('how many? '); y = yes_or_no ('sure? '), x", ["5", "yes"])
    assert cell.recorder.asked[0] == ("how many? ", False)
    assert streams(cell) == ("y = 1\nx = 5\n", "")
    assert split.do(split.kernel.get_variable("x")) == 5
    assert "xylophone" not in split.complete("x").matches


def test_another_one_is_split_too(split: Octave) -> None:
    split.run("kill (getpid (), 9);")
    assert streams(split.run("disp (1); fputs (stderr, '2');")) == ("1\n", "2")
