"""Starts the author's language once, and again after a failure; ends it once."""

from __future__ import annotations

from concurrent.futures import Future

from sdk.errors import LanguageStartError
from sdk.kernel.base import Kernel
from sdk.seam import Drive


class Language:
    """Whether the language is up. It starts and ends on the main thread; `ready` may be read anywhere."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.ready = not kernel.implements("start")
        self._begun = self.ready
        self._attempt: Future[None] = Future()

    async def start(self, drive: Drive) -> None:
        """Start it if it is not up. Raises what `start` raises: an error of the cell that wanted it."""
        if self.ready:
            return
        if self._attempt.done():
            self._attempt = Future()
        self._begun = True
        try:
            await drive(self._kernel.start())
        except BaseException as error:
            told = error if isinstance(error, Exception) else LanguageStartError("its start was interrupted")
            self._attempt.set_exception(told)
            raise
        self.ready = True
        self._attempt.set_result(None)

    async def started(self, drive: Drive) -> None:
        """On a subshell's thread: wait until it is up. Raises what the last attempt to start it has raised."""
        if not self.ready:
            await drive(_end_of(self._attempt))

    async def stop(self, drive: Drive, *, restart: bool) -> None:
        """End it, if it was ever begun."""
        if self._begun and self._kernel.implements("stop"):
            self._begun = False
            await drive(self._kernel.stop(restart=restart))


async def _end_of(attempt: Future[None]) -> None:
    import asyncio  # start-up time: only threads of subshells wait

    await asyncio.shield(asyncio.wrap_future(attempt))
