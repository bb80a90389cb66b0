"""What stands for the kernel's sockets and for the thread that owns one. Any thread may send, and none waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any


class ChannelSocket:
    """One of the kernel's channels, to be given to `session.send`."""

    def __init__(self, kernel: Any, channel: str) -> None:
        self._kernel = kernel
        self.channel = channel

    @property
    def outside(self) -> Any:
        """What sends."""
        return self._kernel.host.outside

    @property
    def streams(self) -> Any:
        """The streams of the kernel that runs, by name."""
        return self._kernel.streams if self.channel == "iopub" else {}

    def send_multipart(self, msg_parts: Sequence[Any], *args: Any, **kwargs: Any) -> None:
        """Send a message that has been serialized already."""
        self._kernel.session.send_frames(self, msg_parts)

    def send(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """The same, of one frame."""
        self.send_multipart([msg], *args, **kwargs)

    def flush(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: what is sent is on its way."""

    def closed(self) -> bool:
        """No."""
        return False

    def close(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the kernel closes it."""

    def on_recv(self, callback: Callable[..., Any] | None, copy: bool = True) -> None:
        """Nothing: the kernel reads. `kernel.shell_handlers` takes functions that answer requests."""

    @property
    def io_thread(self) -> Threadlike:
        """Who sends."""
        return Threadlike(self)

    def __repr__(self) -> str:
        return f"<{self.channel} of the kernel>"


class Threadlike:
    """`kernel.iopub_thread`: any thread may send, so what is scheduled is done at once."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.background_socket = socket
        self.thread = threading.main_thread()

    def schedule(self, f: Callable[[], Any]) -> None:
        """Call `f`."""
        f()

    def send_multipart(self, *args: Any, **kwargs: Any) -> None:
        """Send a message that has been serialized already."""
        self.socket.send_multipart(*args, **kwargs)

    def flush(self, timeout: float | None = None) -> None:
        """Nothing: what is sent is on its way."""

    def start(self) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
