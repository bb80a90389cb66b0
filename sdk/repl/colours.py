"""Lines of code in colours, for what an error shows: the sixteen colours that terminals and notebooks have. Pure.

Where the strings and comments are the language's kernel says, which knows its language anyway: an error waits for no
other library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

COLOURS: Final[Mapping[str, str]] = {
    "arrow": "1;32",
    "builtin": "32",
    "comment": "36",
    "error": "1;31",
    "keyword": "32",
    "number": "34",
    "place": "32",
    "string": "31",
    "variable": "34",
}
"""What stands there -> its colour; those of code as in `sdk.magics.highlighting`."""


class Span(NamedTuple):
    """A piece of the code, in code points."""

    start: int
    end: int
    kind: str
    """A name in `COLOURS`."""


def paint(kind: str, text: str) -> str:
    """The text in the colour of its kind."""
    return f"\x1b[{COLOURS[kind]}m{text}\x1b[0m" if text else ""


def painted(code: str, spans: Iterable[Span], *, widest: int) -> list[str]:
    """Every line of the code, cut where it is wider than `widest`. Spans come in order and do not overlap."""
    left = list(spans)[::-1]
    lines = []
    start = 0
    for line in code.split("\n"):
        end = start + len(line)
        stop = min(end, start + widest)
        pieces = []
        at = start
        while left and left[-1].start < end:
            span = left[-1]
            first, last = max(span.start, start), min(span.end, stop)
            if first < last:
                pieces += [code[at:first], paint(span.kind, code[first:last])]
                at = last
            if span.end > end:
                break  # it goes on in the next line
            left.pop()
        lines.append("".join([*pieces, code[at:stop], "…" if stop < end else ""]))
        start = end + 1
    return lines
