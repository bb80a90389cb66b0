"""`Tracebacks`: which of the tracebacks that IPython shows is the cell's own error?

The cell's own is kept for its reply, which publishes it; or earlier, where something is called after the cell that may
speak too. All others, of `showtraceback()` called by the user, of a nested run_cell or of an event's callback, are
published at once and leave the cell in order.
"""

from __future__ import annotations

from threading import local
from typing import Any

from python_kernel.contexts import Contexts
from sdk import Error
from sdk.named_tuple import NamedTuple


class Shown(NamedTuple):
    """An exception and IPython's text for it."""

    error: BaseException
    content: Error


class Tracebacks(local):
    """Each thread's own. `results` are those of the codes that run now, the outermost first."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self._kept: Shown | None = None
        self._silent = False
        self.is_published = False
        """Whether the cell's own has been."""
        self.in_cell = False
        self.results: list[Any] = []

    def begin(self, *, silent: bool = False) -> None:
        """A cell begins. Nobody is shown how a silent one fails."""
        self._kept = None
        self._silent = silent
        self.is_published = False
        self.in_cell = False
        self.results.clear()

    def show(self, error: BaseException, lines: list[str], *, displaying: bool) -> None:
        """IPython shows `lines`. `displaying`: while it makes a result's representations."""
        shown = Shown(error, Error(type(error).__name__, text_of(error), lines))
        if self._is_own(error, displaying=displaying):
            shown, self._kept = None if self.is_published else self._kept, shown  # type: ignore[assignment]
            self.is_published = False
        if shown is not None:
            self._publish(shown)

    def publish_own(self) -> None:
        """Now, before what is called after a cell says something; else the cell's reply does it."""
        if self._kept is not None and not self._silent and not self.is_published:
            self._publish(self._kept)
            self.is_published = True

    def lines_of(self, error: BaseException) -> list[str] | None:
        """The text that was kept for `error`."""
        kept = self._kept
        return list(kept.content.traceback) if kept is not None and kept.error is error else None

    def end(self, error: BaseException | None) -> Error | None:
        """The cell has ended, with `error` or well. The content to fail with."""
        kept, self._kept = self._kept, None
        if error is None:
            return None if kept is None else kept.content  # its result could not be shown: that fails a cell too
        if kept is None:
            return Error(type(error).__name__, text_of(error), ())
        if kept.error is error:
            return kept.content
        if not self.is_published:
            self._publish(kept)
        self.is_published = False
        return Error(type(error).__name__, text_of(error), ())

    def _is_own(self, error: BaseException, *, displaying: bool) -> bool:
        if not self.in_cell:
            return False
        if not self.results:
            return True  # before the code runs: it does not compile
        result = self.results[0]
        return len(self.results) == 1 and (
            displaying or error is result.error_in_exec or error is result.error_before_exec
        )

    def _publish(self, shown: Shown) -> None:
        context = self._contexts.current()
        if context is not None:
            self._contexts.catch_up()
            context.announce(shown.content)


def text_of(error: BaseException) -> str:
    """str(error), whatever that does."""
    try:
        return str(error)
    except Exception as second:  # the user's __str__
        return f"<{type(second).__name__} while its text was made>"
