"""Who reads the terminal? Looks at the system call in which each foreground process waits (Linux, /proc).

Where that cannot be seen (another user's process, another system), the answer is `UNKNOWN`, and the caller falls back
on what the terminal shows: silence, an unfinished line, echo switched off.
"""

from __future__ import annotations

import os
import struct
from enum import Enum
from signal import SIGINT
from typing import NamedTuple

_DEV_TTY = os.makedev(5, 0)


class Demand(Enum):
    """What the foreground does."""

    READS = "it waits for the keyboard"
    BUSY = "it does something else"
    UNKNOWN = "it cannot be looked into"


class Look(NamedTuple):
    """What was seen, and in which process."""

    demand: Demand
    pid: int = 0


_NOBODY = Look(Demand.BUSY)

_READ, _SELECT, _POLL, _EPOLL = "read", "select", "poll", "epoll"
_CALLS = {
    "x86_64": {
        0: _READ, 19: _READ, 23: _SELECT, 270: _SELECT, 7: _POLL, 271: _POLL, 232: _EPOLL, 281: _EPOLL, 441: _EPOLL
    },
    "aarch64": {63: _READ, 65: _READ, 72: _SELECT, 73: _POLL, 22: _EPOLL, 441: _EPOLL},
}  # fmt: skip
_CALLS["riscv64"] = _CALLS["aarch64"]
_WAITS = ("61", "247") if os.uname().machine == "x86_64" else ("260", "95")  # wait4, waitid
_NO_CALL = ("running", "-1", "")
_NUMBERS = _CALLS.get(os.uname().machine) if os.path.exists("/proc/self/syscall") else None


def look(group: int, device: int, *, child: int, deep: bool) -> Look:
    """Does a process of the foreground `group` wait for input from the terminal `device`?

    `deep` looks at every process of the group below `child` and at all threads; else at the group's leader alone.
    """
    if _NUMBERS is None:
        return Look(Demand.UNKNOWN, group)
    if group <= 0:
        return _NOBODY
    unknown = 0
    for pid in members(group, child) if deep else (group,):
        try:
            if _reads(pid, device, deep=deep):
                return Look(Demand.READS, pid)
        except PermissionError:
            if _sleeps(pid):
                unknown = pid
        except (OSError, ValueError):
            pass  # it has ended meanwhile
    if not unknown and _is_hidden(group):
        unknown = group
    return Look(Demand.UNKNOWN, unknown) if unknown else _NOBODY


def _is_hidden(pid: int) -> bool:
    """Whether this process is there, and /proc does not show it: it has another user's rights (hidepid)."""
    if os.path.exists(f"/proc/{pid}"):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def members(group: int, child: int) -> list[int]:
    """The processes of `group`, looked for from `child` down; the leader first."""
    found, unseen, seen = [], [child, group], {0}
    while unseen:
        pid = unseen.pop()
        if pid in seen:
            continue
        seen.add(pid)
        try:
            if os.getpgid(pid) == group:
                found.append(pid)
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/children") as file:
                    unseen += [int(number) for number in file.read().split()]
        except OSError:
            continue
    return sorted(found, key=lambda pid: pid != group)


def _reads(pid: int, device: int, *, deep: bool) -> bool:
    threads = os.listdir(f"/proc/{pid}/task") if deep else [str(pid)]
    return any(_thread_reads(pid, thread, device) for thread in threads)


def _thread_reads(pid: int, thread: str, device: int) -> bool:
    with open(f"/proc/{pid}/task/{thread}/syscall") as file:
        fields = file.read().split()
    if len(fields) < 4:
        return False  # "running"
    kind = _NUMBERS.get(int(fields[0])) if _NUMBERS else None
    if kind is None:
        return False
    return any(_is_terminal(pid, fd, device) for fd in _waited_for(kind, pid, [int(word, 16) for word in fields[1:4]]))


def _waited_for(kind: str, pid: int, arguments: list[int]) -> list[int]:
    """The file descriptors from which the system call wants to read."""
    if kind is _READ:
        return [arguments[0]]
    if kind is _SELECT:
        count, address = arguments[0], arguments[1]
        bits = int.from_bytes(_memory(pid, address, (min(count, 1024) + 7) // 8), "little") if address else 0
        return [fd for fd in range(min(count, 1024)) if bits >> fd & 1]
    if kind is _POLL:
        memory = _memory(pid, arguments[0], 8 * min(arguments[1], 1024))
        return [fd for fd, events, _ in struct.iter_unpack("=ihh", memory) if fd >= 0 and events & 1]
    with open(f"/proc/{pid}/fdinfo/{arguments[0]}") as file:
        lines = [line.split() for line in file if line.startswith("tfd:")]
    return [int(line[1]) for line in lines if int(line[3], 16) & 1]


def _memory(pid: int, address: int, count: int) -> bytes:
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        file.seek(address)
        return file.read(count)


def _is_terminal(pid: int, fd: int, device: int) -> bool:
    try:
        return os.stat(f"/proc/{pid}/fd/{fd}").st_rdev in (device, _DEV_TTY)
    except FileNotFoundError:
        return False


def is_forking(child: int, group: int) -> bool:
    """Whether `child` is about to fork, or a process of `group` is a copy of it that is not yet what it will be.

    A program that forks blocks signals until it has; its copy catches the same signals until it has set its own. While
    another group has the terminal, a program that does not wait yet may be about to add to that group.
    """
    call = _call(child)
    if group != child and call and call not in _WAITS:
        return True
    others = [_signals(pid)[1] for pid in members(group, child) if pid != child]
    blocked, caught = _signals(child)  # last: what it says holds for a moment only
    if blocked >> (SIGINT - 1) & 1 and call in _NO_CALL:
        return True
    return caught != 0 and caught in others


def _call(pid: int) -> str:
    """The number of the system call that the process is in, or one of `_NO_CALL`; empty where that cannot be seen."""
    try:
        with open(f"/proc/{pid}/syscall") as file:
            return file.read().split()[0]
    except (OSError, IndexError):
        return ""


def is_copy(pid: int, child: int) -> bool:
    """Whether `pid` is a copy of `child` that runs no other program."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as one, open(f"/proc/{child}/cmdline", "rb") as other:
            return one.read() == other.read()
    except OSError:
        return False


def _signals(pid: int) -> tuple[int, int]:
    """The signals that are blocked, and those that are caught, as masks."""
    try:
        with open(f"/proc/{pid}/status") as file:
            masks = {line[:7]: int(line[7:], 16) for line in file if line.startswith(("SigBlk:", "SigCgt:"))}
    except (OSError, ValueError):
        return 0, 0
    return masks.get("SigBlk:", 0), masks.get("SigCgt:", 0)


def _sleeps(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "S"
    except OSError:
        return False
