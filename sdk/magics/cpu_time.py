"""`cpu_time`: the processor time of this process and all that it has started, where the system tells it (Linux).

The time of children that have ended and were waited for is their parent's to tell, so that no program is missed that
ran in between.
"""

from __future__ import annotations

import os
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import NamedTuple


class CpuTime(NamedTuple):
    """Seconds in the programs themselves, and in the system for them."""

    user: float = 0.0
    system: float = 0.0

    def since(self, before: CpuTime) -> CpuTime:
        """What came since; never less than nothing: a process that nobody waited for takes its time with it."""
        return CpuTime(max(0.0, self.user - before.user), max(0.0, self.system - before.system))


def cpu_time() -> CpuTime | None:
    """Now; None where it cannot be seen."""
    own = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    user, system = sum(one.ru_utime for one in own), sum(one.ru_stime for one in own)
    try:
        tick = 1 / os.sysconf("SC_CLK_TCK")
        below = _below(os.getpid())
    except (OSError, ValueError):
        return None
    return CpuTime(user + sum(one[0] for one in below) * tick, system + sum(one[1] for one in below) * tick)


def _below(pid: int) -> list[tuple[int, int]]:
    """Ticks in user and system mode of each process below `pid`, with those of its children that it has waited for."""
    children: dict[int, list[int]] = {}
    ticks: dict[int, tuple[int, int]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                # pid (name) state ppid ...: the name may hold blanks and brackets (proc(5))
                fields = file.read().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        children.setdefault(int(fields[1]), []).append(int(name))
        user, system, waited_user, waited_system = map(int, fields[11:15])
        ticks[int(name)] = (user + waited_user, system + waited_system)
    wanted = [*children.get(pid, ())]
    for each in wanted:  # grows while it is walked
        wanted.extend(children.get(each, ()))
    return [ticks[each] for each in wanted]
