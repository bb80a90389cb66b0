"""`KernelComm` and `KernelCommManager`: what the `comm` package's users hold, on top of `Comms`.

Importing this imports `comm`. What the base classes do by module-wide functions and by IPython is done here without
either, so that a kernel of any language has comms.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, ClassVar, Protocol

from comm.base_comm import BaseComm, CommManager

from sdk.kernel.context import Context
from sdk.kernel.dicts import as_dict
from sdk.protocol.message import Header, Message

_HERE = os.path.dirname(__file__) + os.sep


class Owner(Protocol):
    """What comms want of `Comms`, which describes it."""

    find_kernel: Callable[[], object]
    call: Callable[[Callable[[Any], object], Any], object]
    log: Callable[[str], None]

    @property
    def manager(self) -> KernelCommManager:
        """The one manager."""

    def new_comm(self, **named: Any) -> Any:
        """A comm for a client's comm_open."""

    def publish(
        self,
        msg_type: str,
        comm_id: str,
        *,
        data: Any,
        metadata: Any,
        buffers: Any,
        parent: Header | None,
        **fields: Any,
    ) -> Header | None:
        """Send; the header of the request in whose name."""

    def settle(self) -> None:
        """The end of a call from the user's code."""

    def abandon(self, comm_id: str, data: Mapping[str, Any], parent: Header | None) -> None:
        """Close later."""


class KernelComm(BaseComm):
    """One comm. `Comms.comm_class` is this class with its `comms`."""

    comms: ClassVar[Owner]
    _parent: Header | None = None

    def __init__(self, *positional: Any, **named: Any) -> None:
        self._note_request()
        super().__init__(*positional, **named)

    @property
    def kernel(self) -> object:
        """The kernel, as ipykernel's comms have it."""
        return self.comms.find_kernel()

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        """Send a message of this comm, in the name of the request that is at work or else of the last one that was."""
        fields = {name: value for name, value in keys.items() if value is not None}
        self._parent = self.comms.publish(
            msg_type, self.comm_id, data=data, metadata=metadata, buffers=buffers, parent=self._parent, **fields
        )
        self.comms.settle()

    def open(self, data: Any = None, metadata: Any = None, buffers: Any = None) -> None:
        """Tell the client of this comm. The constructor does it."""
        manager = self.comms.manager
        manager.register_comm(self)
        try:
            self.publish_msg(
                "comm_open",
                self._open_data if data is None else data,
                metadata,
                buffers,
                target_name=self.target_name,
                target_module=self.target_module,
            )
        except BaseException:
            manager.unregister_comm(self)
            raise
        self._closed = False

    def close(self, data: Any = None, metadata: Any = None, buffers: Any = None, deleting: bool = False) -> None:
        """End the comm and tell the client; the second time nothing."""
        if self._closed:
            return
        self._closed = True
        data = self._close_data if data is None else data
        if deleting:
            self.comms.abandon(self.comm_id, data, self._parent)
            return
        manager = self.comms.manager
        if self.comm_id in manager.comms:
            manager.unregister_comm(self)
        self.publish_msg("comm_close", data, metadata, buffers)

    def handle_msg(self, msg: dict[str, Any]) -> None:
        """Give a client's message to the `on_msg` callback."""
        __user_code_below__ = True  # noqa: F841  # see sdk.transport.stack: so that it can be interrupted
        self._note_request()
        if self._msg_callback is not None:
            self.comms.call(self._msg_callback, msg)

    def handle_close(self, msg: dict[str, Any]) -> None:
        """Tell the `on_close` callback that the client has closed the comm."""
        __user_code_below__ = True  # noqa: F841  # see sdk.transport.stack: so that it can be interrupted
        if self._close_callback is not None:
            self._close_callback(msg)

    def _note_request(self) -> None:
        # A thread of the user's that has no context speaks in the name of the last request that used the comm:
        # front-ends drop what has no parent.
        context = Context.of_this_task()
        if context is not None:
            self._parent = context.header


class KernelCommManager(CommManager):
    """Targets and open comms. The `comm_*` methods have the signature that other software calls."""

    def __init__(self, owner: Owner) -> None:
        super().__init__()
        self._owner = owner
        self._unknown = ""
        self.elsewhere: Callable[[str], Callable[[Any, dict[str, Any]], None] | None] = lambda target_name: None
        """Who takes the comms that clients open with a target that is not registered here; None: nobody."""

    def receive(self, message: Message) -> None:
        """Take a message of a client."""
        getattr(self, message.header.msg_type)(None, b"", as_dict(message))

    def comm_open(self, stream: object, ident: object, msg: dict[str, Any]) -> None:
        """A client opens a comm: its target is called; without one, or when it fails, the comm is closed."""
        comm_id, target_name = msg["content"]["comm_id"], msg["content"]["target_name"]
        target = self.targets.get(target_name) or self.elsewhere(target_name)
        comm = self._owner.new_comm(comm_id=comm_id, primary=False, target_name=target_name)
        self.register_comm(comm)
        doing = f"opening a comm with the target {target_name!r}"
        if target is None:
            self._owner.log(f"{doing}: nobody has registered it; the comm is closed")
        elif self._done(doing, target, comm, msg):
            return
        self._done(doing, comm.close)

    def comm_msg(self, stream: object, ident: object, msg: dict[str, Any]) -> None:
        """A client's message for a comm."""
        comm = self._known(msg)
        if comm is not None:
            self._done(f"a message for a comm with the target {comm.target_name!r}", comm.handle_msg, msg)

    def comm_close(self, stream: object, ident: object, msg: dict[str, Any]) -> None:
        """A client closes a comm."""
        comm = self._known(msg)
        if comm is not None:
            comm._closed = True
            self.comms.pop(comm.comm_id, None)
            self._done(f"closing a comm with the target {comm.target_name!r}", comm.handle_close, msg)

    def _done(self, doing: str, callback: Callable[..., object], *values: object) -> bool:
        __user_code_below__ = True  # noqa: F841  # see sdk.transport.stack: so that it can be interrupted
        try:
            callback(*values)
            return True
        except BaseException as error:  # the user's code, which may do anything
            self._show(error, doing)
            return False

    def _known(self, msg: dict[str, Any]) -> Any:
        comm_id = msg["content"]["comm_id"]
        comm = self.comms.get(comm_id)
        if comm is None and comm_id != self._unknown:
            # Clients go on talking to the comms of a kernel that was restarted: one line for each is enough.
            self._unknown = comm_id
            self._owner.log(f"{msg['msg_type']}: there is no comm {comm_id!r}; ignored")
        return comm

    def _show(self, error: BaseException, doing: str) -> None:
        """Show the traceback where the user looks: in the output of the message that was served."""
        from traceback import format_exception  # start-up time

        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None and _is_ours(trace):
            trace = trace.tb_next
        text = "".join(format_exception(type(error), error, trace))
        context = Context.of_this_task()
        if context is None:
            self._owner.log(f"{doing}:\n{text}")
        else:
            self._owner.log(f"{doing}: {type(error).__name__}: {error}")
            context.stream("stderr", text)


def _is_ours(trace: TracebackType) -> bool:
    return trace.tb_frame.f_code.co_filename.startswith(_HERE)
