"""What is a string, a number, a keyword or a comment in Octave's code, for lines that an error shows. Pure.

`octave_kernel.language.lexer` knows it better, but takes a hundred times as long: too long for an error in a long cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from octave_kernel.language.lexer import KEYWORDS
from sdk.repl.colours import Span

_LONGEST = 50_000  # characters that are read for it
_TOKEN = re.compile(
    r"""(?P<comment>^[ \t]*[%\#]\{[ \t]*\n(?:.*\n)*?[ \t]*[%\#]\}[ \t]*$|[%\#].*|\.\.\..*)
    |(?P<string>"(?:[^"\\\n]|\\.)*"?|(?<![\w)\]}'.])'(?:[^'\n]|'')*'?)
    |(?P<number>(?<![\w.])(?:0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eEdD][+-]?[0-9]+)?[ij]?))
    |(?P<word>[A-Za-z_]\w*)""",
    re.VERBOSE | re.MULTILINE,
)


def spans(code: str) -> Iterator[Span]:
    """The pieces of the code that have a colour."""
    for found in _TOKEN.finditer(code) if len(code) <= _LONGEST else ():
        kind = found.lastgroup or ""
        if kind != "word":
            yield Span(found.start(), found.end(), kind)
        elif found[0] in KEYWORDS and code[found.start() - 1 : found.start()] != ".":
            yield Span(found.start(), found.end(), "keyword")
