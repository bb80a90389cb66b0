"""`Outside`: what software that was written for another kernel does with messages: sends them, answers them itself."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from sdk.kernel.context import Context
from sdk.kernel.dicts import content_of, header_of, message_of
from sdk.protocol.control import DebugRequest
from sdk.protocol.message import Channel, Header, Message, Send, Session
from sdk.seam import Lane

Handler = Callable[[Message], Coroutine[Any, Any, None]]


class Outside:
    """Messages go out and come in as dicts. The dispatcher fills it in."""

    send: Send
    session: Session
    answer: Callable[[Channel, Message], Coroutine[Any, Any, None]]

    def __init__(self) -> None:
        self.handlers: dict[tuple[str, str], Handler] = {}
        """Who answers in the SDK's place: channel, msg_type -> a coroutine function. It sends the reply, too."""

    def lane(self, msg_type: str) -> Lane | None:
        """Where such a handler runs: code of the user's, so never on the control thread. None: there is none."""
        if (Channel.SHELL.value, msg_type) in self.handlers:
            return Lane.IN_ORDER
        if (Channel.CONTROL.value, msg_type) not in self.handlers:
            return None
        return Lane.ASIDE if msg_type == DebugRequest.msg_type else Lane.WORKER  # the worker may be stopped

    def say(
        self,
        channel: str,
        msg_type: str,
        content: Mapping[str, Any],
        *,
        parent: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        buffers: Sequence[Any] = (),
        identities: Sequence[bytes] = (),
        header: Mapping[str, Any] | None = None,
    ) -> Header:
        """Send any message. `parent` is a message or its header."""
        context = Context.of_this_task()
        above = header_of(parent) if parent else None
        if context is not None:
            context.flush()
            if msg_type.endswith("_reply") and above is not None and above.msg_id == context.header.msg_id:
                context.answered = True
        own = self.session.header(msg_type) if header is None else header_of(header, msg_type)
        message = Message(own, content_of(msg_type, content), above, metadata or {}, tuple(buffers), tuple(identities))
        self.send(Channel(channel), message)
        return own

    async def answer_dict(self, channel: str, fields: Mapping[str, Any], identities: Sequence[bytes]) -> None:
        """Answer a request as the SDK does. Raises KeyError when it is none."""
        await self.answer(Channel(channel), message_of(fields, identities))
