"""`ipykernel.control`: the thread of the control channel, by name. This kernel's own is another."""

from __future__ import annotations

from typing import Any

from .thread import CONTROL_THREAD_NAME, BaseThread


class ControlThread(BaseThread):
    """A thread with a loop."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(name=CONTROL_THREAD_NAME, **kwargs)
