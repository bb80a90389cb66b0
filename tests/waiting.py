"""Waiting in tests: for what is seen, never for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

LIMIT = 20.0  # seconds that anything which is waited for may take
EVERY = 0.005  # seconds between two looks at what tells nobody when it has changed

Value = TypeVar("Value")


def until(seen: Callable[[], Value], what: str = "it did not come to be", *, limit: float = LIMIT) -> Value:
    """The first true value of `seen`, looked at again and again; `what` is said when there never is one."""
    end = time.monotonic() + limit
    while not (value := seen()):
        assert time.monotonic() < end, f"waited {limit:g} s: {what}"
        time.sleep(EVERY)
    return value


async def seen_soon(
    seen: Callable[[], Value], what: str = "it did not come to be", *, limit: float = LIMIT, every: float = EVERY
) -> Value:
    """As `until`, while the loop goes on; with `every=0` no turn of the loop is missed."""
    end = time.monotonic() + limit
    while not (value := seen()):
        assert time.monotonic() < end, f"waited {limit:g} s: {what}"
        await asyncio.sleep(every)
    return value
