"""The transport's `Pace`: the real clock, callbacks by the control thread, and waiting while clients are slow."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable

from sdk.seam import Waiter
from sdk.transport.control_thread import ControlThread
from sdk.transport.interrupts import Interrupts
from sdk.transport.loop_thread import LoopThread
from sdk.transport.waiter import QueueWaiter


class TransportPace:
    """See `sdk.seam.Pace`."""

    now = staticmethod(time.monotonic)

    def __init__(self, control: ControlThread, interrupts: Interrupts, crowded: Callable[[], bool]) -> None:
        self._interrupts = interrupts
        self._crowded = crowded
        self._main = threading.get_ident()
        self._waiting: deque[Waiter] = deque()
        self.soon = control.soon

    def settle(self) -> None:
        """Raise a pending interrupt, block while output is held up."""
        if self._crowded():
            waiter = self._wait_for_room()
            if waiter is not None:
                waiter.wait()
        if self._interrupts.pending is not None:
            self._interrupts.raise_pending()
        if threading.get_ident() != self._main:
            thread = threading.current_thread()
            if isinstance(thread, LoopThread):
                thread.raise_pending()

    async def settled(self) -> None:
        """Wait while output is held up."""
        if self._crowded():
            waiter = self._wait_for_room()
            if waiter is not None:
                await waiter.arrived()

    def waiter(self) -> Waiter:
        """A new waiter."""
        return QueueWaiter(self._ending_wait)

    def room(self) -> None:
        """There is room again: let those go on who wait for it. Any thread."""
        while self._waiting:
            with contextlib.suppress(IndexError):  # another thread was quicker
                self._waiting.popleft().bring(None)

    def _ending_wait(self, bring: Callable[[BaseException], None]) -> contextlib.AbstractContextManager[None]:
        """While this thread blocks in here for the user's code, an interrupt calls `bring` with itself."""
        thread = threading.current_thread()
        return (thread if isinstance(thread, LoopThread) else self._interrupts).ending_wait(bring)

    def _wait_for_room(self) -> Waiter | None:
        waiter = self.waiter()
        self._waiting.append(waiter)
        if self._crowded():
            return waiter
        self.room()  # there was room again before we stood in line
        return None
