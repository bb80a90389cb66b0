"""`WhenIdle`: something done once, when a while has passed after a cell. No cell, no timer: an idle kernel sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

_SHARE = 20  # a work that takes long is done after a silence of so many times its length


class WhenIdle:
    """Does `work` when `pause` seconds have passed after `restart`, unless `cancel` came before."""

    def __init__(self, work: Callable[[], Awaitable[None]], *, pause: float) -> None:
        self._work = work
        self._pause = pause
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def restart(self) -> None:
        """Count the seconds from now."""
        self.cancel()
        self._timer = asyncio.get_running_loop().call_later(self._pause, self._begin)

    def cancel(self) -> None:
        """Count no more. Work that has begun goes on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Count no more, and stop what has begun."""
        self.cancel()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _begin(self) -> None:
        self._timer = None
        self._task = asyncio.ensure_future(self._do())

    async def _do(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self._work()
        finally:
            self._task = None
            self._pause = max(self._pause, _SHARE * (loop.time() - began))
