"""Splits what a terminal says into text, barriers and displays. Pure: bytes in, events out.

Here is what the kernel's own helpers say; what of the programs' text is not for its reader, `control_strings.py` knows.

However the input is cut into pieces, the joined events are the same. Every byte sequence that the scanner looks for
(the markers, the echo of a control line) contains the session's random token, so that one `find` over ordinary output
settles that there is nothing to do.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterable
from typing import NamedTuple, TypeAlias

from sdk.repl.control_strings import ControlStrings, FullScreen
from sdk.repl.spool import Spooled

MARKER = b"\x1b]5151;"
"""How a marker begins: an operating-system command (ESC ]) that no terminal knows; token, body and BEL follow."""

RECORD = MARKER + b"%s;r;"
"""How a record begins in the terminal's output, with the place of the token; a BEL ends it."""

_SHORT = 8  # bytes
_LONGEST_BODY = 400
"""Bytes between a marker's token and its BEL; more than that is text that looks like a marker."""

_LONGEST_FROM_AFAR = 16_384
"""As above, for what comes through the terminal because there is no other way."""


_FROM_AFAR = {b"r;": b"\a", b"f;": b"\n", b"x;": b"\n"}
"""How such a marker's body begins, and what ends it: pieces of files are written by tools that write lines."""

_LONGEST_LINE = 4096  # bytes; a terminal takes no longer ones


class Barrier(NamedTuple):
    """Everything that turn `turn` wrote before its end has been read."""

    turn: int


class Display(NamedTuple):
    """Something to show stands in the spool file `name` of the session directory."""

    name: str


class Record(NamedTuple):
    """A record of a program that has no FIFO to us: percent-encoded."""

    body: str


class Piece(NamedTuple):
    """A piece of the file `name`, of a program that does not see our files: in base64, or hexadecimal."""

    name: str
    data: bytes
    hexadecimal: bool


Event: TypeAlias = str | Spooled | FullScreen | Barrier | Display | Record | Piece


