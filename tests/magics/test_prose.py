"""In Octave, where `%` begins a comment, people's words at a cell's top stay comments."""

from __future__ import annotations

import pytest

from sdk.magics.prose import are_cells, is_name_of_cells, is_no_prose, is_one_word
from tests.magics.conftest import Live


@pytest.mark.parametrize(
    "line",
    [
        "%time step of the loop",
        "%timeit again, please!",
        "%help on plotting",
        "%history of this file",
        "%recall that x is small",
        "%macro definitions for later",
        "%env variables are set below",
        "%config of the solver",
        "%limit for small steps",
        "%timeout in seconds",
        "%restart the counter",
        "%jobs are done",
        "%kill all",
        "%fg colour",
        "%download the data first",
        "%show_captured by the camera",
        "%connect_info is here",
    ],
)
def test_words_are_a_comment(octave: Live, line: str) -> None:
    done = octave.run(f"{line}\ndisp (1)")
    assert (done.text(), done.error) == ("1\n", None)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("%time disp (1)", "1\nWall time"),
        ("%time x = 1", "x = 1\nWall time"),
        ("%timeit -n 1 x + y", ""),
        ("%env A=b", "A=b"),
        ("%config rows", "ReplKernel.rows"),
        ("%history 1", "1: "),
    ],
)
def test_what_is_meant_is_a_magic(octave: Live, line: str, text: str) -> None:
    octave.run("x = 1; y = 2;")
    done = octave.run(line)
    assert done.error is None
    assert done.text().startswith(text)


def test_plain_words_are_told_from_code() -> None:
    assert not is_no_prose("step of the loop.")
    assert not is_no_prose("größer als vorher")
    assert is_no_prose("step")
    assert is_no_prose("x + y")
    assert is_no_prose("f (x)")
    assert is_no_prose("%cd now")
    assert is_one_word("NAME=two words")
    assert not is_one_word("two words")
    assert are_cells("3 5-7 ~1/2")
    assert not are_cells("3 of them")
    assert is_name_of_cells("name 3 4")
    assert not is_name_of_cells("name of them")
