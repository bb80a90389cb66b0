"""`ipykernel.parentpoller`: ends a process whose parent has gone. The kernel's own watch is the SDK's."""

from __future__ import annotations

import os
import time
from threading import Thread
from typing import Any


class ParentPollerUnix(Thread):
    """Looks every second."""

    def __init__(self, parent_pid: int = 0) -> None:
        super().__init__(daemon=True)
        self.parent_pid = parent_pid

    def run(self) -> None:
        """Look until the parent is another one."""
        while True:
            parent = os.getppid()
            if parent == 1 or (self.parent_pid not in (0, parent)):
                os._exit(1)
            time.sleep(1.0)


class ParentPollerWindows(Thread):
    """For a system on which this kernel does not run."""

    def __init__(self, interrupt_handle: Any = None, parent_handle: Any = None) -> None:
        super().__init__(daemon=True)
        self.interrupt_handle, self.parent_handle = interrupt_handle, parent_handle

    def run(self) -> None:
        """Nothing."""
