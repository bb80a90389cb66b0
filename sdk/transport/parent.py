"""Watches the process that started the kernel: when it dies, the kernel ends at once, in order."""

from __future__ import annotations

import os


def open_parent() -> int | None:
    """A descriptor that is readable when the parent named by JPY_PARENT_PID has died; None when there is none to watch.

    Raises ProcessLookupError when it is dead already.
    """
    try:
        pid = int(os.environ.get("JPY_PARENT_PID", ""))
    except ValueError:
        return None
    if pid <= 1 or not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except OSError:  # not allowed, or a system that only looks like Linux and has no such call
        return None
