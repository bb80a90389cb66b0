"""Inspection: functions, variables, operators; their source; what the documentation looks like."""

from __future__ import annotations

import pytest

from octave_kernel.assistance import texinfo
from octave_kernel.assistance.inspection import Subject, subject
from sdk import InspectRequest
from tests.octave_kernel.asking import inspected, nobody, told, while_busy
from tests.octave_kernel.conftest import Octave


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("pl|ot", Subject("plot", "plot", ("plot",))),
        ("plot| (x)", Subject("plot", "plot", ("plot",))),
        ("plot (x|)", Subject("x", "x", ("x",))),
        ("plot (1, |", Subject("plot", "plot", ("plot",))),
        ("plot (f(2), {3, |", Subject("plot", "plot", ("plot",))),
        ("s.al|pha", Subject("", "s.alpha", ("s",))),
        ("s|.alpha", Subject("s", "s", ("s",))),
        ("c{2}.b|", Subject("", "c{2}.b", ("c",))),
        ("x +| y", Subject("+")),
        ("x.|^ y", Subject(".^")),
        ("fo|r i = 1", Subject("for")),
        ("help si|n", Subject("sin")),
        ("hold o|n", Subject("hold")),
        ("1 |", None),
        ("% plot|", None),
    ],
)
def test_what_is_meant(code: str, expected: Subject | None) -> None:
    assert subject(code.replace("|", ""), code.index("|")) == expected


def test_a_function_is_told_by_how_it_is_called_and_what_it_does(shared: Octave) -> None:
    reply = inspected(shared, "fliplr")
    assert reply.found
    text = reply.data["text/plain"]
    assert text.startswith("fliplr (")
    assert "See also: " in text
    assert text.endswith("/fliplr.m")
    assert "<b>fliplr (" in reply.data["text/html"]


def test_with_more_detail_its_source(shared: Octave) -> None:
    text = told(shared, "fliplr", level=1)
    assert "endfunction" in text
    assert "built into Octave" in told(shared, "sin", level=1)


def test_variables_by_class_size_and_value(shared: Octave) -> None:
    shared.run("va = [1 2; 3 4]; vs.f = 'text'; vc = {1}; sin = 5; big = zeros (500);")
    assert told(shared, "va") == "va: 2x2 double\n\n   1   2\n   3   4"
    assert told(shared, "vs.f") == "vs.f: 1x4 char\n\ntext"
    assert told(shared, "vc(").startswith("vc: 1x1 cell")
    assert told(shared, "sin") == "sin: 1x1 double\n\n5", "a variable hides a function"
    assert len(told(shared, "big")) < 5000
    shared.run("clear va vs vc sin big")
    assert told(shared, "sin").startswith("sin (")


def test_functions_of_cells(shared: Octave) -> None:
    shared.run("function r = mine (a, b)\n  % MINE adds.\n  r = a + b;\nend")
    text = told(shared, "mine")
    assert "MINE adds." in text
    assert "repl-" not in text
    assert "r = a + b;" in told(shared, "mine", level=1)
    shared.run("function r = mine (a)\n  % MINE anew.\n  r = a;\nend")
    assert "MINE anew." in told(shared, "mine")
    shared.run("clear mine")


def test_operators_and_keywords(shared: Octave) -> None:
    assert "Addition operator" in told(shared, "x + y", 3)
    assert told(shared, "while").startswith("while ")
    assert "transpose" in told(shared, "x'")


def test_what_is_not_known_is_not_found(shared: Octave) -> None:
    for code in ("no_such_thing_here", "nothing.at.all", "", "12", "   "):
        assert not inspected(shared, code).found


def test_while_a_cell_runs_what_was_asked_before_is_told(shared: Octave) -> None:
    before = told(shared, "flipud")
    again = while_busy(shared, shared.kernel.do_inspect(InspectRequest("flipud", 6, 0), nobody()))
    assert again.data["text/plain"] == before
    never = while_busy(shared, shared.kernel.do_inspect(InspectRequest("hilb", 4, 0), nobody()))
    assert not never.found


def test_asking_leaves_no_trace(shared: Octave) -> None:
    shared.run("ans = 42; try, error ('boom'); catch, end")
    for code in ("plot", "no_such"):
        told(shared, code, level=1)
    assert told(shared, "ans") == "ans: 1x1 double\n\n42"
    assert shared.run("disp (ans); disp (lasterr ())").text == "42\nboom\n"


_SOURCE = r"""
@deftypefn  {} {} fn (@var{x})
@deftypefnx {} {[@var{a}, @var{b}] =} fn (@var{x}, @qcode{"opt"}, @dots{})
Do @emph{this} to @var{x} -- see @code{a@{1@}} and
@samp{two}, 50@@.

@tex
$$ x^2 $$
@end tex
@ifnottex
@example
@group
fn (1)
  @result{} 2
@end group
@end example
@end ifnottex

@table @code
@item one
First.
@itemize @bullet
@item
dot
@end itemize

@item two
@itemx three
Second.
@end table
@xref{Node,,the other}.
@cindex hidden
@seealso{sin, cos}
@end deftypefn
"""


def test_documentation_is_made_plain() -> None:
    page = texinfo.page(_SOURCE)
    assert page.signatures == ["fn (X)", '[A, B] = fn (X, "opt", ...)']
    assert page.text == (
        "Do _this_ to X -- see a{1} and 'two', 50@.\n\n"
        "    fn (1)\n      => 2\n\n"
        "one\n    First.\n      * dot\n\n"
        "two\nthree\n    Second.\n\n"
        "See the other.\n\n"
        "See also: sin, cos"
    )


def test_no_documentation_of_octave_is_left_with_its_marks(shared: Octave) -> None:
    code = (
        "for n = [__list_functions__(); __builtins__()].', [t, f] = get_help_text (n{1});"
        "if strcmp (f, 'texinfo'), printf ('%s%s%s', t, char (1), ''); end, end"
    )
    sources = shared.run(code).text.split("\x01")[:-1]
    assert len(sources) > 1500
    for source in sources:
        page = texinfo.page(source)
        for mark in ("@var", "@code", "@item", "@end", "@table", "@qcode", "@dots", "@seealso", "@deftypefn"):
            assert mark not in page.text
            assert not any(mark in one for one in page.signatures)
