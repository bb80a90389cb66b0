"""`OutStream`: what sys.stdout and sys.stderr are in a kernel. Joining and sending text is the context's work."""

from __future__ import annotations

import fcntl
import io
import os
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Protocol, cast

from python_kernel.contexts import Contexts, as_dict
from python_kernel.descriptors import Descriptors
from python_kernel.elsewhere_stream import Elsewhere
from python_kernel.hooks import Hook, Hooks
from python_kernel.parent import Parented
from sdk import Context

_KEPT = 1 << 20  # characters of one cell's text that its history keeps
_LINE = 1 << 16  # characters of a line that a child keeps back


class Writable(Protocol):
    """A stream that gets a copy of what is written."""

    def write(self, text: str, /) -> object:
        """Take text."""

    def flush(self) -> object:
        """Write what was kept back."""


class OutStream(Parented, io.TextIOBase):
    """A text stream whose text goes to the cell that writes. Its `write` may be assigned, as IPython and others do."""

    __module__ = "ipykernel.iostream"  # programs ask for it, to know that they are in a notebook

    encoding = "UTF-8"
    errors = None
    mode = "w"
    line_buffering = True
    echo: Writable | None
    """Gets a copy of all text, if it is set."""

    def __init__(
        self,
        session: Any,
        pub_thread: Any,
        name: str,
        pipe: Any = None,
        echo: Writable | None = None,
        *,
        watchfd: Any = True,
        isatty: bool = False,
    ) -> None:
        """A stream of somebody's own, who knows ipykernel's: to the cells with this kernel's `iopub_thread`.

        Otherwise text goes out by `session.send`.
        """
        super().__init__()
        socket = getattr(pub_thread, "socket", pub_thread)
        cells: Any = getattr(socket, "streams", {}).get(name)
        if cells is None:
            self._elsewhere = elsewhere = Elsewhere(session, pub_thread, name)
            self._begin(name, elsewhere, cast(Any, elsewhere), Context.stream)
        else:
            self._begin(name, cells._contexts, cells._descriptors, cells._show)
        self.echo, self._isatty = echo, isatty

    @classmethod
    def of_cells(
        cls, name: str, contexts: Contexts, descriptors: Descriptors, show: Callable[[Context, str, str], None]
    ) -> OutStream:
        """The kernel's own."""
        stream = cls.__new__(cls)
        stream._begin(name, contexts, descriptors, show)
        return stream

    def _begin(
        self, name: str, contexts: Contexts, descriptors: Descriptors, show: Callable[[Context, str, str], None]
    ) -> None:
        self.name = name
        self.topic = b"stream." + name.encode()
        self.echo = None
        self._contexts: Contexts = contexts
        self._current = contexts.current
        self._descriptors: Descriptors = descriptors
        self._show: Callable[[Context, str, str], None] = show
        self._copy = -1
        self._kept: list[str] | None = None
        self._room = 0
        self._written_at = 0.0
        self._hooks = Hooks()
        self._hooked = False
        self._child: _ChildLines | None = None
        self._bytes = _Bytes(self)
        self._isatty = False

    # -- writing -------------------------------------------------------------------------------------------------------

    _elsewhere: Elsewhere | None = None

    def write(self, text: str) -> int:
        """Show `text` in the cell that this code works for. Raises TypeError for anything but str."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        context = self._current()
        if context is None:
            self._write_without_cell(text)
            return len(text)
        if text != "\n":  # which print writes by itself, after its text
            now = monotonic()
            if now - self._written_at > self._descriptors.gap:
                self._descriptors.catch_up()
            self._written_at = now
        if self._hooked or self.echo is not None:
            self._write_specially(context, text)
        else:
            self._show(context, self.name, text)
        if self._kept is not None:
            self._keep(text)
        return len(text)

    def flush(self) -> None:
        """Send what was written."""
        if self._child is not None:
            self._child.flush()
            return
        if self.echo is not None:
            with suppress(OSError, ValueError):
                self.echo.flush()
        context = self._current()
        if context is not None:
            context.flush()

    @property
    def buffer(self) -> io.BufferedIOBase:
        """A stream for bytes, which are taken for UTF-8."""
        return cast(io.BufferedIOBase, self._bytes)

    def reconfigure(self, **options: Any) -> None:
        """Nothing: what scripts ask of their stdout (UTF-8, each line at once) is so."""

    def keep(self, texts: list[str] | None, room: int = _KEPT) -> tuple[list[str] | None, int]:
        """From now on append what is written to `texts` too, up to `room` characters; what was kept in until now."""
        before = self._kept, self._room
        self._kept, self._room = texts, room
        return before

    def _keep(self, text: str) -> None:
        self._room -= len(text)
        if self._room >= 0 and self._kept is not None:
            self._kept.append(text)

    def _write_specially(self, context: Context, text: str) -> None:
        if self.echo is not None:
            with suppress(OSError, ValueError):  # the copy is nobody's concern
                self.echo.write(text)
        if self._hooks.hooks:
            parent = as_dict(context.request)["header"]
            message = self._hooks.passed("stream", {"name": self.name, "text": text}, parent)
            if message is None:
                return
            text = message["content"]["text"]
        self._show(context, self.name, text)

    def _write_without_cell(self, text: str) -> None:
        if self._child is not None:
            self._child.write(text)
            return
        if self._elsewhere is not None:
            if self.echo is not None:
                self.echo.write(text)
            self._elsewhere.say(text)
            return
        with suppress(OSError):  # nobody reads it
            os.write(self._descriptors.original(self.name), text.encode("utf-8", "replace"))

    # -- hooks, and what other software asks for -----------------------------------------------------------------------

    def register_hook(self, hook: Hook) -> None:
        """Call `hook` with every message that this thread writes here; it may change it, or swallow it (None)."""
        self._hooks.register_hook(hook)
        self._hooked = True

    def unregister_hook(self, hook: Hook) -> bool:
        """Call it no more; whether it was registered."""
        return self._hooks.unregister_hook(hook)

    def _contexts_of_cells(self) -> Contexts:
        return self._contexts

    @property
    def pub_thread(self) -> Any:
        """What stands for who publishes: `schedule` calls at once, for any thread may send."""
        if self._elsewhere is not None:
            return self._elsewhere.pub_thread
        return self._contexts.find_kernel().iopub_thread

    @property
    def session(self) -> Any:
        """How messages are sent."""
        return super().session if self._elsewhere is None else self._elsewhere.session

    def _is_master_process(self) -> bool:
        """Whether this is the kernel, and not a forked child of it."""
        return self._child is None

    @property
    def _original_stdstream_copy(self) -> int:
        """Where the stream led when the kernel was started."""
        return self._descriptors.original(self.name)

    # -- what a file is ------------------------------------------------------------------------------------------------

    def fileno(self) -> int:
        """A descriptor for children and C code, whose text is shown in cells. Not the number 1 or 2."""
        return self._descriptors.writer(self.name)

    def isatty(self) -> bool:
        """No, unless who has made the stream says so."""
        return self._isatty

    def writable(self) -> bool:
        """Yes."""
        return True

    def close(self) -> None:
        """Send what was written. The stream stays open: other cells write to it."""
        self.flush()

    def fork(self, lock: int) -> None:
        """This is a forked child from now on; `lock` is a file that all children lock to write."""
        self._current = self._contexts.current
        self._child = _ChildLines(self.fileno(), lock)

    def __repr__(self) -> str:
        return f"<OutStream {self.name!r}>"


class _ChildLines:
    """Writes whole lines to the pipe that the kernel reads: those of several children do not mix."""

    def __init__(self, writer: int, lock: int) -> None:
        self._writer = writer
        self._lock_file = lock
        self._lock = threading.Lock()
        self._line = ""

    def write(self, text: str) -> None:
        with self._lock:
            lines, end, self._line = (self._line + text).rpartition("\n")
            if len(self._line) > _LINE:
                lines, end, self._line = lines + end + self._line, "", ""
            self._send(lines + end)

    def flush(self) -> None:
        with self._lock:
            line, self._line = self._line, ""
            self._send(line)

    def _send(self, text: str) -> None:
        if not text:
            return
        data = text.encode("utf-8", "replace")
        with suppress(OSError), self._alone():  # the kernel is gone
            while data:
                data = data[os.write(self._writer, data) :]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._lock_file < 0:
            yield
            return
        fcntl.lockf(self._lock_file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._lock_file, fcntl.LOCK_UN)


class _Bytes(io.RawIOBase):
    """`sys.stdout.buffer`."""

    def __init__(self, stream: OutStream) -> None:
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

    def close(self) -> None:
        """Nothing: others write to it."""
