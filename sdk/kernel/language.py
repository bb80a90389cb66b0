"""Starts the author's language once, and again after a failure; ends it once."""

from __future__ import annotations

from sdk.kernel.base import Kernel
from sdk.seam import Drive


class Language:
    """Whether the language is up. Belongs to the main thread; `ready` may be read anywhere."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.ready = not kernel.implements("start")
        self._begun = self.ready

    async def start(self, drive: Drive) -> None:
        """Start it if it is not up. Raises what `start` raises: an error of the cell that wanted it."""
        if not self.ready:
            self._begun = True
            await drive(self._kernel.start())
            self.ready = True

    async def stop(self, drive: Drive, *, restart: bool) -> None:
        """End it, if it was ever begun."""
        if self._begun and self._kernel.implements("stop"):
            self._begun = False
            await drive(self._kernel.stop(restart=restart))
