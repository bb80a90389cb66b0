"""Starts the author's language once, and again after a failure; ends it once."""

from __future__ import annotations

from sdk.errors import LanguageStartError
from sdk.kernel.base import Kernel
from sdk.seam import Drive

_LOOK = 0.01  # seconds


class Language:
    """Whether the language is up. It starts and ends on the main thread; `ready` may be read anywhere."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.ready = not kernel.implements("start")
        self._begun = self.ready
        self._failure: Exception | None = None

    async def start(self, drive: Drive) -> None:
        """Start it if it is not up. Raises what `start` raises: an error of the cell that wanted it."""
        if self.ready:
            return
        self._begun, self._failure = True, None
        try:
            await drive(self._kernel.start())
        except BaseException as error:
            self._failure = error if isinstance(error, Exception) else LanguageStartError("its start was interrupted")
            raise
        self.ready = True

    async def started(self, drive: Drive) -> None:
        """On a subshell's thread: wait until it is up. Raises what the last attempt to start it has raised."""
        if not self.ready:
            await drive(self._wait())

    async def _wait(self) -> None:
        import asyncio  # start-up time: only threads of subshells wait

        while not self.ready:
            if self._failure is not None:
                raise self._failure
            await asyncio.sleep(_LOOK)

    async def stop(self, drive: Drive, *, restart: bool) -> None:
        """End it, if it was ever begun."""
        if self._begun and self._kernel.implements("stop"):
            self._begun = False
            await drive(self._kernel.stop(restart=restart))
