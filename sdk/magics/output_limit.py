"""`OutputLimit`: of a cell that says very much, the first and the last lines are shown; all of it is in a file."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import IO, Any, NamedTuple

from sdk.kernel.context import Context
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Buffer, Content

_WIDEST = 1000  # characters that a line may have on average: one that never ends is cut, too


class OutputLimit(NamedTuple):
    """How many lines are shown."""

    head: int
    tail: int

    @classmethod
    def of_lines(cls, lines: int) -> OutputLimit:
        """So many lines in all."""
        return cls(lines - lines // 2, lines // 2)

    @contextmanager
    def around(self, context: Context) -> Iterator[None]:
        """Around one cell."""
        cell = _Cell(self)
        try:
            with context.redirected(cell.outlet):
                yield
        finally:
            cell.end(context)


class _Cell:
    """The text of one cell. Its memory has a bound: what lies between head and tail is in the file alone."""

    def __init__(self, limit: OutputLimit) -> None:
        self._limit = limit
        self._lock = Lock()
        self._lines_left = limit.head
        self._room = limit.head * _WIDEST
        self._head: list[str] = []
        self._lines = 0
        self._characters = 0
        self._tail: deque[tuple[str, str, int]] = deque()  # stream, text, lines that end in it
        self._tail_lines = 0
        self._tail_size = 0
        self._file: IO[str] | None = None
        self._path = ""
        self._trouble = ""

    def outlet(self, content: Content, metadata: Mapping[str, Any], buffers: Sequence[Buffer]) -> Content | None:
        """What of it is shown now."""
        if not isinstance(content, Stream):
            return content
        with self._lock:
            self._lines += content.text.count("\n")
            self._characters += len(content.text)
            begin = self._begin(content.text)
            if len(begin) < len(content.text):
                self._keep(content.name, content.text[len(begin) :])
        return content.replace(text=begin) if begin else None

    def _begin(self, text: str) -> str:
        if self._lines_left <= 0 or self._room <= 0:
            return ""
        at = 0
        while self._lines_left > 0 and at < len(text):
            line_end = text.find("\n", at)
            if line_end < 0:
                at = len(text)
                break
            self._lines_left -= 1
            at = line_end + 1
        begin = text[: min(at, self._room)]
        self._room -= len(begin)
        self._head.append(begin)
        return begin

    def _keep(self, name: str, text: str) -> None:
        self._write(text)
        lines = text.count("\n")
        self._tail.append((name, text, lines))
        self._tail_lines += lines
        self._tail_size += len(text)
        while len(self._tail) > 1:
            _, first, lines = self._tail[0]
            enough = self._tail_lines - lines > self._limit.tail
            if not enough and self._tail_size - len(first) <= (self._limit.tail + 1) * _WIDEST:
                break
            self._tail.popleft()
            self._tail_lines -= lines
            self._tail_size -= len(first)

    def _write(self, text: str) -> None:
        if self._trouble:
            return
        try:
            if self._file is None:
                from sdk.magics.kept_output import new_kept_file  # only when there is too much

                self._file = new_kept_file()
                self._path = self._file.name
                self._file.write("".join(self._head))
            self._file.write(text)
        except OSError as error:
            self._trouble = error.strerror or str(error)

    def end(self, context: Context) -> None:
        """The cell has ended: show the tail, and where the rest is."""
        if not self._tail:
            return
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self._trouble = error.strerror or str(error)
        tail, shown = self._last_lines()
        whole = shown == self._characters - sum(map(len, self._head))
        if whole and not self._trouble:
            with suppress(OSError):
                os.unlink(self._path)  # all of it is shown
        else:
            self._tell(context, tail)
        for name, text in tail:
            context.stream(name, text)

    def _last_lines(self) -> tuple[list[tuple[str, str]], int]:
        """The tail, and how many characters it has."""
        left, room = self._limit.tail, self._limit.tail * _WIDEST
        tail: list[tuple[str, str]] = []
        last = True
        for name, text, _ in reversed(self._tail):
            if room <= 0:
                break
            # A line's end at the very end is that of the last line: it begins none.
            at = len(text) - (last and text.endswith("\n"))
            last = False
            while left > 0 and at > 0:
                at = text.rfind("\n", 0, at)
                if at < 0:
                    break
                left -= 1
            begin = max(at + 1 if left <= 0 else 0, len(text) - room)
            room -= len(text) - begin
            tail.append((name, text[begin:]))
            if left <= 0:
                break
        return tail[::-1], sum(len(text) for _, text in tail)

    def _tell(self, context: Context, tail: Sequence[tuple[str, str]]) -> None:
        shown = sum(text.count("\n") for text in (*self._head, *(text for _, text in tail)))
        hidden = self._lines - shown
        what = f"{hidden:,} of {self._lines:,} lines" if hidden > 0 else f"some of {self._characters:,} characters"
        if self._trouble:
            context.stream("stderr", f"[{what} are not shown, and could not be kept in a file: {self._trouble}]\n")
            return
        import html
        from urllib.parse import quote

        link = f'<a href="file://{quote(self._path)}" target="_blank"><code>{html.escape(self._path)}</code></a>'
        context.display_data(
            {
                "text/plain": f"[{what} are not shown; all are in {self._path}]",
                "text/html": f"<em>[{what} are not shown; all are in {link}]</em>",
            }
        )
