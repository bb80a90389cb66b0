"""`Pipe`: from what a cell says to what a program reads; a file between them holds what the program cannot take yet.

The cell's side never waits, so that an interrupt always reaches it, and the memory has a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from tempfile import TemporaryFile
from threading import Condition, Thread
from typing import Any

from sdk.magics.streaming import Program
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Buffer, Content

_PIECE = 65_536
_UNREAD = 65_536  # bytes that a cell may write for a program that reads no more: what a system's pipe holds


class Pipe:
    """One of them. `outlet` is for `Context.redirected`."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        """`interrupt` is called when the cell goes on writing and nobody reads it."""
        self._interrupt = interrupt
        self._changed = Condition()
        self._file = TemporaryFile()  # noqa: SIM115  # `_feed`
        self._written = self._read = 0
        self._ended = False
        self._broken = False
        self.cut = False
        """Whether the cell was interrupted because nobody reads."""

    def start(self, program: Program) -> None:
        """Begin to feed this program, which has been started."""
        Thread(target=self._feed, args=(program,), name="pipe", daemon=True).start()

    def outlet(self, content: Content, metadata: Mapping[str, Any], buffers: Sequence[Buffer]) -> Content | None:
        """Take stdout; the rest is said."""
        if not isinstance(content, Stream) or content.name != "stdout":
            return content
        self.put(content.text)
        return None

    def put(self, text: str) -> None:
        """Text for the program."""
        data = text.encode("utf-8", "surrogateescape")
        with self._changed:
            if not self._broken:
                self._file.seek(self._written)
                self._file.write(data)
                self._changed.notify()
            self._written += len(data)
            cut = self._broken and not self.cut and self._written - self._read > _UNREAD
            self.cut = self.cut or cut
        if cut:
            self._interrupt()

    def end(self) -> None:
        """No more comes."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _feed(self, program: Program) -> None:
        with self._file:
            while data := self._next():
                if not program.write(data):
                    break
                self._read += len(data)
            with self._changed:
                self._broken = True
            program.close_input()

    def _next(self) -> bytes:
        with self._changed:
            while self._read == self._written and not self._ended:
                self._changed.wait()
            self._file.seek(self._read)
            return self._file.read(min(_PIECE, self._written - self._read))
