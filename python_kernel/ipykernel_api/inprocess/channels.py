"""`ipykernel.inprocess.channels`: what a client has in the place of sockets."""

from __future__ import annotations

from typing import Any


class _Channel:
    """What a client starts and stops."""

    def __init__(self, client: Any = None) -> None:
        self.client = client
        self._is_alive = False

    def is_alive(self) -> bool:
        """Whether it was started."""
        return self._is_alive

    def start(self) -> None:
        """Begin."""
        self._is_alive = True

    def stop(self) -> None:
        """End."""
        self._is_alive = False


class InProcessChannel(_Channel):
    """Gets messages by `call_handlers`, which a subclass writes."""

    proxy_methods: list[Any] = []

    def call_handlers(self, msg: dict[str, Any]) -> None:
        """Take a message."""
        raise NotImplementedError("call_handlers must be defined in a subclass.")

    def flush(self, timeout: float = 1.0) -> None:
        """Nothing."""

    def call_handlers_later(self, *args: Any, **kwds: Any) -> None:
        """Take a message as soon as may be: now. A GUI's subclass does it in its loop."""
        self.call_handlers(*args, **kwds)

    def process_events(self) -> None:
        """Let a GUI's loop go on while an answer is waited for; for subclasses."""


class InProcessHBChannel(_Channel):
    """Beats as long as the program does."""

    time_to_dead = 3.0

    def __init__(self, client: Any = None) -> None:
        super().__init__(client)
        self._pause = True

    def pause(self) -> None:
        """Beat no more for a while."""
        self._pause = True

    def unpause(self) -> None:
        """Go on."""
        self._pause = False

    def is_beating(self) -> bool:
        """Whether it does."""
        return not self._pause
