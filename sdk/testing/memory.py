"""`MemoryFrontend`: a kernel without sockets, threads or clocks. What it says is a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sdk.kernel.base import Kernel
from sdk.kernel.comms import Comms
from sdk.kernel.dispatch import Dispatcher
from sdk.kernel.execution import Execution
from sdk.kernel.history import History
from sdk.kernel.host import Host
from sdk.kernel.own_answers import OwnAnswers
from sdk.kernel.pace import Immediate
from sdk.kernel.stdin import Stdin
from sdk.kernel.subshells import Subshells
from sdk.magics.front import front_of
from sdk.protocol.message import Buffer, Channel, Content, Message, Session
from sdk.protocol.record import NOTHING
from sdk.protocol.shell import ExecuteRequest
from sdk.protocol.stdin import InputReply, InputRequest

_CLIENT = b"client"


class MemoryFrontend:
    """Runs a kernel class and talks to it, all in this thread.

        frontend = MemoryFrontend(MyKernel)
        assert frontend.execute("hello")[2] == Stream("stdout", "hello")

    Text is not joined: every `context.stream` is one message. `do_execute` must not wait for anything but its context:
    there is no loop.
    """

    def __init__(self, kernel_class: Callable[[], Kernel], *, answers: Sequence[str] = ()) -> None:
        self.sent: list[tuple[Channel, Message]] = []
        """Everything that the kernel has sent, in order, with its channel."""
        self.logged: list[str] = []
        self.interrupts = 0
        self.shut_down: bool | None = None
        """Whether the kernel asked for its end: None, or the `restart` of the request."""
        self.sequence = 0
        self._answers = list(answers)
        self._session = Session("client", "user")
        kernel_session = Session("kernel", "kernel")
        self.kernel = kernel_class()
        pace = Immediate()
        self.kernel.host = Host(
            comms=Comms(self._send, kernel_session, self.logged.append, pace=pace),
            history=History(None, lambda callback: None, self.logged.append),
            shut_down=self._shut_down,
            log=self.logged.append,
            ports={f"{channel.value}_port": number for number, channel in enumerate(Channel, 1)},
        )
        self.begun: list[str] = []
        """The subshells that were begun and not ended."""
        front = front_of(self.kernel)
        subshells = Subshells(
            lambda subshell_id: Execution(self.kernel, lambda: self.sequence, author=front),
            begin=self.begun.append,
            end=self.begun.remove,
        )
        own = OwnAnswers(
            self.kernel, send=self._send, session=kernel_session, subshells=subshells, interrupt=self._interrupt
        )
        self.stdin = Stdin(self._send, kernel_session, pace)
        self.dispatcher = Dispatcher(
            self.kernel,
            send=self._send,
            session=kernel_session,
            pace=pace,
            own=own,
            stdin=self.stdin,
            subshells=subshells,
            author=front,
        )

    def message(
        self,
        content: Content,
        *,
        metadata: Mapping[str, Any] = NOTHING,
        buffers: Sequence[Buffer] = (),
        subshell_id: str | None = None,
    ) -> Message:
        """A message from this front-end."""
        header = self._session.header(content.msg_type, subshell_id=subshell_id)
        return Message(header, content, None, metadata, buffers, (_CLIENT,))

    def receive(
        self, message: Message, *, channel: Channel = Channel.SHELL, sequence: int | None = None
    ) -> list[Message]:
        """Let the kernel receive `message`; what it sends, in order. `sequence` counts arrivals."""
        self.sequence += 1
        start = len(self.sent)
        receiving = self.dispatcher.receive(channel, message, self.sequence if sequence is None else sequence)
        try:
            receiving.send(None)
        except StopIteration:
            return [sent for _, sent in self.sent[start:]]
        receiving.close()
        raise RuntimeError(f"{message.header.msg_type}: the kernel awaits something that is not its context's")

    def request(
        self, content: Content, *, channel: Channel = Channel.SHELL, subshell_id: str | None = None, **fields: Any
    ) -> list[Content]:
        """Let the kernel receive a message with this content; the contents that it sends, in order."""
        message = self.message(content, subshell_id=subshell_id, **fields)
        return [sent.content for sent in self.receive(message, channel=channel)]

    def execute(self, code: str, **fields: Any) -> list[Content]:
        """Run a cell; the contents that the kernel sends, in order."""
        return self.request(ExecuteRequest(code, **fields))

    def _send(self, channel: Channel, message: Message) -> None:
        self.sent.append((channel, message))
        if isinstance(message.content, InputRequest) and self._answers:
            # The kernel has not begun to wait yet, but its question is open: the answer may come at any time.
            reply = InputReply(self._answers.pop(0))
            header = self._session.header("input_reply")
            self.dispatcher.receive_stdin(Message(header, reply, message.header, identities=(_CLIENT,)))

    def _interrupt(self, subshell_id: str | None = None) -> None:
        self.interrupts += 1

    def _shut_down(self, restart: bool) -> None:
        self.shut_down = restart
