"""`ProcSource`: the figures of usage_reply from Linux's /proc, for want of psutil."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sdk.kernel.usage_source import ProcessId, Used

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class _Stat(NamedTuple):
    pid: int
    parent: int
    cpu: float
    started: float
    rss: int


class ProcSource:
    """See `Source`."""

    def processes(self) -> Mapping[ProcessId, Used]:
        """This process and all below it."""
        stats = {stat.pid: stat for stat in _stats()}
        children: dict[int, list[int]] = {}
        for stat in stats.values():
            children.setdefault(stat.parent, []).append(stat.pid)
        wanted = [os.getpid()]
        for pid in wanted:  # grows while it is walked
            wanted.extend(children.get(pid, ()))
        return {(pid, stats[pid].started): Used(stats[pid].cpu, _memory(stats[pid])) for pid in wanted if pid in stats}

    def host_cpu(self) -> tuple[float, float]:
        """Seconds of CPU that the host has worked, and could have."""
        # user nice system idle iowait irq softirq steal; guest times, which follow, are part of user's
        times = [int(field) * _TICK for field in _read("/proc/stat").partition("\n")[0].split()[1:9]]
        return sum(times) - sum(times[3:5]), sum(times)

    def host_memory(self) -> Mapping[str, Any]:
        """`total`, `available`, `used`, `free` in bytes, and `percent`."""
        fields = {}
        for row in _read("/proc/meminfo").splitlines():
            name, _, value = row.partition(":")
            fields[name] = int(value.split()[0]) * 1024
        total, available = fields["MemTotal"], fields["MemAvailable"]
        percent = round(100 * (total - available) / total, 1)
        return {
            "total": total,
            "available": available,
            "percent": percent,
            "used": total - available,
            "free": fields["MemFree"],
        }


def _stats() -> Iterator[_Stat]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                text = _read(f"/proc/{name}/stat")
            except OSError:  # it has ended meanwhile
                continue
            # pid (name) state ppid ...: the name may hold blanks and brackets (proc(5))
            fields = text.rpartition(")")[2].split()
            cpu = (int(fields[11]) + int(fields[12])) * _TICK
            yield _Stat(int(name), int(fields[1]), cpu, float(fields[19]), int(fields[21]) * _PAGE)


def _memory(stat: _Stat) -> int:
    try:
        rows = _read(f"/proc/{stat.pid}/smaps_rollup").splitlines()
    except OSError:  # it has ended, or is another user's
        return stat.rss
    return next((int(row.split()[1]) * 1024 for row in rows if row.startswith("Pss:")), stat.rss)


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
