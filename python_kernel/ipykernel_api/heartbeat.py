"""`ipykernel.heartbeat`: the thread of a heartbeat, by name. The kernel's own is the SDK's."""

from __future__ import annotations

from threading import Thread
from typing import Any


class Heartbeat(Thread):
    """What is said of one: `transport`, `ip` and `port`."""

    def __init__(self, context: Any, addr: tuple[str, str, int] | None = None, **options: Any) -> None:
        super().__init__(name="Heartbeat", daemon=True)
        self.context = context
        self.transport, self.ip, self.port = addr or ("tcp", "127.0.0.1", 0)
        self.addr = (self.ip, self.port)

    def run(self) -> None:
        """Nothing: the SDK beats."""
