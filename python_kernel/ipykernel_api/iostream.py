"""`ipykernel.iostream`: the streams of cells, and what publishes on a socket of somebody's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from python_kernel.streams import OutStream

__all__ = ["CHILD", "MASTER", "BackgroundSocket", "IOPubThread", "OutStream"]

MASTER = 0
CHILD = 1


class IOPubThread:
    """Sends on a ZeroMQ socket for all threads. There is no thread: a lock does it."""

    def __init__(self, socket: Any, pipe: bool = False, session: Any = None) -> None:
        self.socket = socket
        self.session = session
        self.background_socket = BackgroundSocket(self)
        self.thread = threading.current_thread()
        self._lock = threading.RLock()

    def start(self) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Close the socket."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    @property
    def closed(self) -> bool:
        """Whether it is."""
        return self.socket is None

    def schedule(self, f: Callable[[], Any]) -> None:
        """Call `f`."""
        with self._lock:
            f()

    def send_multipart(self, *args: Any, **kwargs: Any) -> None:
        """Send a message."""
        with self._lock:
            if self.socket is not None:
                self.socket.send_multipart(*args, **kwargs)


class BackgroundSocket:
    """The socket of an `IOPubThread`, to be used by all threads."""

    def __init__(self, io_thread: IOPubThread) -> None:
        self.io_thread = io_thread

    def __getattr__(self, attr: str) -> Any:
        if attr.startswith("__") and attr.endswith("__"):
            raise AttributeError(attr)
        return getattr(self.io_thread.socket, attr)

    def __setattr__(self, attr: str, value: Any) -> None:
        if attr == "io_thread" or attr.startswith("_"):
            super().__setattr__(attr, value)
        else:
            setattr(self.io_thread.socket, attr, value)

    def send(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Send one frame."""
        self.send_multipart([msg], *args, **kwargs)

    def send_multipart(self, *args: Any, **kwargs: Any) -> None:
        """Send a message."""
        self.io_thread.send_multipart(*args, **kwargs)
