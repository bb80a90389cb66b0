"""`Waiting`: what asyncio's loop waits with, so that another event loop, a GUI's, may run meanwhile.

A selector has a descriptor of its own, which is readable when one of those that it watches is. So the other loop
watches that one, and nobody looks every so often. Neither loop runs inside a callback of the other.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from typing import Any

from sdk.seam import Guest

__event_loop__ = True  # see sdk.transport.stack

_FEED = 0.01  # seconds after which the guest gets its turn, even if asyncio always has something to do


class Waiting(selectors.DefaultSelector):
    """The selector of the main thread's loop."""

    def __init__(self) -> None:
        super().__init__()
        self._guest: Guest | None = None
        self._inside = False
        self._feed_at = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None

    def admit(self, loop: asyncio.AbstractEventLoop, make: Callable[[int], Guest] | None) -> None:
        """From now on run the guest that `make` gives for the selector's descriptor, in place of the one there was."""
        new = None if make is None else make(self.fileno())  # the old one stays if this fails
        old, self._guest = self._guest, new
        if old is not None:
            del loop.call_soon, loop.call_at  # the instance's own: the class's are there again
            old.wake()
            old.close()
        if new is not None:
            self._loop = loop
            # What a callback of the guest's gives asyncio to do ends the wait for descriptors.
            for name in ("call_soon", "call_at"):
                setattr(loop, name, self._waking(getattr(loop, name)))

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for descriptors; the guest runs until there is one, or `timeout` is over."""
        if self._guest is None:
            return self._now(timeout)
        events = self._now(0)
        idle = not events and (timeout is None or timeout > 0)
        if idle or time.monotonic() >= self._feed_at:
            self._run(self._guest, timeout if idle else 0.0)
            self._feed_at = time.monotonic() + _FEED
            events = self._now(0)  # a callback may have closed what was readable
        return events

    def _now(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        events: list[tuple[selectors.SelectorKey, int]] = super().select(timeout)
        return events

    def _run(self, guest: Guest, seconds: float | None) -> None:
        self._inside = True
        try:
            guest.run(seconds)
        except Exception as error:  # it must not end the kernel's own loop, and would fail for ever
            self._failed(error)
        finally:
            self._inside = False

    def _failed(self, error: Exception) -> None:
        loop = self._loop
        assert loop is not None
        self.admit(loop, None)
        loop.call_exception_handler({"message": "An event loop has failed, and runs no more", "exception": error})

    def _waking(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def call_and_wake(*args: Any, **kwargs: Any) -> Any:
            handle = call(*args, **kwargs)
            if self._inside and self._guest is not None:
                self._guest.wake()
            return handle

        return call_and_wake
