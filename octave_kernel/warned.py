"""`WarningSink`: Octave's warnings go to stderr, in the order in which they were said; the rest is stdout.

Octave has one terminal, which alone keeps the order of what is printed and what is warned of. A warning is known by how
it begins, and by the list of callers that may follow it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdk.repl import Sink, Spooled

_BEGINS = "warning: "
_CALLER = re.compile(r" {4}\S.* at line \d+( column \d+)?\n")


class WarningSink:
    """Before the sink of one request."""

    def __init__(self, sink: Sink) -> None:
        self.error, self.notice, self.ask, self.drain = sink.error, sink.notice, sink.ask, sink.drain
        self._sink = sink
        self._at_line_start = True
        self._in_callers = False
        self._in_warning = False

    def display(self, spooled: Spooled) -> None:
        """A display begins a new line."""
        self._at_line_start, self._in_callers, self._in_warning = True, False, False
        self._sink.display(spooled)

    def text(self, text: str) -> None:
        """Whole lines and the beginning of one."""
        parts: list[tuple[bool, str]] = []
        for line in text.splitlines(keepends=True) if _BEGINS[:-1] in text or self._in_warning else (text,):
            warned = self._is_warning(line)
            if parts and parts[-1][0] == warned:
                parts[-1] = (warned, parts[-1][1] + line)
            else:
                parts.append((warned, line))
        for warned, part in parts:
            if warned:
                self._sink.error(part)
            else:
                self._sink.text(part)

    def _is_warning(self, line: str) -> bool:
        if not self._at_line_start:
            warned = self._in_warning
        elif line.startswith(_BEGINS):
            warned = True
            self._in_callers = line == f"{_BEGINS}called from\n"
        else:
            warned = self._in_callers and (line == "\n" or _CALLER.fullmatch(line) is not None)
            self._in_callers = warned and line != "\n"
        self._at_line_start = line.endswith("\n")
        self._in_warning = warned and (self._in_callers or not self._at_line_start)
        return warned
