"""`Descriptors`: what C code and children write to descriptors 1 and 2 is shown in cells, too.

In the place of both stand pipes. One thread reads them; whoever writes by Python catches up with it first, so that the
order is kept, and a cell does so at its end, so that nothing of it comes after its idle. What is read is also written
to where the descriptors led before, unless that would block.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import selectors
import signal
import stat
import sys
import threading
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from python_kernel.contexts import Contexts
from sdk import Context

_STREAMS: Mapping[str, int] = {"stdout": 1, "stderr": 2}
_SIZE = 1 << 20  # bytes: of a pipe, if the system allows it, and of a read
_SMALL = 4096  # bytes that a pipe takes at once, if it takes any (PIPE_BUF)
GAP = 20e-6  # seconds between two of Python's writes in which somebody else may have written
_MOMENT = 0.002  # seconds between two reads of what comes fast

Show = Callable[[Context, str, str], None]


class _Pipe:
    """The end that we read, and whose it is: `owner`'s, or without one that of the cell that runs."""

    def __init__(self, name: str, reader: int, owner: Context | None) -> None:
        self.name = name
        self.reader = reader
        self.owner = owner
        self.decoder = getincrementaldecoder("utf-8")("replace")


class _Copy:
    """Where a descriptor led before."""

    def __init__(self, number: int) -> None:
        self.descriptor = -1
        with contextlib.suppress(OSError):  # it was closed
            self.descriptor = os.dup(number)
        self._is_file = self.descriptor >= 0 and stat.S_ISREG(os.fstat(self.descriptor).st_mode)
        self._room = select.poll()
        if self.descriptor >= 0:
            self._room.register(self.descriptor, select.POLLOUT)

    def write(self, data: bytes) -> None:
        """Write what it takes without blocking: the rest is in the cell all the same."""
        if self.descriptor < 0:
            return
        size = len(data) if self._is_file else _SMALL
        with contextlib.suppress(OSError):  # nobody reads it any more
            for start in range(0, len(data), size):
                if not self._is_file and not self._room.poll(0):
                    return
                os.write(self.descriptor, data[start : start + size])

    def give_back(self, number: int) -> None:
        """Lead `number` there again."""
        if self.descriptor < 0:
            with contextlib.suppress(OSError):
                os.close(number)
            return
        os.dup2(self.descriptor, number)
        os.close(self.descriptor)
        self.descriptor = -1


