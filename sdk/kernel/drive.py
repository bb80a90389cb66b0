"""How the author's coroutines are run: the seam through which interrupts and time limits reach them."""

from __future__ import annotations

from collections.abc import Coroutine
from enum import Enum
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Drive(Protocol):
    """Runs a coroutine of the author's to its end.

    The transport's drives raise KeyboardInterrupt in it when the user interrupts, and RequestTimeoutError after `limit`
    seconds.
    """

    async def __call__(self, work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
        """The coroutine's value, or what it raised."""


async def straight(work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
    """The drive without a transport: nobody interrupts, nothing takes too long."""
    return await work


class Lane(Enum):
    """Where and when a request is answered."""

    AT_ONCE = "on any thread, also while a cell runs: only code of the SDK, and never for long"
    LOOP = "in order; while a cell runs, beside it on the loop"
    WORKER = "in order; while a cell runs, on the worker thread"
    IN_ORDER = "after everything that came before"
