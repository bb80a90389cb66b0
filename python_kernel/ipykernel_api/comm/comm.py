"""`ipykernel.comm.comm`: comms of a kernel that may be another one than that of this process."""

from __future__ import annotations

import uuid
import warnings
from typing import Any

import comm.base_comm
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any as AnyTrait
from traitlets import Bool, Bytes, Unicode, default
from traitlets.config.configurable import LoggingConfigurable

from ..kernelbase import Kernel


def _default() -> Any:
    """The kernel that is used where none is named: the singleton, in whose place some put what is no kernel."""
    found: Any = Kernel._instance
    return found if isinstance(found, Kernel) else getattr(InteractiveShell._instance, "kernel", None)


class BaseComm(comm.base_comm.BaseComm):
    """A comm without traits."""

    kernel: Any = None
    _parent: Any = None

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        """Send a message of this comm. Nothing where no kernel is."""
        if self.kernel is None:
            self.kernel = _default()
            if self.kernel is None:
                return
        kernel = self.kernel
        fields = {name: value for name, value in keys.items() if value is not None}
        own = getattr(kernel, "own_comms", None)
        if own is not None:
            self._parent = own.publish(
                msg_type, self.comm_id, data=data, metadata=metadata, buffers=buffers, parent=self._parent, **fields
            )
            own.settle()
            return
        kernel.session.send(
            kernel.iopub_socket,
            msg_type,
            {"data": {} if data is None else data, "comm_id": self.comm_id, **fields},
            metadata={} if metadata is None else metadata,
            parent=kernel.get_parent(),
            ident=self.topic,
            buffers=buffers,
        )


class Comm(BaseComm, LoggingConfigurable):
    """A comm with traits."""

    kernel: Any = AnyTrait()
    comm_id: Any = Unicode()
    primary: Any = Bool(True)
    target_name: Any = Unicode("comm")
    target_module: Any = Unicode(None, allow_none=True)
    topic: Any = Bytes()
    _open_data: Any = AnyTrait()
    _close_data: Any = AnyTrait()
    _closed: Any = Bool(True)

    @default("kernel")
    def _default_kernel(self) -> Any:
        return _default()

    @default("comm_id")
    def _default_comm_id(self) -> str:
        return uuid.uuid4().hex

    @default("topic")
    def _default_topic(self) -> bytes:
        return f"comm-{self.comm_id}".encode("ascii")

    def __init__(  # ipykernel's
        self,
        target_name: str = "",
        data: Any = None,
        metadata: Any = None,
        buffers: Any = None,
        show_warning: bool = True,
        **kwargs: Any,
    ) -> None:
        if show_warning:
            warnings.warn(
                "The `ipykernel.comm.Comm` class has been deprecated. Please use the `comm` module instead. "
                "For creating comms, use the function `from comm import create_comm`.",
                DeprecationWarning,
                stacklevel=2,
            )
        if target_name:
            kwargs["target_name"] = target_name
        traits = {name: value for name, value in kwargs.items() if name in self.trait_names()}
        LoggingConfigurable.__init__(self, **traits)
        comm.base_comm.BaseComm.__init__(
            self,
            **{
                "data": data,
                "metadata": metadata,
                "buffers": buffers,
                "target_name": self.target_name,
                "target_module": self.target_module,
                "comm_id": self.comm_id,
                "primary": self.primary,
                **{name: value for name, value in kwargs.items() if name in ("topic", "_open_data", "_close_data")},
            },
        )

    def __del__(self) -> None:
        """The collector does not close comms with traits."""
