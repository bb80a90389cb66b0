"""Cells in colours: magics above a language, and bodies in another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name
from pygments.token import Keyword, Name, Operator

from bash_kernel.kernel import BashKernel
from examples.echo.kernel import EchoKernel
from examples.gnuplot.kernel import GnuplotKernel
from examples.lua.kernel import LuaKernel
from examples.node.kernel import NodeKernel
from examples.r.kernel import RKernel
from examples.sqlite.kernel import SqliteKernel
from examples.tcl.kernel import TclKernel
from octave_kernel.kernel import OctaveKernel
from python_kernel.kernel import PythonKernel
from sdk import Kernel
from sdk.magics import highlighting

KERNELS: list[type[Kernel]] = [
    *(BashKernel, OctaveKernel, PythonKernel),
    *(EchoKernel, GnuplotKernel, LuaKernel, NodeKernel, RKernel, SqliteKernel, TclKernel),
]
CELLS = st.lists(
    st.sampled_from(
        ["%", "%%", "%%%", "!", "?", "\\", "html", "kernel", "lsmagic", "x", " ", "\n", "-v", "'a", "#", "é"]
    )
).map("".join)


@given(CELLS)
@pytest.mark.parametrize("kernel", [BashKernel(), OctaveKernel(), EchoKernel()], ids=["bash", "octave", "echo"])
def test_the_pieces_of_a_cell_are_the_cell(kernel: BashKernel, code: str) -> None:
    pieces = list(highlighting.of_kernel(kernel).get_tokens_unprocessed(code))
    assert "".join(text for _, _, text in pieces) == code
    assert all(code[at : at + len(text)] == text for at, _, text in pieces)


def kinds(code: str) -> dict[str, object]:
    """The kind of each piece of a cell of the bash kernel."""
    return {text: kind for _, kind, text in highlighting.of_kernel(BashKernel()).get_tokens_unprocessed(code)}


def test_a_magics_line_is_told_from_the_language_below_it() -> None:
    found = kinds("%cd --quiet /tmp\nif true; then")
    assert (found["%"], found["cd"], found["--quiet"], found["if"]) == (Operator, Keyword, Name.Attribute, Keyword)


@pytest.mark.parametrize(
    ("code", "word", "kind"),
    [
        ("%%html\n<b>x", "b", Name.Tag),
        ("%%kernel python3 --new\ndef f(): pass", "def", Keyword),
        ("%%kx ir\nx <- function(y) y", "function", Keyword.Reserved),
        ("%%file a.py\ndef f(): pass", "def", Keyword),
        ("%%time\n%cd /\nif true; then :; fi", "if", Keyword),
        ("%shell if true; then :; fi", "if", Keyword),
    ],
)
def test_a_body_is_read_in_its_own_language(code: str, word: str, kind: object) -> None:
    assert kinds(code)[word] is kind


def test_a_language_is_found_by_all_that_its_kernel_says_of_it() -> None:
    says = [{"pygments_lexer": "bash"}, {"name": "lua"}, {"name": "zz", "mimetype": "text/x-tcl"}]
    says += [{"name": "zz", "file_extension": ".tex"}, {"name": "zz", "pygments_lexer": "zz", "file_extension": ".zz"}]
    assert [highlighting.of_language(one).name for one in says] == ["Bash", "Lua", "Tcl", "TeX", "Text only"]


def test_html_takes_its_colours_from_the_front_ends_theme_and_keeps_the_text() -> None:
    shown = highlighting.html('echo "<a>"', "bash")
    assert "var(--jp-mirror-editor-builtin-color," in shown
    assert '<span class="nb">echo</span>' in shown
    assert "&lt;a&gt;" in shown


def test_text_for_terminals_has_no_colour_of_its_own_for_what_is_plain() -> None:
    assert highlighting.ansi("plain words", "text") == "plain words\n"
    assert highlighting.ansi("if x", "bash").startswith("\x1b[32mif\x1b[39;49;00m x")


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.language_info["name"])
def test_the_lexer_that_a_kernel_names_exists_and_is_its_languages(kernel: type[Kernel]) -> None:
    info = kernel.language_info
    named = get_lexer_by_name(info["pygments_lexer"])
    assert info["name"].lower() in (named.name.lower(), *named.aliases, "echo", "ipython", "python")
