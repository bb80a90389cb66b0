"""`ipykernel.inprocess.manager`: starts and ends such kernels."""

from __future__ import annotations

from typing import Any

from jupyter_client.manager import KernelManager
from jupyter_client.managerabc import KernelManagerABC
from jupyter_client.session import Session
from traitlets import Any as AnyTrait
from traitlets import DottedObjectName, default

from .constants import INPROCESS_KEY


class InProcessKernelManager(KernelManager):
    """One kernel, in this process."""

    kernel: Any = AnyTrait()
    client_class: Any = DottedObjectName("ipykernel.inprocess.BlockingInProcessKernelClient")

    @default("blocking_class")
    def _default_blocking_class(self) -> Any:
        from .blocking import BlockingInProcessKernelClient

        return BlockingInProcessKernelClient

    @default("session")
    def _default_session(self) -> Any:
        return Session(key=INPROCESS_KEY, parent=self)

    def start_kernel(self, **kwds: Any) -> None:
        """Make it."""
        from .ipkernel import InProcessKernel

        self.kernel = InProcessKernel(parent=self, session=self.session, **kwds)

    def shutdown_kernel(self) -> None:
        """Forget it."""
        self.kernel.iopub_thread.stop()
        self.kernel = None

    def restart_kernel(self, now: bool = False, **kwds: Any) -> None:
        """Another one."""
        self.shutdown_kernel()
        self.start_kernel(**kwds)

    @property
    def has_kernel(self) -> bool:
        """Whether there is one."""
        return self.kernel is not None

    def interrupt_kernel(self) -> None:
        """Raises NotImplementedError: who calls is the one that runs."""
        raise NotImplementedError("Cannot interrupt in-process kernel.")

    def signal_kernel(self, signum: int) -> None:
        """Raises NotImplementedError: the process is the program's."""
        raise NotImplementedError("Cannot signal in-process kernel.")

    def is_alive(self) -> bool:
        """Whether there is one."""
        return self.kernel is not None

    def client(self, **kwargs: Any) -> Any:
        """A client of the kernel."""
        kwargs["kernel"] = self.kernel
        kwargs.setdefault("session", self.session)
        from .blocking import BlockingInProcessKernelClient

        return BlockingInProcessKernelClient(**kwargs)


KernelManagerABC.register(InProcessKernelManager)
