"""Lines of code in colours, as errors show them."""

from __future__ import annotations

import pytest

from bash_kernel import colours as bash
from octave_kernel import colours as octave
from sdk.repl.colours import COLOURS, Span, painted
from tests.colours import plain

BASH = """for f in *.txt; do  # each "one"
  if [ -f "$f" ]; then echo 'a
b' ${f%.txt} 42; fi
  x=5 y=in in
done
cat <<E
if "
E"""
OCTAVE = """x = [1 2.5 3]'; % note "hi"
for k = 1:3
  printf ("%d it's\\n", k'); # yes
  s.end = 'it''s';
  %{
  block
  %}
end
y = 'abc"""


def marked(lines: list[str]) -> str:
    """The lines with a letter and brackets for each colour."""
    text = "\n".join(lines)
    for kind in ("comment", "keyword", "number", "string"):  # of those of one colour the first
        text = text.replace(f"\x1b[{COLOURS[kind]}m", f"{kind[0]}<")
    return text.replace("\x1b[0m", ">")


def test_bash() -> None:
    assert marked(painted(BASH, bash.spans(BASH), widest=80)) == (
        """k<for> f k<in> *.txt; k<do>  c<# each "one">
  k<if> k<[> -f s<"$f"> ]; k<then> k<echo> s<'a>
s<b'> n<${f%.txt}> n<42>; k<fi>
  n<x>=5 n<y>=in in
k<done>
cat <<E
if "
E"""
    )


def test_octave() -> None:
    assert marked(painted(OCTAVE, octave.spans(OCTAVE), widest=80)) == (
        """x = [n<1> n<2.5> n<3>]'; c<% note "hi">
k<for> k = n<1>:n<3>
  printf (s<"%d it's\\n">, k'); c<# yes>
  s.end = s<'it''s'>;
c<  %{>
c<  block>
c<  %}>
k<end>
y = s<'abc>"""
    )


@pytest.mark.parametrize(
    ("widest", "lines"),
    [
        (3, ["ab\x1b[31mc\x1b[0m…", "\x1b[31mef\x1b[0m"]),
        (2, ["ab…", "\x1b[31mef\x1b[0m"]),
        (1, ["a…", "\x1b[31me\x1b[0m…"]),
    ],
)
def test_wide_lines_are_cut_and_colours_end_with_their_line(widest: int, lines: list[str]) -> None:
    assert painted("abcd\nef", [Span(2, 7, "string")], widest=widest) == lines


@pytest.mark.parametrize("code", [BASH, OCTAVE, "", "\n\n", "'", '"', "a\\", "$", "${", "%{", "<<", "é'漢\n'"])
def test_colours_change_no_text(code: str) -> None:
    for spans in (bash.spans, octave.spans):
        assert [plain(line) for line in painted(code, spans(code), widest=1000)] == code.split("\n")


def test_very_long_code_is_shown_without_colours() -> None:
    code = "echo 'x'\n" * 100_000
    assert painted(code, bash.spans(code), widest=80)[5] == "echo 'x'"
    assert painted(code, octave.spans(code), widest=80)[5] == "echo 'x'"
