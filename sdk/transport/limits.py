"""Time limits: what is to happen if something has not ended in time. Watched by the control thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from sdk.transport.alarm import Alarm

_AGAIN = 0.25


class Overdue(BaseException):
    """Strikes those that swallow exceptions. Ends as the RequestTimeoutError that it stands for."""


class Limits:
    """The limits that are running. A limit that has passed strikes again until what it limits has ended."""

    def __init__(self, alarm: Alarm) -> None:
        self._alarm = alarm
        self._lock = Lock()
        self._running: dict[object, tuple[float, Callable[[], None]]] = {}

    @contextmanager
    def within(self, seconds: float, strike: Callable[[], None]) -> Iterator[None]:
        """Call `strike` on the control thread if the block has not ended after `seconds`."""
        key = object()
        with self._lock:
            self._running[key] = (time.monotonic() + seconds, strike)
        self._alarm.within(seconds)
        try:
            yield
        finally:
            with self._lock:
                del self._running[key]

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call `call` on the control thread, once, after about so long."""
        key = object()

        def once() -> None:
            with self._lock:
                self._running.pop(key, None)
            call()

        with self._lock:
            self._running[key] = (time.monotonic() + seconds, once)
        self._alarm.within(seconds)

    def look(self) -> None:
        """Strike what is over its time. By the control thread when the alarm is due."""
        if not self._running:
            return
        now = time.monotonic()
        with self._lock:
            late = [key for key, (due, _) in self._running.items() if due <= now]
            strikes = [self._running[key][1] for key in late]
            for key, strike in zip(late, strikes, strict=True):
                self._running[key] = (now + _AGAIN, strike)
            earliest = min((due for due, _ in self._running.values()), default=None)
        for strike in strikes:
            strike()
        if earliest is not None:
            self._alarm.within(max(earliest - now, 0.001))
