"""In Octave, where `%` begins a comment, people's words at a cell's top stay comments."""

from __future__ import annotations

import pytest

from sdk.magics.prose import are_cells, is_code, is_command, is_name_of_cells, is_no_prose, is_one_word, is_python
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
        "%shell commands are below",
        "%shell scripts follow",
        "%python does this, too",
        "%html comparison of the plots",
        "%latex formatted text",
        "%dot product",
        "%image of the result",
        "%javascript is not used",
        "%pip is the program",
        "%get all unique edges",
        "%push buttons, and lists",
        "%time step",
        "%set x to 5",
        "%set limits",
        "%set (gcf, 'units', 'pixels');",
        "%time = sprintf ('%g', 1);",
        "%cd (folder);",
        "%get (gcf, 'units')",
        "%%time based on local regulation).  Be aware",
        "%%file = fullfile ('a', 'b');",
        "%%capture of the plot",
        "%%file named so somewhere).",
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
        ("%shell echo 5", "5\n"),
        ("%shell echo all", "all\n"),
        ("%shell -- echo of the", "of the\n"),
        ("%set x [1, 2]\ndisp (x)", "   1   2\n"),
        ("%shell ls -d /", "/"),
        ("%time disp (x)", "1\n"),
        ("%help plot", ""),
    ],
)
def test_what_is_meant_is_a_magic(octave: Live, line: str, text: str) -> None:
    octave.run("x = 1; y = 2;")
    done = octave.run(line)
    assert done.error is None
    assert done.text().startswith(text)


def test_words_alone_are_shown_where_help_says_how(octave: Live) -> None:
    assert octave.run("%html plain words").outputs() == []
    help_text = octave.run("%html --help").text()
    assert help_text.endswith("\nA line that reads like a comment is one. This never is: %html -- CODE\n")
    (shown,) = octave.run("%html -- plain words").outputs()
    assert shown.data["text/html"] == "plain words"
    for other in ("%%html --help", "%lsmagic --help"):  # nothing is taken for a comment, or there are no words
        assert "comment" not in octave.run(other).text()


def test_plain_words_are_told_from_code() -> None:
    assert not is_no_prose("step of the loop.")
    assert not is_no_prose("größer als vorher")
    assert is_no_prose("step")
    assert is_no_prose("x + y")
    assert is_no_prose("f (x)")
    assert not is_no_prose("a handle to nested (sibling) function.")
    assert is_code("= 5;") and is_code("(x)") and not is_code("x = 5") and not is_code("'a b'")
    assert is_python("import os") and is_python("print(1)") and not is_python("is not used")
    assert is_command("echo $HOME") and is_command("ls -l") and is_command("printf x")
    assert is_command("echo all")
    assert not is_command("echo is not needed")
    assert not is_command("test of the loop")
    assert not is_command("scripts follow") and not is_command("ls is a program")
    assert is_no_prose("%cd now")
    assert is_one_word("NAME=two words")
    assert not is_one_word("two words")
    assert are_cells("3 5-7 ~1/2")
    assert not are_cells("3 of them")
    assert is_name_of_cells("name 3 4")
    assert not is_name_of_cells("name of them")
