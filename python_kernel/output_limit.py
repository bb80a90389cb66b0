"""`OutputLimit`: of a cell that writes very much, the head and the tail are shown, and all of it is in a file."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import IO

from sdk import Context

Show = Callable[[Context, str, str], None]


class _Text:
    """The text of one cell."""

    def __init__(self) -> None:
        self.count = 0
        self.head: list[str] = []
        self.file: IO[str] | None = None
        self.tail: deque[tuple[str, str]] = deque()
        self.kept = 0
        self.left_out = 0


class OutputLimit:
    """Shows at most so many characters of each cell; what its threads write after its end is not counted."""

    def __init__(self, characters: int) -> None:
        self._half = max(characters // 2, 1)
        self._texts: dict[Context, _Text] = {}
        self._lock = Lock()

    def begin(self, context: Context) -> None:
        """A cell begins."""
        self._texts[context] = _Text()

    def limiting(self, show: Show) -> Show:
        """As `show`, up to the limit."""

        def show_some(context: Context, name: str, text: str) -> None:
            cell = self._texts.get(context)
            if cell is None:
                show(context, name, text)
                return
            with self._lock:
                rest = self._head(cell, text)
                if rest:
                    self._keep(cell, name, rest)
            if len(rest) < len(text):
                show(context, name, text[: len(text) - len(rest)])

        return show_some

    def end(self, context: Context) -> None:
        """A cell has ended: show its tail, and where the rest is."""
        cell = self._texts.pop(context, None)
        if cell is None or cell.file is None:
            return
        cell.file.close()
        if cell.left_out:
            context.stream(
                "stderr",
                f"\n[{cell.left_out} characters are not shown here (output_limit); "
                f"all {cell.count} are in {cell.file.name}]\n",
            )
        else:
            with suppress(OSError):  # all of it is shown
                os.unlink(cell.file.name)
        for name, text in cell.tail:
            context.stream(name, text)

    def _head(self, cell: _Text, text: str) -> str:
        """Count `text`; what of it comes after the head."""
        room = max(self._half - cell.count, 0)
        cell.count += len(text)
        if room:
            cell.head.append(text[:room])
        return text[room:]

    def _keep(self, cell: _Text, name: str, text: str) -> None:
        if cell.file is None:
            from sdk.magics import new_kept_file  # only for those who want a limit

            cell.file = new_kept_file()  # closed at the cell's end
            cell.file.write("".join(cell.head))
            cell.head.clear()
        cell.file.write(text)
        cell.tail.append((name, text))
        cell.kept += len(text)
        while cell.kept > self._half:
            first, text = cell.tail.popleft()
            excess = min(cell.kept - self._half, len(text))
            cell.kept -= excess
            cell.left_out += excess
            if excess < len(text):
                cell.tail.appendleft((first, text[excess:]))
