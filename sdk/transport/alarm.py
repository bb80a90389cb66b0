"""`Alarm`: one timer that any thread sets without waking anybody, and that wakes the control thread when it is due.

A timerfd where there is one: to set it is one system call of a microsecond, so a cell that ends within 10 ms costs no
thread a wake-up. Elsewhere setting it wakes the control thread, which waits with a time limit.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import deque
from collections.abc import Callable
from threading import Lock

_NEVER = float("inf")


class Alarm:
    """The earliest of all times that were asked for. `fileno()` is readable when it is due."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = Lock()
        self._due = _NEVER
        self._asked: deque[float] = deque()
        self._descriptor = -1
        self._set: Callable[[float], None] | None = None

    def open(self) -> int:
        """Take a timer of the system's, where it has one; `fileno()`. Up to then it wakes as elsewhere."""
        timer = _timer()  # 2 ms, for ctypes
        with self._lock:
            self._descriptor, self._set = timer
            if self._set is not None and self._due != _NEVER:
                self._set(max(self._due - time.monotonic(), 1e-6))
        self._heed()
        return self._descriptor

    def fileno(self) -> int:
        """The descriptor to watch; -1 where there is no such timer and `remaining` must limit the wait."""
        return self._descriptor

    def within(self, seconds: float) -> None:
        """See to it that it is due in `seconds` or sooner. Never waits: the handler of a signal may call this too."""
        due = time.monotonic() + seconds
        if due < self._due:
            self._asked.append(due)
            self._heed()

    def clear(self) -> None:
        """It was due. Call this before looking at what there is to do: what is asked for from now on sets it anew."""
        with self._lock:
            if self._descriptor >= 0:
                with contextlib.suppress(BlockingIOError):  # set anew since: it will be readable again
                    os.read(self._descriptor, 8)
            self._due = _NEVER  # and only now: what is set from here on has not been read away
        self._heed()

    def remaining(self) -> float | None:
        """Seconds until it is due; None when it is not set."""
        return None if self._due == _NEVER else max(self._due - time.monotonic(), 0.0)

    def _heed(self) -> None:
        # Who does not get the lock leaves it to the holder, who looks again after giving it back: a signal handler
        # that waited for the code below itself would wait for ever.
        while self._asked and self._lock.acquire(blocking=False):
            try:
                due = self._due
                while self._asked:
                    due = min(due, self._asked.popleft())
                if due < self._due:
                    self._due = due
                    if self._set is None:
                        self._wake()
                    else:
                        self._set(max(due - time.monotonic(), 1e-6))
            finally:
                self._lock.release()


def _timer() -> tuple[int, Callable[[float], None] | None]:
    if not sys.platform.startswith("linux"):
        return -1, None
    if sys.version_info >= (3, 13):
        create, settime = os.timerfd_create, os.timerfd_settime
        descriptor = create(time.CLOCK_MONOTONIC, flags=os.O_NONBLOCK | os.O_CLOEXEC)
        return descriptor, lambda seconds: settime(descriptor, initial=seconds) and None
    import ctypes  # PyDLL, not CDLL: a call of a microsecond shall not give the GIL away

    libc = ctypes.PyDLL(None, use_errno=True)
    descriptor = libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor < 0:
        return -1, None
    set_time, value = libc.timerfd_settime, (ctypes.c_long * 4)()  # interval s, ns; first s, ns

    def set_timer(seconds: float) -> None:
        value[2] = int(seconds)
        value[3] = int((seconds - int(seconds)) * 1e9)
        set_time(descriptor, 0, value, None)

    return descriptor, set_timer
