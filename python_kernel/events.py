"""IPython's events of a cell, where an interrupt of what is called before the cell ends the cell too."""

from __future__ import annotations

from typing import Any

from IPython.core.events import EventManager


class CellEvents(EventManager):
    """IPython shows what a callback raises, an interrupt too, and goes on: the user would have to interrupt again."""

    def trigger(self, event: str, *args: Any, **kwargs: Any) -> None:
        """Call the callbacks of `event`. Raises KeyboardInterrupt before a cell; after it an interrupt is shown."""
        if not event.startswith("pre_"):
            super().trigger(event, *args, **kwargs)
            return
        for callback in [*self.callbacks[event]]:
            try:
                callback(*args, **kwargs)
            except Exception as error:
                print(f"{callback} of {event} has failed: {type(error).__name__}")
                self.shell.showtraceback()
