"""`Notices`: what went wrong before there was a cell to say it in. The next cell of the user's says it."""

from __future__ import annotations

from collections.abc import Callable

from sdk import Context


class Notices:
    """Each goes to the kernel's own log at once, and to the first cell that a user sees."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._waiting: list[str] = []

    def tell(self, text: str) -> None:
        """Say `text`, which names the place and the remedy."""
        self._log(text)
        self._waiting.append(text)

    def show(self, context: Context) -> None:
        """Put what waits into the cell of `context`."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            context.stream("stderr", "".join(f"Start of the kernel: {text.rstrip()}\n" for text in waiting))
