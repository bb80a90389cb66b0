"""`OtherComms`: the comms that another kernel opens. To clients they are this kernel's, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sdk.kernel.context import Context
from sdk.protocol.message import CustomContent

Forward = Callable[[Context, Mapping[str, Any]], None]


class Manager(Protocol):
    """What is wanted of the comm package's manager."""

    comms: dict[str, Any]


class Comms(Protocol):
    """What is wanted of `sdk.kernel.comms.Comms`."""

    @property
    def manager(self) -> Any:
        """The comm manager."""


class OtherComm:
    """Stands among this kernel's comms for one of the other kernel's; has what the comm manager calls."""

    def __init__(self, comm_id: str, target_name: str, forward: Forward) -> None:
        self.comm_id = comm_id
        self.target_name = target_name
        self._closed = False
        self._forward = forward

    def handle_msg(self, msg: dict[str, Any]) -> None:
        """A client's message goes to the other kernel."""
        context = Context.of_this_task()
        if context is not None:
            self._forward(context, msg)

    handle_close = handle_msg


class OtherComms:
    """Those of one other kernel."""

    def __init__(self, comms: Comms, forward: Forward) -> None:
        self._comms = comms
        self._forward = forward
        self._own: set[str] = set()

    def came(self, message: Mapping[str, Any], context: Context) -> None:
        """The other kernel opens, uses or closes a comm: clients are told in the name of `context`."""
        msg_type, content = message["msg_type"], message["content"]
        comm_id = content["comm_id"]
        if msg_type == "comm_open":
            self._own.add(comm_id)
            known: dict[str, Any] = self._comms.manager.comms
            known[comm_id] = OtherComm(comm_id, content["target_name"], self._forward)
        elif msg_type == "comm_close":
            self._forget(comm_id)
        context.publish(CustomContent(msg_type, content), metadata=message["metadata"], buffers=message["buffers"])

    def offer(self, comm: Any, message: dict[str, Any]) -> None:
        """A client opens a comm that nobody here knows: the other kernel may."""
        self._own.add(comm.comm_id)
        comm._closed = True  # it tells nobody when it is collected
        self._comms.manager.comms[comm.comm_id] = one = OtherComm(comm.comm_id, comm.target_name, self._forward)
        one.handle_msg(message)

    def close(self, context: Context) -> None:
        """The other kernel has ended."""
        for comm_id in list(self._own):
            self._forget(comm_id)
            context.publish(CustomContent("comm_close", {"comm_id": comm_id, "data": {}}))

    def _forget(self, comm_id: str) -> None:
        self._own.discard(comm_id)
        self._comms.manager.comms.pop(comm_id, None)