class Scanner:
    """One terminal's output. `feed` gives what became certain; what may be the start of a marker is kept back."""

    def __init__(self, token: bytes) -> None:
        self._token = token
        self._marker = MARKER + token + b";"
        self._kept = b""
        self._skip = b""
        self._last_was_return = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._strings = ControlStrings()
        self._hidden: list[tuple[int, bytes]] = []
        self._beginnings: list[tuple[bytes, bytes]] = []
        self._lines: frozenset[bytes] = frozenset()
        self.hide(())

    def hide(self, sequences: Iterable[bytes], lines: Collection[bytes] = ()) -> None:
        """From now on these byte sequences, each with the token in it, are taken out wherever they stand.

        What begins like one of `lines` is taken out up to the line's end.
        """
        self._lines = frozenset(lines)
        hidden = sorted((*sequences, *lines, self._marker), key=len, reverse=True)
        self._hidden = [(sequence.index(self._token), sequence) for sequence in hidden]
        self._beginnings = [(sequence[: offset + len(self._token)], sequence[:2]) for offset, sequence in self._hidden]

    def skip(self, echo: bytes) -> None:
        """The next bytes are the terminal's echo of these: leave them out, once, if they really come."""
        self._skip = echo

    @property
    def awaits_echo(self) -> bool:
        """Whether nothing has come since `skip` was told of an echo."""
        return bool(self._skip)

    def feed(self, data: bytes) -> list[Event]:
        """Take what was read."""
        data = self._kept + self._without_returns(data)
        self._kept = b""
        if self._skip:
            if len(data) < len(self._skip) and self._skip.startswith(data):
                self._kept = data  # not all of the echo came yet
                return []
            data = data.removeprefix(self._skip)
            self._skip = b""
        events: list[Event] = []
        position = searched = 0
        # Whether there is one at all is told six times as fast as where: what `find` takes for long texts is slow.
        while self._token in data:
            found = data.find(self._token, searched)
            if found < 0:
                break
            start, end, event = self._match(data, found, position)
            if end < 0:
                self._text(data[position:start], events)
                self._kept = data[start:]
                return events
            searched = end
            if start < end or event is not None:
                self._text(data[position:start], events)
                position = end
            if event is not None:
                if isinstance(event, Barrier | Display):  # the others may come in the middle of a character
                    self._end_of_text(events)
                if isinstance(event, Barrier):
                    self._strings.end()
                events.append(event)
        kept_from = self._beginning_at_end(data, position)
        self._text(data[position:kept_from], events)
        self._kept = data[kept_from:]
        return events

    def release(self) -> list[Event]:
        """Give out what is kept back: nothing more will come, or somebody waits for it."""
        events: list[Event] = []
        data, self._kept, self._skip = self._kept, b"", b""
        self._text(data, events)
        return [*events, *self._strings.release()]

    def release_short(self) -> list[Event]:
        """As `release`, if what is kept back is so little that it is most likely text."""
        events: list[Event] = []
        if 0 < len(self._kept) < _SHORT:
            data, self._kept, self._skip = self._kept, b"", b""
            self._text(data, events)
        return [*events, *self._strings.release_short()]

    def _without_returns(self, data: bytes) -> bytes:
        # CRLF is what the terminal makes of LF; a lone CR is a progress bar's. A CR at the end waits for what follows.
        if self._last_was_return:
            data = b"\r" + data
        self._last_was_return = data.endswith(b"\r")
        if self._last_was_return:
            data = data[:-1]
        return data.replace(b"\r\n", b"\n") if b"\r" in data else data

    def _match(self, data: bytes, found: int, position: int) -> tuple[int, int, Event | None]:
        """What stands around the token at `found`: its start, its end (-1: not all of it came yet) and its meaning."""
        for offset, sequence in self._hidden:
            start = found - offset
            if start < position:
                continue
            piece = data[start : start + len(sequence)]
            if piece == sequence:
                if sequence is self._marker:
                    return self._body(data, start)
                if sequence not in self._lines:
                    return start, start + len(sequence), None
                if (end := self._line(data, start)) != start:
                    return start, end, None
            if len(piece) < len(sequence) and sequence.startswith(piece):
                return start, -1, None
        end = found + len(self._token)
        return end, end, None

    def _body(self, data: bytes, start: int) -> tuple[int, int, Event | None]:
        body_start = start + len(self._marker)
        kind = data[body_start : body_start + 2]
        longest = _LONGEST_FROM_AFAR if kind in _FROM_AFAR else _LONGEST_BODY
        end = data.find(_FROM_AFAR.get(kind, b"\a"), body_start, body_start + longest)
        if end < 0:
            complete = len(data) >= body_start + longest
            return (body_start, body_start, None) if complete else (start, -1, None)
        body = data[body_start:end]
        if kind == b"r;":
            return start, end + 1, Record(body[2:].decode("utf-8", "surrogateescape"))
        if kind in _FROM_AFAR:
            name, _, piece = body[2:].partition(b";")
            return start, end + 1, Piece(name.decode("ascii", "replace"), piece, kind == b"x;")
        if body.isdigit():
            return start, end + 1, Barrier(int(body))
        if body.startswith(b"d;"):
            return start, end + 1, Display(body[2:].decode("ascii", "replace"))
        return body_start, body_start, None

    def _line(self, data: bytes, start: int) -> int:
        """Where the line ends that begins at `start`; -1 when its end may still come; `start` when it is too long."""
        end = data.find(b"\n", start, start + _LONGEST_LINE)
        if end < 0:
            return start if len(data) >= start + _LONGEST_LINE else -1
        return end + 1

    def _beginning_at_end(self, data: bytes, position: int) -> int:
        """Where the longest end of `data` begins that may be the beginning of a hidden sequence."""
        length = len(data)
        best = length
        for beginning, first_two in self._beginnings:
            at = max(position, length - len(beginning) + 1)
            while 0 <= (at := data.find(first_two, at)) < best:
                if beginning.startswith(data[at:]):
                    best = at
                    break
                at += 1
            if best == length and length > position and data.endswith(first_two[:1]):
                best = length - 1
        return best

    def _text(self, data: bytes, events: list[Event]) -> None:
        if data and (text := self._decoder.decode(data)):
            events += self._strings.feed(text)

    def _end_of_text(self, events: list[Event]) -> None:
        if rest := self._decoder.decode(b"", final=True):
            events += self._strings.feed(rest)
        events += self._strings.release()
