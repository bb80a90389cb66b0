"""`Pace`: what the core asks of the world besides `send`: a clock, a callback soon, to be held back when too fast.

The transport gives a real one; `Immediate` is the one without sockets, where every text goes out at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Waiter(Protocol):
    """A place where one thread or task waits for one value that another thread brings."""

    def bring(self, value: object) -> None:
        """Hand over the value, or the exception to raise; from any thread, only the first counts."""

    def wait(self) -> object:
        """Block this thread until the value is there. Raises KeyboardInterrupt when interrupted."""

    async def arrived(self) -> object:
        """Wait for the value without blocking the loop."""


class Pace(Protocol):
    """The transport as the core sees it, `send` apart."""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""

    def soon(self, callback: Callable[[], None]) -> None:
        """Call `callback` from another thread in about 25 ms."""

    def settle(self) -> None:
        """The last act of a call from the author's code: raise a pending interrupt, block while output is held up."""

    async def settled(self) -> None:
        """As `settle`, without blocking the loop."""

    def waiter(self) -> Waiter:
        """A new waiter."""


class Immediate:
    """A pace for kernels without a transport: no clock, no delay."""

    def now(self) -> float:
        """Always long after the last time it was asked, so that every text goes out at once."""
        return float("inf")

    def soon(self, callback: Callable[[], None]) -> None:
        """Call it now."""
        callback()

    def settle(self) -> None:
        """There is nothing to wait for."""

    async def settled(self) -> None:
        """There is nothing to wait for."""

    def waiter(self) -> Waiter:
        """A waiter whose value must be brought before it is asked for."""
        return _Given()


class _Given(Generic[T]):
    def __init__(self) -> None:
        self._values: list[object] = []

    def bring(self, value: object) -> None:
        self._values.append(value)

    def wait(self) -> object:
        if not self._values:
            raise RuntimeError("nobody answers: without a transport an answer must be there before it is asked for")
        value = self._values[0]
        if isinstance(value, BaseException):
            raise value
        return value

    async def arrived(self) -> object:
        return self.wait()
