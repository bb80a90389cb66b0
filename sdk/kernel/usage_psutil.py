"""`PsutilSource`: the figures of usage_reply by psutil, on whatever system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psutil

from sdk.kernel.usage_source import ProcessId, Used


class PsutilSource:
    """See `Source`."""

    def processes(self) -> Mapping[ProcessId, Used]:
        """This process and all below it."""
        kernel = psutil.Process()
        found = {}
        for process in (kernel, *kernel.children(recursive=True)):
            try:
                times = process.cpu_times()
                found[process.pid, process.create_time()] = Used(times.user + times.system, _memory(process))
            except (psutil.NoSuchProcess, psutil.AccessDenied):  # it has ended meanwhile, or is hidden from us
                continue
        return found

    def host_cpu(self) -> tuple[float, float]:
        """Seconds of CPU that the host has worked, and could have."""
        times = psutil.cpu_times()._asdict()
        # Linux counts a guest's time as its host's user time too.
        possible = sum(times.values()) - times.get("guest", 0.0) - times.get("guest_nice", 0.0)
        return possible - times["idle"] - times.get("iowait", 0.0), possible

    def host_memory(self) -> Mapping[str, Any]:
        """The fields of `psutil.virtual_memory()`."""
        return dict(psutil.virtual_memory()._asdict())


def _memory(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except psutil.AccessDenied:  # another user's, such as sudo
        return int(process.memory_info().rss)
    return int(getattr(full, "pss", full.rss))
