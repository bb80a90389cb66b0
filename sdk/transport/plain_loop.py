"""`PlainLoop`: the main thread's loop for languages that never await (`Kernel.uses_asyncio` false).

asyncio costs a start 20 ms and a process 5 MB; who does not await needs none of it.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from types import CodeType
from typing import Any, NoReturn

from sdk.seam import Drive, Guest
from sdk.transport.interrupts import Interrupts
from sdk.transport.limits import Limits
from sdk.transport.main_drive import MainDrive


class PlainLoop:
    """See `sdk.transport.main_thread.Loop`."""

    def __init__(self) -> None:
        self._ident = threading.get_ident()
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._callbacks: deque[Callable[[], None]] = deque()
        self._closed = False

    bottom: CodeType
    """The code that runs the loop, for `Interrupts`."""

    def drive(self, interrupts: Interrupts, limits: Limits) -> Drive:
        """The drive of requests that are answered in order."""
        return MainDrive(interrupts, limits, _refuse_to_await)

    def run(self, serving: Coroutine[Any, Any, None], shell: int, drain: Callable[[], None]) -> None:
        """Run `serving` to its end; call `drain` when the descriptor `shell` is readable."""
        self._run(serving, shell, drain)
        self._closed = True
        os.close(self._reader)
        os.close(self._writer)

    def call(self, callback: Callable[[], None]) -> None:
        """Call this on the loop. Any thread."""
        self._callbacks.append(callback)
        self.wake()

    def answer_beside(self, answering: Callable[[Drive], Coroutine[Any, Any, None]]) -> bool:
        """Nothing can run beside a cell here."""
        return False

    def sleep(self) -> _Sleep:
        """A new sleep of what serves."""
        return _Sleep(self)

    def join(self, make: Callable[[int], Guest] | None) -> None:
        """Raises RuntimeError: this loop is for languages that need no other."""
        if make is not None:
            raise RuntimeError("no event loop can be joined: set `uses_asyncio = True` on the kernel's class")

    def wake(self) -> None:
        """End a sleep. Any thread."""
        if threading.get_ident() != self._ident and not self._closed:
            with contextlib.suppress(BlockingIOError, OSError):  # full: it will wake; closed: it has ended
                os.write(self._writer, b"\0")

    def _run(self, serving: Coroutine[Any, Any, None], shell: int, drain: Callable[[], None]) -> None:
        poll = select.poll()
        poll.register(shell, select.POLLIN)
        poll.register(self._reader, select.POLLIN)
        while True:
            try:
                sleep: _Sleep = serving.send(None)
            except StopIteration:
                return
            while not sleep.ended or self._callbacks:
                try:
                    self._callbacks.popleft()() if self._callbacks else self._wait(poll, shell, drain)
                except KeyboardInterrupt:  # of a callback
                    continue
                if sleep.ended and not self._callbacks:
                    break

    def _wait(self, poll: select.poll, shell: int, drain: Callable[[], None]) -> None:
        for descriptor, _ in poll.poll():
            if descriptor == shell:
                drain()
            else:
                os.read(self._reader, 4096)


PlainLoop.bottom = PlainLoop._run.__code__


class _Sleep:
    """Awaited by what serves, ended by anybody."""

    def __init__(self, loop: PlainLoop) -> None:
        self._loop = loop
        self.ended = False

    def __await__(self) -> Generator[Any, Any, None]:
        if not self.ended:
            yield self

    def wake(self) -> None:
        """End the sleep. Any thread, any number of times."""
        if not self.ended:
            self.ended = True
            self._loop.wake()


def _refuse_to_await() -> NoReturn:
    raise RuntimeError("this kernel says that it never awaits: set `uses_asyncio = True` on its class")
