"""Threads that debuggers for Python leave alone: what serves the kernel goes on while all that it runs is stopped."""

from __future__ import annotations

from threading import Thread
from typing import Any, TypeVar

ThreadT = TypeVar("ThreadT", bound=Thread)


def hidden(thread: ThreadT) -> ThreadT:
    """The thread, with the marks that debugpy and PyCharm look at."""
    marked: Any = thread
    marked.pydev_do_not_trace = marked.is_pydev_daemon_thread = True
    return thread
