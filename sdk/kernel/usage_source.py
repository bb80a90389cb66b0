"""What `Usage` is made from: the figures of processes and host, whoever tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

ProcessId: TypeAlias = tuple[int, float]
"""A pid and when that process started, so that a pid used again is another process."""


class Used(NamedTuple):
    """What one process has used: seconds of CPU since it started, and bytes of memory now."""

    cpu: float
    memory: int


class Source(Protocol):
    """Where the figures come from."""

    def processes(self) -> Mapping[ProcessId, Used]:
        """This process and all below it."""

    def host_cpu(self) -> tuple[float, float]:
        """Seconds of CPU that the host has worked, and could have."""

    def host_memory(self) -> Mapping[str, Any]:
        """The fields of `psutil.virtual_memory()`, as far as they are known."""
