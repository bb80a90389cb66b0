"""The processes that a kernel has started, as /proc tells: so that a kernel that has ended leaves none behind.

They are known by a variable of their environment, which they inherit: parents may be gone, and sessions be new.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

MARK = "KERNEL_UNDER_TEST"


def marked(value: str) -> dict[int, str]:
    """The running processes whose environment has `MARK` = `value`, with their start times (see `alive`)."""
    wanted = f"{MARK}={value}".encode()
    found = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit() and wanted in _environment(int(name)) and (started := _started(int(name))):
            found[int(name)] = started
    return found


def command(pid: int) -> str:
    """The command that this process was started with; "" when it has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read().replace("\0", " ").strip()
    except OSError:
        return ""


def alive(pid: int, started: str) -> bool:
    """Whether the process that had `pid` since `started` still runs; a later owner of the pid began later."""
    return _started(pid) == started


def kill(pid: int, started: str) -> None:
    """SIGKILL to that process, unless it has ended."""
    if alive(pid, started):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _environment(pid: int) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:  # gone, or somebody else's
        return []


def _started(pid: int) -> str:
    """When the process was started, in the kernel's ticks; "" when it has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()  # after the command's name: state, ...
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
