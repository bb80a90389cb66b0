"""Contents on the control channel (spec, "Messages on the control channel"; subshells: JEP 91)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sdk.protocol.message import Content, OpaqueContent


class ShutdownRequest(Content):
    """End the kernel; `restart` says that another will take its place. The same content is broadcast on IOPub."""

    msg_type: ClassVar[str] = "shutdown_request"
    restart: bool = False


class ShutdownReply(Content):
    """The kernel is about to end."""

    msg_type: ClassVar[str] = "shutdown_reply"
    restart: bool = False
    status: str = "ok"


class InterruptRequest(Content):
    """Stop what is running (for kernels whose kernelspec says `interrupt_mode: message`, and all of ours)."""

    msg_type: ClassVar[str] = "interrupt_request"


class InterruptReply(Content):
    """The interrupt was passed on."""

    msg_type: ClassVar[str] = "interrupt_reply"
    status: str = "ok"


class DebugRequest(OpaqueContent):
    """A request of the Debug Adapter Protocol; `fields` is the DAP message."""

    msg_type: ClassVar[str] = "debug_request"


class DebugReply(OpaqueContent):
    """A response of the Debug Adapter Protocol; `fields` is the DAP message."""

    msg_type: ClassVar[str] = "debug_reply"

    @classmethod
    def answering(cls, request: DebugRequest, body: Mapping[str, Any], *, seq: int, message: str = "") -> DebugReply:
        """The response to this request; a `message` says why it failed."""
        response = {
            "seq": seq,
            "type": "response",
            "request_seq": request.fields.get("seq", 0),
            "success": not message,
            "command": request.fields.get("command"),
            "body": body,
        }
        return cls({**response, "message": message} if message else response)


class CreateSubshellRequest(Content):
    """Make a subshell."""

    msg_type: ClassVar[str] = "create_subshell_request"


class CreateSubshellReply(Content):
    """The new subshell's id."""

    msg_type: ClassVar[str] = "create_subshell_reply"
    subshell_id: str
    status: str = "ok"


class DeleteSubshellRequest(Content):
    """End the subshell `subshell_id`."""

    msg_type: ClassVar[str] = "delete_subshell_request"
    subshell_id: str


class DeleteSubshellReply(Content):
    """It has ended."""

    msg_type: ClassVar[str] = "delete_subshell_reply"
    status: str = "ok"


class ListSubshellRequest(Content):
    """Which subshells are there?"""

    msg_type: ClassVar[str] = "list_subshell_request"


class ListSubshellReply(Content):
    """Their ids; the main shell has none."""

    msg_type: ClassVar[str] = "list_subshell_reply"
    subshell_id: Sequence[str]
    status: str = "ok"


class UsageRequest(Content):
    """What does the kernel use of the machine? (asked by jupyter-resource-usage; not in the spec)."""

    msg_type: ClassVar[str] = "usage_request"


class UsageReply(Content):
    """`kernel_cpu` in percent of one core, `kernel_memory` in bytes, both with the kernel's child processes."""

    msg_type: ClassVar[str] = "usage_reply"
    hostname: str
    pid: int
    cpu_count: int | None = None
    kernel_cpu: float | None = None
    kernel_memory: int | None = None
    host_cpu_percent: float | None = None
    host_virtual_memory: Mapping[str, Any] | None = None
    status: str = "ok"
