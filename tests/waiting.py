"""Waiting in tests: for what is seen, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT = 20.0  # seconds that anything which is waited for may take


def until(seen: Callable[[], bool], what: str = "it did not come to be") -> None:
    """Look again and again, until this is seen; `what` is said when it never is."""
    end = time.monotonic() + LIMIT
    while not seen():
        assert time.monotonic() < end, what
        time.sleep(0.01)
