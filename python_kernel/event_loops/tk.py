"""`TkLoop`: Tk. Its loop belongs to the thread, so that an interpreter without a window serves the user's windows."""

from __future__ import annotations

import math
import time
from typing import Any

__event_loop__ = True  # an interrupt that comes in here meets no code of the user's

_LIMIT = 0.005  # seconds: a window that always has something to do shall not hold the kernel


class TkLoop:
    """See `sdk.seam.Guest`."""

    def __init__(self, descriptor: int) -> None:
        import _tkinter
        import tkinter as tk  # only who wants windows has it

        self._tk: Any = tk.Tcl().tk
        self._descriptor = descriptor
        self._readable, self._dont_wait = tk.READABLE, _tkinter.DONT_WAIT
        self._awake = False

    def run(self, seconds: float | None) -> None:
        """See `sdk.seam.Guest.run`."""
        tk = self._tk
        if seconds == 0:
            end = time.monotonic() + _LIMIT
            while tk.dooneevent(self._dont_wait) and time.monotonic() < end:
                pass
            return
        self._awake = False
        tk.createfilehandler(self._descriptor, self._readable, self._woken)
        timer = None if seconds is None else tk.createtimerhandler(min(math.ceil(seconds * 1000), 2**31 - 1), self.wake)
        try:
            while not self._awake:
                tk.dooneevent(0)
        finally:
            tk.deletefilehandler(self._descriptor)
            if timer is not None:
                timer.deletetimerhandler()

    def wake(self) -> None:
        """See `sdk.seam.Guest.wake`."""
        self._awake = True

    def _woken(self, *_: object) -> None:
        self._tk.deletefilehandler(self._descriptor)  # readable until asyncio has read: a dialog's loop must not spin
        self.wake()

    def close(self) -> None:
        """Windows stay, and sleep."""
