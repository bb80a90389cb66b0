"""`Inside`: a kernel without sockets, in a program's own hands: it gives requests, and is told what the kernel says.

Messages are dicts, with the names of the wire.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sdk.kernel.base import Kernel
from sdk.kernel.comms import Comms
from sdk.kernel.context import Context
from sdk.kernel.dicts import as_dict, message_of
from sdk.kernel.dispatch import Dispatcher
from sdk.kernel.execution import Execution
from sdk.kernel.history import History
from sdk.kernel.host import Host
from sdk.kernel.own_answers import OwnAnswers
from sdk.kernel.pace import Immediate
from sdk.kernel.stdin import Stdin
from sdk.kernel.subshells import Subshells
from sdk.protocol.message import Channel, Message, Session

Say = Callable[[str, dict[str, Any], Sequence[bytes]], None]
"""Gets a channel's name, a message and whom it is for. An input_request is answered by `answer_input` within it."""


class Inside:
    """One kernel. A request is answered on the loop that awaits `receive`; there are no subshells."""

    def __init__(
        self,
        kernel: Kernel,
        say: Say,
        log: Callable[[str], None],
        *,
        interrupt: Callable[[], object] = lambda: None,
        shut_down: Callable[[bool], object] = lambda restart: None,
    ) -> None:
        """`interrupt` and `shut_down` are called for such requests."""
        self.kernel = kernel
        self._say = say
        self._sequence = 0
        self._session = session = Session(os.urandom(16).hex(), os.environ.get("USER") or "kernel")
        self._pace = pace = Immediate()
        kernel.host = Host(
            comms=Comms(self._send, session, log, pace=pace),
            history=History(None, lambda callback: None, log),
            shut_down=lambda restart: _nothing(shut_down(restart)),
            log=log,
            ports={f"{channel.value}_port": 0 for channel in Channel},
        )
        subshells = Subshells(
            lambda subshell_id: Execution(kernel, lambda: self._sequence), begin=_refused, end=_refused
        )
        own = OwnAnswers(
            kernel,
            send=self._send,
            session=session,
            subshells=subshells,
            interrupt=lambda subshell_id: _nothing(interrupt()),
        )
        self._stdin = Stdin(self._send, session, pace)
        self._dispatcher = Dispatcher(
            kernel, send=self._send, session=session, pace=pace, own=own, stdin=self._stdin, subshells=subshells
        )

    async def receive(self, channel: str, fields: Mapping[str, Any], identities: Sequence[bytes] = ()) -> None:
        """Answer a request. Raises KeyError for what is no message."""
        self._sequence += 1
        await self._dispatcher.receive(Channel(channel), message_of(fields, identities), self._sequence)

    def answer_input(self, question: Mapping[str, Any], line: str, identities: Sequence[bytes]) -> None:
        """Answer the input_request `question`, while it is told of."""
        header = self._session.header("input_reply")
        fields = {"header": header._asdict(), "parent_header": question["header"], "content": {"value": line}}
        self._stdin.receive(message_of(fields, identities))

    def context(self, fields: Mapping[str, Any]) -> Context:
        """A voice in the name of the request `fields`."""
        return Context(
            message_of(fields),
            send=self._send,
            session=self._session,
            pace=self._pace,
            stdin=self._stdin,
            channel=Channel.SHELL,
        )

    def _send(self, channel: Channel, message: Message) -> None:
        self._say(channel.value, as_dict(message), message.identities)


def _nothing(value: object) -> None:
    """Whatever it was."""


def _refused(subshell_id: str) -> None:
    raise NotImplementedError("this kernel has one thread, and no subshells")
