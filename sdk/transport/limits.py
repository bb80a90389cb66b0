"""Time limits: what is to happen if something has not ended in time. Watched by the control thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from sdk.named_tuple import NamedTuple
from sdk.transport.alarm import Alarm

_AGAIN = 0.25
_SOON = 0.05  # seconds that the interrupt itself gets to end it


class Overdue(BaseException):
    """Strikes those that swallow exceptions. Ends as the RequestTimeoutError that it stands for."""


class _Limit(NamedTuple):
    begun: float
    """When it began, or was last struck."""
    due: float
    strike: Callable[[], None]
    hurried: float = _AGAIN
    """Seconds from strike to strike when the user has interrupted it."""
    is_hurried: bool = False


def _limit(seconds: float, strike: Callable[[], None]) -> _Limit:
    now = time.monotonic()
    return _Limit(now, now + seconds, strike)


class Limits:
    """The limits that are running. A limit that has passed strikes again until what it limits has ended."""

    def __init__(self, alarm: Alarm) -> None:
        self._alarm = alarm
        self._lock = Lock()
        self._running: dict[object, _Limit] = {}
        self._hurried_at = float("-inf")

    @contextmanager
    def within(self, seconds: float, strike: Callable[[], None], *, hurried: float = _AGAIN) -> Iterator[None]:
        """Call `strike` on the control thread if the block has not ended after `seconds`, again and again.

        `hurried` is the time in between once the user has interrupted it.
        """
        key, now = object(), time.monotonic()
        with self._lock:
            self._running[key] = _Limit(now, now + seconds, strike, hurried)
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
            self._running[key] = _limit(seconds, once)
        self._alarm.within(seconds)

    def hurry(self) -> None:
        """The user interrupts: what is limited ends soon. Takes no lock: the handler of a signal calls it."""
        self._hurried_at = time.monotonic()
        self._alarm.within(_SOON)

    def were_hurried(self, begun: float) -> bool:
        """Whether the user has interrupted what was begun at this moment (of `time.monotonic`)."""
        return begun < self._hurried_at

    def look(self) -> None:
        """Strike what is over its time. By the control thread when the alarm is due."""
        if not self._running:
            return
        now = time.monotonic()
        with self._lock:
            late = [key for key, limit in self._running.items() if self._due(limit) <= now]
            strikes = [self._running[key].strike for key in late]
            for key, strike in zip(late, strikes, strict=True):
                limit = self._running[key]
                is_hurried = limit.is_hurried or self.were_hurried(limit.begun)
                again = limit.hurried if is_hurried else _AGAIN
                self._running[key] = _Limit(now, now + again, strike, limit.hurried, is_hurried)
            earliest = min(map(self._due, self._running.values()), default=None)
        for strike in strikes:
            strike()
        if earliest is not None:
            self._alarm.within(max(earliest - now, 0.001))

    def _due(self, limit: _Limit) -> float:
        hurried = self._hurried_at
        return min(limit.due, hurried + _SOON) if self.were_hurried(limit.begun) else limit.due
