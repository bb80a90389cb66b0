"""`FunctionLoop`: an event loop in the form that ipykernel's `register_integration` takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__event_loop__ = True  # an interrupt that comes in here meets no code of the user's


class FunctionLoop:
    """Calls a function again and again, which runs the loop for a moment each time. See `sdk.seam.Guest`."""

    def __init__(self, function: Callable[[Any], object], kernel: object) -> None:
        self._function = function
        self._kernel = kernel

    def run(self, seconds: float | None) -> None:
        """One moment."""
        self._function(self._kernel)

    def wake(self) -> None:
        """It comes back by itself."""

    def close(self) -> None:
        """Call what was given to the function's `exit` decorator."""
        leave = getattr(self._function, "exit_hook", None)
        if leave is not None:
            leave(self._kernel)
