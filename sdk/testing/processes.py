"""The processes below a process, as /proc tells: so that a kernel that was ended leaves none behind."""

from __future__ import annotations

import os
import signal
from contextlib import suppress


def descendants(pid: int) -> dict[int, str]:
    """The children of `pid` and theirs, with their start times, which tell a pid from its next owner."""
    children: dict[int, list[int]] = {}
    started: dict[int, str] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit() and (fields := _stat(int(name))):
            children.setdefault(int(fields[1]), []).append(int(name))
            started[int(name)] = fields[19]
    found: dict[int, str] = {}
    rest = [pid]
    while rest:
        for child in children.get(rest.pop(), ()):
            found[child] = started[child]
            rest.append(child)
    return found


def alive(pid: int, started: str) -> bool:
    """Whether the process that had `pid` since `started` still runs."""
    fields = _stat(pid)
    return bool(fields) and fields[19] == started and fields[0] != "Z"


def kill(pid: int, started: str) -> None:
    """SIGKILL to that process, unless it has ended."""
    if alive(pid, started):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _stat(pid: int) -> list[str]:
    """The fields after the command's name: state, ppid, ..., the start time at 19."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []
