"""`ipykernel.log`: a handler for logging that publishes on a ZeroMQ socket, for ipyparallel's engines."""

from __future__ import annotations

from typing import Any

from zmq.log.handlers import PUBHandler


class EnginePUBHandler(PUBHandler):
    """Publishes under the engine's number."""

    def __init__(self, engine: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.engine = engine

    @property
    def root_topic(self) -> Any:
        """The topic that all begin with."""
        if isinstance(getattr(self.engine, "id", None), int):
            return f"engine.{self.engine.id}"
        return "engine"

    @root_topic.setter
    def root_topic(self, topic: Any) -> None:
        """The base class sets one, which is not used."""
