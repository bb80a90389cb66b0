"""A cell becomes magics and code. Pure."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bash_kernel.kernel import BashKernel
from octave_kernel.kernel import OctaveKernel
from sdk import MagicSyntax
from sdk.magics.front import Front
from sdk.magics.parser import Code, Kind, Use, read, steps
from tests.magics.kernels import TalkingKernel

PLAIN = MagicSyntax()
BASH = BashKernel.magic_syntax
OCTAVE = OctaveKernel.magic_syntax
SYNTAXES = [PLAIN, BASH, OCTAVE, MagicSyntax(prefix="//"), MagicSyntax(prefix="", shell="", help="")]
MAGICS = {"cd", "ls", "time", "help", "shell", "file"}

WORDS = [
    "%",
    "%%",
    "%%%",
    "!",
    "!!",
    "?",
    "??",
    "\\",
    "//",
    "#",
    "time",
    "cd",
    "nope",
    "x = 1",
    " ",
    "\t",
    "\n",
    "\n\n",
]
CELLS = st.lists(st.sampled_from([*WORDS, "é", "'", '"', "\r", "\0"])).map("".join)
syntaxes = pytest.mark.parametrize("syntax", SYNTAXES, ids=["all", "bash", "octave", "slashes", "none"])


def known(use: Use) -> bool:
    return use.name in MAGICS


def parsed(code: str, syntax: MagicSyntax = PLAIN) -> list[Use | Code]:
    return list(steps(code, syntax, known))


def begins_plainly(code: str, syntax: MagicSyntax) -> bool:
    marks = [mark for mark in (syntax.prefix, syntax.shell, syntax.help, "\\") if mark]
    return not any(line.lstrip().startswith(tuple(marks)) for line in code.split("\n")) and "?" not in code


@syntaxes
@given(CELLS)
@example("x\n%time y")
@example("\r\nx")
def test_code_without_magics_comes_through_unchanged(syntax: MagicSyntax, code: str) -> None:
    if begins_plainly(code, syntax):
        assert parsed(code, syntax) == [Code(code)]


@pytest.mark.parametrize("syntax", [BASH, OCTAVE], ids=["bash", "octave"])
@given(CELLS)
def test_what_is_no_known_magic_is_the_languages_where_it_shares_the_characters(syntax: MagicSyntax, code: str) -> None:
    assert list(steps(code, syntax, lambda use: False)) == [Code(code)]


@syntaxes
@given(CELLS)
def test_lines_keep_their_numbers_and_none_is_lost(syntax: MagicSyntax, code: str) -> None:
    given = code.split("\n")
    lines = read(code, syntax, known)
    assert len(lines) == len(given)
    for line, was in zip(lines, given, strict=True):
        if line.use is None:
            assert line.text in (was, was.replace("\\", "", 1))
        else:
            assert line.text in ("", was)
    for step in steps(code, syntax, known):
        if isinstance(step, Code):
            for number, text in enumerate(step.text.split("\n")):
                assert text in ("", given[number], given[number].replace("\\", "", 1))


@syntaxes
@given(CELLS)
def test_a_cell_magic_has_all_that_stands_below_it(syntax: MagicSyntax, code: str) -> None:
    done = parsed(code, syntax)
    cells = [step for step in done if isinstance(step, Use) and step.kind is not Kind.LINE]
    assert cells == [step for step in done[-1:] if isinstance(step, Use) and step.kind is not Kind.LINE]
    for cell in cells:
        assert code == cell.body or code.endswith(f"\n{cell.body}") or not cell.body


@given(st.sampled_from(["%time x", "%%time", "!ls", "!!", "?x", "%%%time"]), st.sampled_from(["", "  ", "\t"]))
def test_a_backslash_gives_a_magics_line_to_the_language(line: str, indent: str) -> None:
    assert parsed(f"{indent}\\{line}\nmore") == [Code(f"{indent}{line}\nmore")]


def test_a_backslash_before_anything_else_stays() -> None:
    assert parsed("\\ls\n\\cd", BASH) == [Code("\\ls\n\\cd")]
    assert parsed("\\alpha") == [Code("\\alpha")]


LINE, CELL, STICKY = Kind.LINE, Kind.CELL, Kind.STICKY


@pytest.mark.parametrize(
    ("code", "done"),
    [
        ("%cd /tmp", [Use(LINE, "cd", "/tmp")]),
        ("  %cd  a  b  ", [Use(LINE, "cd", "a  b")]),
        ("\n\n%cd\n\nx", [Use(LINE, "cd"), Code("\n\n\n\nx")]),
        ("%cd\n%ls\nx\n%time", [Use(LINE, "cd"), Use(LINE, "ls"), Code("\n\nx\n%time")]),
        ("%cd\n%%time -n\nx\n%cd", [Use(LINE, "cd"), Use(CELL, "time", "-n", "x\n%cd")]),
        ("%%%time", [Use(STICKY, "time")]),
        ("x\n%cd", [Code("x\n%cd")]),
        ("!ls *", [Use(LINE, "shell", "ls *")]),
        ("!!\nls", [Use(CELL, "shell", "", "ls")]),
        ("?cd", [Use(LINE, "help", "cd")]),
        ("??cd", [Use(LINE, "help", "--source cd")]),
        ("cd?", [Use(LINE, "help", "cd")]),
        ("%cd??", [Use(LINE, "help", "--source %cd")]),
        ("cd?\nx", [Code("cd?\nx")]),
        ("a b?", [Code("a b?")]),
        ("% cd", [Code("% cd")]),
        ("%", [Code("%")]),
        ("%1", [Code("%1")]),
        ("%%", [Code("%%")]),
        ("%%%%time", [Code("%%%%time")]),
        ("%nope é", [Use(LINE, "nope", "é")]),
        ("", [Code("")]),
    ],
)
def test_where_all_forms_are_the_magics(code: str, done: list[Use | Code]) -> None:
    assert parsed(code) == done


@pytest.mark.parametrize(
    ("code", "done"),
    [
        ("# a\n%cd\n# b\n%ls\nx", [Use(LINE, "cd"), Use(LINE, "ls"), Code("# a\n\n# b\n\nx")]),
        ("%nope", [Code("%nope")]),
        ("%1\n%cd", [Code("%1\n%cd")]),
        ("! true", [Code("! true")]),
        ("ls ?", [Code("ls ?")]),
    ],
)
def test_where_bash_has_some_of_them(code: str, done: list[Use | Code]) -> None:
    assert parsed(code, BASH) == done


def test_where_a_magics_line_is_a_comment_the_language_gets_it_too() -> None:
    assert parsed("%cd /\n% c\nx = 1;", OCTAVE) == [Use(LINE, "cd", "/"), Code("%cd /\n% c\nx = 1;")]


@syntaxes
@pytest.mark.parametrize("anywhere", [False, True])
@given(CELLS)
@example("% a\n%{\n%time")
@example("% a\n\\%time")
@example("\\ !")
def test_the_front_lets_no_magic_pass(syntax: MagicSyntax, anywhere: bool, code: str) -> None:
    syntax = syntax._replace(anywhere=anywhere)
    if not Front(TalkingKernel(), syntax).is_concerned(code):
        assert list(steps(code, syntax, lambda use: True)) == [Code(code)]


@pytest.mark.parametrize(
    "code", ["% a comment\n%% a section\nx = 1;", "%\n%%\nx", "# 50 %\nx", "%{\n text\n%}\nx", "x % %time"]
)
def test_the_front_hands_comments_on_unread(code: str) -> None:
    assert not Front(TalkingKernel(), OCTAVE).is_concerned(code)


def test_anywhere_a_line_magic_stands_between_code_and_a_cell_magic_does_not() -> None:
    done = parsed("x\n%cd\ny\n%%time\nz", PLAIN._replace(anywhere=True))
    assert done == [Code("x"), Use(LINE, "cd"), Code("\n\ny\n%%time\nz")]
