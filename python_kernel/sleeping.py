"""time.sleep in a subshell's cell: no signal ends it there, so it sleeps in short pieces, between which it can end."""

from __future__ import annotations

import threading
import time
from typing import Any
from weakref import WeakSet

_PIECE = 0.05  # seconds


class Sleeping:
    """Takes the place of time.sleep when the first subshell has a cell."""

    def __init__(self) -> None:
        self._found: Any = None
        self._threads: WeakSet[threading.Thread] = WeakSet()

    def can_be_interrupted_here(self) -> None:
        """From now on, in this thread."""
        self._threads.add(threading.current_thread())
        if self._found is None:
            self._found, time.sleep = time.sleep, self._sleep

    def undo(self) -> None:
        """Put back what was found."""
        if self._found is not None and time.sleep == self._sleep:
            time.sleep, self._found = self._found, None

    def _sleep(self, seconds: Any, /) -> None:
        """Delay execution for a given number of seconds.  The argument may be a floating point number."""
        if not isinstance(seconds, int | float) or seconds <= _PIECE:
            self._found(seconds)
        elif threading.current_thread() not in self._threads:
            self._found(seconds)
        else:
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                self._found(min(left, _PIECE))
