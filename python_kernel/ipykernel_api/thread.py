"""`ipykernel.thread`: a thread with a tornado loop."""

from __future__ import annotations

from threading import Thread
from typing import Any

from tornado.ioloop import IOLoop

CONTROL_THREAD_NAME = "Control"
SHELL_CHANNEL_THREAD_NAME = "Shell channel"


class BaseThread(Thread):
    """Debuggers leave it alone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.io_loop = IOLoop(make_current=False)
        self.pydev_do_not_trace = True
        self.is_pydev_daemon_thread = True

    def run(self) -> None:
        """Run the loop."""
        try:
            self.io_loop.start()
        finally:
            self.io_loop.close()

    def stop(self) -> None:
        """End it."""
        self.io_loop.add_callback(self.io_loop.stop)
