"""`Process`: another kernel's process, started and ended by jupyter_client. All methods block."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from sdk.magics.kernels.launch import Launch

if TYPE_CHECKING:
    from jupyter_client.manager import KernelManager

_PATIENCE = 2.0  # seconds for the kernel to end before it is killed
_KEPT = 4000  # bytes that are kept of what it writes itself


class Process:
    """One process."""

    def __init__(self, launch: Launch, cwd: str | None) -> None:
        self._launch = launch
        self._cwd = cwd
        self._manager: KernelManager | None = None
        self._wrote = bytearray()
        self._lock = Lock()
        self._killed = False

    @property
    def manager(self) -> KernelManager:
        """jupyter_client's manager of it, once started."""
        assert self._manager is not None
        return self._manager

    def start(self) -> None:
        """Start it. Raises OSError."""
        from jupyter_client.kernelspec import KernelSpec  # 200 ms
        from jupyter_client.manager import KernelManager

        launch = self._launch
        manager = KernelManager(kernel_name=launch.name)
        manager._kernel_spec = KernelSpec(
            argv=list(launch.argv),
            env=dict(launch.env),
            display_name=launch.title,
            language=launch.language,
            interrupt_mode=launch.interrupt_mode,
            metadata=dict(launch.metadata),
            resource_dir=launch.directory,
        )
        manager.shutdown_wait_time = _PATIENCE
        if manager.has_trait("transport_encryption"):  # later ones: for kernels that say that they can
            manager.transport_encryption = "auto"
        reading, writing = os.pipe()
        Thread(target=self._read, args=(reading,), name=f"{launch.name} output", daemon=True).start()
        try:
            with self._lock:
                manager.start_kernel(stdout=writing, stderr=writing, cwd=self._cwd)
                self._manager = manager
                self._leave_our_group()
        finally:
            os.close(writing)
        if self._killed:
            self.kill()

    def _leave_our_group(self) -> None:
        """An interrupt of ours ends a child that has no group of its own yet: a signal to that group would be ours."""
        provisioner = self.manager.provisioner
        if getattr(provisioner, "pgid", None) == os.getpgrp():
            provisioner.pgid = None  # type: ignore[union-attr]

    @property
    def pid(self) -> int | None:
        """Its process id; None: it is not one of this machine."""
        pid = getattr(self.manager.provisioner, "pid", None)
        return pid if isinstance(pid, int) else None

    def ended(self) -> bool:
        """Whether it has ended."""
        process = self._process()
        return process.poll() is not None if process is not None else not self.manager.is_alive()

    @property
    def fate(self) -> str:
        """How it has ended, for messages."""
        process = self._process()
        status = process.poll() if process is not None else None
        if status is None:
            return "has ended"
        return f"was killed by signal {-status}" if status < 0 else f"has ended with status {status}"

    @property
    def wrote(self) -> str:
        """The end of what it has written itself, for messages."""
        return self._wrote.decode("utf-8", "replace").strip()

    def interrupt(self) -> None:
        """Interrupt it as its kernelspec says."""
        self._try(self.manager.interrupt_kernel)

    def end(self) -> None:
        """Ask it to end, and kill it if it does not within two seconds."""
        self._try(self.manager.shutdown_kernel)

    def kill(self) -> None:
        """Kill it; also while it is being started."""
        self._killed = True
        if self._manager is not None:
            self._try(lambda: self.manager.shutdown_kernel(now=True))

    def _process(self) -> Any:
        return getattr(self.manager.provisioner, "process", None)

    def _try(self, act: Callable[[], object]) -> None:
        """jupyter_client's managers are for one thread at a time."""
        with self._lock:
            try:
                act()
            except (OSError, RuntimeError):  # it ended by itself
                return

    def _read(self, descriptor: int) -> None:
        with open(descriptor, "rb", buffering=0) as pipe:
            while piece := pipe.read(65536):
                self._wrote += piece
                del self._wrote[:-_KEPT]
