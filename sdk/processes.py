"""Other processes, as /proc shows them. Where there is no /proc, none are known."""

from __future__ import annotations

import os
from contextlib import suppress


def in_group(group: int) -> set[int]:
    """The processes of this process group, whoever is their parent now."""
    found = set()
    with suppress(OSError):  # no /proc
        for name in os.listdir("/proc"):
            with suppress(ValueError, OSError):  # no process, or not any more
                if os.getpgid(int(name)) == group:
                    found.add(int(name))
    return found


def dies_of(pid: int, number: int) -> bool:
    """Whether the process `pid` lives, no signal `number` is on its way to it, and one would end it by default."""
    try:
        with open(f"/proc/{pid}/status") as file:
            fields = dict(line.split(":\t", 1) for line in file if line.startswith(("State", "Sig", "ShdPnd")))
        masks = [int(fields[name], 16) for name in ("SigPnd", "ShdPnd", "SigIgn", "SigCgt")]
    except (OSError, ValueError, KeyError):
        return False
    return fields["State"][0] not in "ZX" and not any(mask >> (number - 1) & 1 for mask in masks)


def ignores(pid: int, number: int) -> bool:
    """Whether the process `pid` ignores signal `number` now."""
    try:
        with open(f"/proc/{pid}/status") as file:
            masks = [int(line.split()[1], 16) for line in file if line.startswith("SigIgn:")]
    except (OSError, ValueError):
        return False
    return bool(masks) and bool(masks[0] >> (number - 1) & 1)


def has_ended(pid: int) -> bool:
    """Whether the process is no more, or only its parent has not heard of that."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def age(pid: int) -> float:
    """Seconds since the process `pid` began, to a hundredth. Raises OSError when it has ended."""
    with open(f"/proc/{pid}/stat") as stat, open("/proc/uptime") as uptime:
        started = int(stat.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        return float(uptime.read().split()[0]) - started
