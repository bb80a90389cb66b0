"""IPython's events of a cell: an interrupt of what is called before it ends it, what is called after it speaks last."""

from __future__ import annotations

from typing import Any

from IPython.core.events import EventManager


class CellEvents(EventManager):
    """IPython shows what a callback raises, an interrupt too, and goes on: the user would have to interrupt again."""

    def trigger(self, event: str, *args: Any, **kwargs: Any) -> None:
        """Call the callbacks of `event`. Raises KeyboardInterrupt before a cell; after it an interrupt is shown."""
        if event in ("post_execute", "post_run_cell") and self.callbacks[event]:
            shell: Any = self.shell
            shell.tracebacks.publish_own()
        if not event.startswith("pre_"):
            super().trigger(event, *args, **kwargs)
            return
        for callback in [*self.callbacks[event]]:
            try:
                callback(*args, **kwargs)
            except Exception as error:
                print(f"{callback} of {event} has failed: {type(error).__name__}")
                self.shell.showtraceback()
