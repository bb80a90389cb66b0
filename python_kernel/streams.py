"""`OutputStream`: what sys.stdout and sys.stderr are in a kernel. Joining and sending text is the context's work."""

from __future__ import annotations

import io
import os
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from python_kernel.contexts import Contexts

_KEPT = 1 << 20  # characters of one cell's text that its history keeps


class OutputStream(io.TextIOBase):
    """A text stream whose text goes to the cell that writes. Its `write` may be assigned, as IPython and others do."""

    encoding = "UTF-8"
    errors = "replace"

    def __init__(self, name: str, contexts: Contexts, *, fd: int) -> None:
        super().__init__()
        self.name = name
        self._contexts = contexts
        self._fd = fd
        self._copy = -1
        self._kept: list[str] | None = None
        self._room = 0

    # -- writing -------------------------------------------------------------------------------------------------------

    def write(self, text: str) -> int:
        """Show `text` in the cell that this code works for. Raises TypeError for anything but str."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        context = self._contexts.current()
        if context is None:
            os.write(self._fd, text.encode("utf-8", "replace"))
        else:
            context.stream(self.name, text)
            if self._kept is not None:
                self._keep(text)
        return len(text)

    def flush(self) -> None:
        """Send what was written."""
        context = self._contexts.current()
        if context is not None:
            context.flush()

    @property
    def buffer(self) -> io.BufferedIOBase:
        """A stream for bytes, which are taken for UTF-8."""
        return cast(io.BufferedIOBase, _Bytes(self))

    @contextmanager
    def keeping(self, texts: list[str]) -> Iterator[None]:
        """In here what is written is appended to `texts` too, up to a million characters."""
        before = self._kept, self._room
        self._kept, self._room = texts, _KEPT
        try:
            yield
        finally:
            self._kept, self._room = before

    def _keep(self, text: str) -> None:
        self._room -= len(text)
        if self._room >= 0 and self._kept is not None:
            self._kept.append(text)

    # -- what a file is ------------------------------------------------------------------------------------------------

    def fileno(self) -> int:
        """A descriptor of the process's own output, for children and for faulthandler. Not the number 1 or 2."""
        if self._copy < 0:
            self._copy = os.dup(self._fd)
        return self._copy

    def isatty(self) -> bool:
        """No."""
        return False

    def writable(self) -> bool:
        """Yes."""
        return True

    def close(self) -> None:
        """Send what was written. The stream stays open: other cells write to it."""
        self.flush()

    def end(self) -> None:
        """The kernel ends: give back the descriptor."""
        if self._copy >= 0:
            os.close(self._copy)
            self._copy = -1

    def __repr__(self) -> str:
        return f"<OutputStream {self.name!r}>"


class _Bytes(io.RawIOBase):
    """`sys.stdout.buffer`."""

    def __init__(self, stream: OutputStream) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = getincrementaldecoder("utf-8")("replace")

    def write(self, data: Any) -> int:
        self._stream.write(self._decoder.decode(bytes(data)))
        return len(data)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()


@contextmanager
def redirected(contexts: Contexts) -> Iterator[None]:
    """In here sys.stdout and sys.stderr go to the cells."""
    found = sys.stdout, sys.stderr
    streams = OutputStream("stdout", contexts, fd=1), OutputStream("stderr", contexts, fd=2)
    sys.stdout, sys.stderr = streams
    try:
        yield
    finally:
        sys.stdout, sys.stderr = found
        for stream in streams:
            stream.end()
