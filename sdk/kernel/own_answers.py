"""The requests that the SDK answers itself, without the author: who the kernel is, how to end it, what it uses."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar

from sdk.kernel.base import Kernel
from sdk.kernel.context import Context
from sdk.kernel.subshells import Subshells
from sdk.protocol.control import (
    CreateSubshellReply,
    DeleteSubshellReply,
    DeleteSubshellRequest,
    InterruptReply,
    ListSubshellReply,
    ShutdownReply,
    ShutdownRequest,
)
from sdk.protocol.message import PROTOCOL_VERSION, Channel, Content, Header, Message, Send, Session
from sdk.protocol.shell import CommInfoReply, CommInfoRequest, ConnectReply, KernelInfoReply


class OwnAnswers:
    """One method for each request type; `table` is what the dispatcher uses."""

    SLOW: ClassVar[frozenset[str]] = frozenset({"usage_request"})

    def __init__(
        self,
        kernel: Kernel,
        *,
        send: Send,
        session: Session,
        subshells: Subshells,
        interrupt: Callable[[str | None], None],
    ) -> None:
        self._kernel = kernel
        self._send = send
        self._session = session
        self._subshells = subshells
        self._interrupt = interrupt
        self._usage: Any = None

    def table(self) -> dict[str, Callable[[Any, Context], Coroutine[Any, Any, Content | None]]]:
        """msg_type -> the coroutine function that answers it."""
        answers: dict[str, Callable[[Any, Context], Coroutine[Any, Any, Content | None]]] = {
            "kernel_info_request": self.kernel_info,
            "connect_request": self.connect,
            "comm_info_request": self.comm_info,
            "shutdown_request": self.shutdown,
            "interrupt_request": self.interrupt,
            "usage_request": self.usage,
        }
        if self._kernel.subshells:
            answers["create_subshell_request"] = self.create_subshell
            answers["delete_subshell_request"] = self.delete_subshell
            answers["list_subshell_request"] = self.list_subshell
        return answers

    async def kernel_info(self, request: object, context: Context) -> KernelInfoReply:
        """From the class's constants: answered before the language is up."""
        kernel = self._kernel
        return KernelInfoReply(
            protocol_version=PROTOCOL_VERSION,
            implementation=kernel.implementation or type(kernel).__module__.partition(".")[0],
            implementation_version=kernel.implementation_version,
            language_info=kernel.language_info,
            banner=kernel.banner,
            help_links=list(kernel.help_links),
            supported_features=kernel.supported_features(),
            debugger="debugger" in kernel.supported_features(),
        )

    async def connect(self, request: object, context: Context) -> ConnectReply:
        """The five ports."""
        ports: Mapping[str, Any] = self._kernel.host.ports
        return ConnectReply(**ports)

    async def comm_info(self, request: CommInfoRequest, context: Context) -> CommInfoReply:
        """The open comms."""
        return self._kernel.host.comms.info(request.target_name)

    async def shutdown(self, request: ShutdownRequest, context: Context) -> ShutdownReply:
        """Say yes; the kernel ends after the reply."""
        return ShutdownReply(restart=request.restart)

    def after_shutdown_reply(self, reply: ShutdownReply, parent: Header) -> None:
        """Tell all clients, then end (spec, "Kernel shutdown")."""
        self._send(Channel.IOPUB, Message(self._session.header("shutdown_reply"), reply, parent))
        self._kernel.host.shut_down(reply.restart)

    async def interrupt(self, request: object, context: Context) -> InterruptReply:
        """Pass the interrupt on to what is running; with a subshell's id in its header, to that subshell alone."""
        self._interrupt(context.header.subshell_id)
        return InterruptReply()

    async def usage(self, request: object, context: Context) -> Content:
        """What the kernel and its children use of the machine."""
        if self._usage is None:
            from sdk.kernel.usage import Usage  # start-up time: few clients ever ask

            self._usage = Usage()
        reply: Content = self._usage.usage()
        return reply

    async def create_subshell(self, request: object, context: Context) -> CreateSubshellReply:
        """A new subshell."""
        return CreateSubshellReply(self._subshells.create())

    async def delete_subshell(self, request: DeleteSubshellRequest, context: Context) -> DeleteSubshellReply:
        """One subshell less."""
        self._subshells.delete(request.subshell_id)
        return DeleteSubshellReply()

    async def list_subshell(self, request: object, context: Context) -> ListSubshellReply:
        """The subshells' ids."""
        return ListSubshellReply(self._subshells.ids())
