"""`Immediate`: the pace of a kernel without a transport, where every text goes out at once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sdk.seam import Waiter

T = TypeVar("T")


async def straight(work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
    """The drive without a transport: nobody interrupts, nothing takes too long."""
    return await work


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


class _Given:
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
