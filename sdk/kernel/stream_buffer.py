"""Joins small stream texts into few messages. Knows no clock and no socket: both are given.

The first line of a request goes out at once, later text at most every 25 ms or 64 KB, so that the first output takes a
millisecond and 100,000 lines are a dozen messages. A line that is not ended waits for the timer: `print("x")` is two
writes and shall be one message. What a carriage return writes over meanwhile is not sent at all.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock

from sdk.seam import Pace

WINDOW = 0.025
LIMIT = 65_536


class StreamBuffer:
    """The text of one request that is not sent yet. Thread-safe; order is kept across both streams."""

    def __init__(self, publish: Callable[[str, str], None], pace: Pace) -> None:
        self._publish = publish
        self._pace = pace
        self._lock = RLock()  # what is published may be written on by who takes it
        self._name = ""
        self._texts: list[str] = []
        self._size = 0
        self._sent_at = float("-inf")
        self._awaits_timer = False

    def write(self, name: str, text: str) -> None:
        """Take `text` of stream `name`; send it now if it is time."""
        with self._lock:
            if name != self._name:
                self._flush()
                self._name = name
            self._texts.append(text)
            self._size += len(text)
            if self._size >= LIMIT and not (self._awaits_timer and self._shrinks()):
                self._flush(self._pace.now())
                return
            if text.endswith("\n") and (len(self._texts) & 15 < 3 or not self._awaits_timer):
                now = self._pace.now()
                if now - self._sent_at >= WINDOW:
                    self._flush(now)
                    return
            if self._awaits_timer:
                return
            self._awaits_timer = True
        self._pace.soon(self._timer)

    def flush(self) -> None:
        """Send what is there. When this returns, all that was written is sent, by whichever thread."""
        with self._lock:
            self._flush()

    def _timer(self) -> None:
        # On the control thread, which waits for nobody: if a writer holds the lock, try again soon.
        if not self._lock.acquire(blocking=False):
            self._pace.soon(self._timer)
            return
        try:
            self._awaits_timer = False
            self._flush(self._pace.now())
        finally:
            self._lock.release()

    def _shrinks(self) -> bool:
        """Whether so little is left of what was written that it can wait: a progress bar runs."""
        text = _as_seen("".join(self._texts))
        self._texts[:] = [text]
        self._size = len(text)
        return self._size < LIMIT // 2

    def _flush(self, now: float | None = None) -> None:
        if not self._texts:
            return
        text = _as_seen("".join(self._texts))
        self._texts.clear()
        self._size = 0
        if now is not None:
            self._sent_at = now
        if len(text) < 2 * LIMIT:
            self._publish(self._name, text)  # the last write may take it over the limit: no reason to send two messages
            return
        for start in range(0, len(text), LIMIT):
            self._publish(self._name, text[start : start + LIMIT])


def _as_seen(text: str) -> str:
    """`text` without what is written over in it."""
    if "\r" not in text:
        return text
    from sdk.kernel.overwritten import without_overwritten  # start-up time: its expressions take 2 ms to compile

    return without_overwritten(text)
