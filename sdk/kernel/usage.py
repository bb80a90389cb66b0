"""`Usage`: what the kernel and its child processes use of the machine (usage_request of jupyter-resource-usage).

psutil tells it where it is installed, and Linux's /proc where it is not; elsewhere only the host's name, the process id
and the number of processors are known. CPU time is compared with the last call's here, and not by
`psutil.cpu_percent`, which would share its memory of the last call with the user's own code.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

from sdk.kernel.usage_source import ProcessId, Source, Used
from sdk.protocol.control import UsageReply


class Usage:
    """Answers usage_request; keeps the last call's sample."""

    def __init__(
        self, source: Callable[[], Source | None] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._find_source = source or find_source
        self._clock = clock
        self._source: Source | None = None
        self._looked = False
        self._time = 0.0
        self._processes: Mapping[ProcessId, Used] = {}
        self._host = (0.0, 0.0)

    def usage(self) -> UsageReply:
        """The figures of now, and percentages since the last call (`kernel_cpu` 0 at the first)."""
        if not self._looked:
            self._looked, self._source = True, self._find_source()
        reply = UsageReply(hostname=os.uname().nodename, pid=os.getpid(), cpu_count=os.cpu_count())
        if self._source is None:
            return reply
        processes, host, now = self._source.processes(), self._source.host_cpu(), self._clock()
        kernel_cpu = self._kernel_cpu(processes, now)
        host_cpu = self._host_cpu(host)
        self._processes, self._host, self._time = processes, host, now
        return reply.replace(
            kernel_cpu=kernel_cpu,
            kernel_memory=sum(used.memory for used in processes.values()),
            host_cpu_percent=host_cpu,
            host_virtual_memory=self._source.host_memory(),
        )

    def _kernel_cpu(self, processes: Mapping[ProcessId, Used], now: float) -> float:
        if not self._processes or now <= self._time:
            return 0.0
        # A process that was not there at the last call has used all its time since.
        nothing = Used(0.0, 0)
        worked = sum(max(0.0, used.cpu - self._processes.get(key, nothing).cpu) for key, used in processes.items())
        return round(100 * worked / (now - self._time), 1)

    def _host_cpu(self, host: tuple[float, float]) -> float | None:
        worked, possible = host[0] - self._host[0], host[1] - self._host[1]
        if not self._processes or possible <= 0:
            return None
        return round(100 * max(0.0, worked) / possible, 1)


def find_source() -> Source | None:
    """psutil, else /proc, else nothing."""
    try:
        from sdk.kernel.usage_psutil import PsutilSource  # psutil is optional, and needed by few
    except ImportError:
        from sdk.kernel.usage_proc import ProcSource

        return ProcSource() if os.path.exists("/proc/self/stat") else None
    return PsutilSource()