class Descriptors:
    """Both descriptors. `show` takes a cell's context, a stream's name and text, and never blocks."""

    def __init__(self, contexts: Contexts, show: Show, *, capture: bool) -> None:
        """Without `capture` C code and other programs write where they always did; forked children's print is shown."""
        self._contexts = contexts
        self._show = show
        self._capture = capture
        self._copies: dict[str, _Copy] = {}
        self._writers: dict[str, int] = {}
        self._pipes: dict[int, _Pipe] = {}  # those that stand in the descriptors' place now, by their reader
        self._lock = threading.Lock()
        self._readable = select.poll()
        self._selector: selectors.BaseSelector | None = None
        self._wake: tuple[int, int] = (-1, -1)
        self._flush_c: Callable[[], object] = lambda: None
        self.gap = GAP
        """Seconds between two writes after which one has to catch up: 0 when something has come in this cell."""

    def writer(self, name: str) -> int:
        """A descriptor by which the stream `name` is written to; the same number for ever."""
        return self._writers.get(name, _STREAMS[name])

    def original(self, name: str) -> int:
        """A descriptor that leads where the stream did before; -1 if nowhere."""
        copy = self._copies.get(name)
        return _STREAMS[name] if copy is None else copy.descriptor

    # -- from and to ---------------------------------------------------------------------------------------------------

    @contextmanager
    def shown(self) -> Iterator[None]:
        """In here they are shown."""
        self._begin()
        thread = threading.Thread(target=self._read_on, name="descriptors", daemon=True)
        thread.pydev_do_not_trace = thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
        thread.start()
        try:
            yield
        finally:
            self._end()

    def _begin(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake = os.pipe()
        self._selector.register(self._wake[0], selectors.EVENT_READ, None)
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None:
                stream.flush()
                if self._capture:
                    stream.reconfigure(line_buffering=True)
        for name, number in _STREAMS.items():
            self._copies[name] = _Copy(number)
        self._renew(None)
        if self._capture:
            self._flush_c = _line_buffered()

    def _end(self) -> None:
        self.finish()
        with self._lock:
            for name, number in _STREAMS.items():
                if self._capture:
                    self._copies[name].give_back(number)
                elif self._copies[name].descriptor >= 0:
                    os.close(self._copies[name].descriptor)
                os.close(self._writers.pop(name))
            self._copies.clear()
            self._pipes.clear()
            self._flush_c = lambda: None
            os.write(self._wake[1], b"\0")

    def _renew(self, owner: Context | None) -> None:
        """New pipes, of `owner`. Who has got the old ones keeps them."""
        assert self._selector is not None
        for reader in self._pipes:
            self._readable.unregister(reader)
        self._pipes.clear()
        for name, number in _STREAMS.items():
            reader, writer = os.pipe()
            os.set_blocking(reader, False)
            with contextlib.suppress(OSError, AttributeError):  # not Linux, or the user has too many
                fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _SIZE)
            if name in self._writers:
                os.dup2(writer, self._writers[name], inheritable=False)
                os.close(writer)
            else:
                self._writers[name] = writer
            if self._capture:
                os.dup2(self._writers[name], number)
            pipe = self._pipes[reader] = _Pipe(name, reader, owner)
            self._readable.register(reader, select.POLLIN)
            self._selector.register(reader, selectors.EVENT_READ, pipe)

    def own(self, owner: Context | None) -> None:
        """Children that are started from now on write for `owner`; for the cell that runs, without one."""
        self._flush_c()
        with self._lock:
            self._take()
            if self._selector is not None and self._writers:
                self._renew(owner)

    def forget(self) -> None:
        """In a forked child: it writes, and reads nothing."""
        self._lock = threading.Lock()
        for reader in (*self._pipes, *self._wake):
            with contextlib.suppress(OSError):
                os.close(reader)
        self._pipes.clear()

    # -- any thread ----------------------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Show what has been written by now."""
        if self._pipes:
            with self._lock:
                self._take()

    def finish(self) -> None:
        """A cell has ended: show what it has written, also what C's library has kept back."""
        self._flush_c()
        self.catch_up()

    def _take(self) -> None:
        for reader, _ in self._readable.poll(0):
            if reader in self._pipes:
                self._read(self._pipes[reader])

    def _read(self, pipe: _Pipe) -> Context | None:
        """Show what is there; in whose cell. Under the lock."""
        try:
            data = os.read(pipe.reader, _SIZE)
        except OSError:  # somebody else has read it
            return None
        context = pipe.owner or self._contexts.last
        text = pipe.decoder.decode(data, final=not data)
        if text and context is not None:
            self.gap = 0.0
            self._show(context, pipe.name, text)
        if data:
            if self._capture:
                self._copies[pipe.name].write(data)
            return context
        if self._selector is not None and pipe.reader not in self._pipes:
            self._selector.unregister(pipe.reader)
            os.close(pipe.reader)
        return None

    # -- the thread ----------------------------------------------------------------------------------------------------

    def _read_on(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD})
        assert self._selector is not None
        with self._selector as selector:
            self._pump(selector)
            for key in list(selector.get_map().values()):
                os.close(key.fd)
        os.close(self._wake[1])

    def _pump(self, selector: selectors.BaseSelector) -> None:
        read_at = 0.0
        while True:
            contexts = []
            for key, _ in selector.select():
                with self._lock:
                    if key.data is None or not self._writers:
                        return
                    contexts.append(self._read(key.data))
            for context in contexts:
                if context is not None:
                    context.settle()  # while clients are slow nothing is read, and who writes waits
            now = time.monotonic()
            if now - read_at < 2 * _MOMENT:
                time.sleep(_MOMENT)  # much comes: in larger pieces it costs less
            read_at = now


def _line_buffered() -> Callable[[], object]:
    """Have C's stdout, which keeps back what goes to a pipe, show each line at once; what shows the rest."""
    import ctypes  # start-up time

    library = ctypes.CDLL(None)
    for name in ("stdout", "__stdoutp"):  # Linux, macOS
        with contextlib.suppress(ValueError):
            stdout = ctypes.c_void_p.in_dll(library, name)
            library.setvbuf(stdout, None, 1, 0)  # _IOLBF
            return partial(library.fflush, stdout)
    return lambda: None
