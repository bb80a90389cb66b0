"""Waits for one value from another thread, blocking or on the loop, in a way that an interrupt always ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any


class QueueWaiter:
    """See `sdk.kernel.pace.Waiter`. `put` of a SimpleQueue is safe even in a signal handler."""

    def __init__(self, interruptible: Callable[[Callable[[BaseException], None]], Any]) -> None:
        self._values: SimpleQueue[object] = SimpleQueue()
        self._interruptible = interruptible
        self._tell: Callable[[object], None] | None = None

    def bring(self, value: object) -> None:
        """Hand over the value, or the exception to raise; only the first counts."""
        self._values.put(value)
        if self._tell is not None:
            self._tell(value)

    def wait(self) -> object:
        """Block this thread until the value is there."""
        with self._interruptible(self._values.put):
            return _value(self._values.get())

    async def arrived(self) -> object:
        """Wait for the value on the running loop."""
        if "asyncio" not in sys.modules:
            return self.wait()  # a language that never awaits: there is no loop to keep free
        import asyncio

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self.wait()
        there = asyncio.Event()

        def tell(_: object) -> None:
            loop.call_soon_threadsafe(there.set)

        self._tell = tell
        if self._values.empty():
            await there.wait()
        return _value(self._values.get())


def _value(value: object) -> object:
    if isinstance(value, BaseException):
        raise value
    return value
