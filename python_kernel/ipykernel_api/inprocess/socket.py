"""`ipykernel.inprocess.socket`: what stands for a socket where there is none."""

from __future__ import annotations

from queue import Queue
from typing import Any

from traitlets import HasTraits, Instance, Int


class DummySocket(HasTraits):
    """A queue of messages, as lists of frames. `message_sent` changes with each."""

    queue: Any = Instance(Queue, ())
    message_sent = Int(0)

    def recv_multipart(self, flags: int = 0, copy: bool = True, track: bool = False) -> Any:
        """Take the oldest."""
        return self.queue.get_nowait()

    def send_multipart(self, msg_parts: Any, flags: int = 0, copy: bool = True, track: bool = False) -> None:
        """Add one."""
        self.queue.put_nowait([getattr(part, "bytes", part) for part in msg_parts])
        self.message_sent += 1

    def flush(self, timeout: float = 1.0) -> None:
        """Nothing."""
