"""Pairs each input_request with its input_reply (spec, "Messages on the stdin channel")."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

from sdk.errors import StdinNotImplementedError
from sdk.protocol.message import Channel, ErrorReply, Header, Message, Send, Session
from sdk.protocol.stdin import InputReply, InputRequest
from sdk.seam import Pace, Waiter

_END_OF_FILE = "\x04"


class _Question(NamedTuple):
    msg_id: str
    asked_by: str
    waiter: Waiter


class Stdin:
    """Asks clients for lines. One question at a time for each client; a late answer to an old question is dropped."""

    def __init__(self, send: Send, session: Session, pace: Pace) -> None:
        self._send = send
        self._session = session
        self._pace = pace
        self._lock = Lock()
        self._waiting: dict[tuple[bytes, ...], _Question] = {}

    def ask(self, request: Message, *, prompt: str, password: bool) -> Waiter:
        """Send an input_request to the client that sent `request`; the waiter gets the line."""
        waiter = self._pace.waiter()
        header = self._session.header("input_request")
        with self._lock:
            previous = self._waiting.get(request.identities)
            self._waiting[request.identities] = _Question(header.msg_id, request.header.msg_id, waiter)
        if previous is not None:
            previous.waiter.bring(StdinNotImplementedError("another question took the place of this one"))
        content = InputRequest(prompt=prompt, password=password)
        self._send(Channel.STDIN, Message(header, content, request.header, identities=request.identities))
        return waiter

    def receive(self, message: Message) -> None:
        """Take an input_reply. Without an open question from us, or as an answer to an older one, it is dropped."""
        with self._lock:
            question = self._waiting.get(message.identities)
            if question is None or not _answers(message.parent_header, question.msg_id):
                return
            del self._waiting[message.identities]
        content, waiter = message.content, question.waiter
        if isinstance(content, InputReply):
            waiter.bring(EOFError() if content.value == _END_OF_FILE else content.value)
        elif isinstance(content, ErrorReply):
            waiter.bring(StdinNotImplementedError(content.evalue or "the client could not ask its user"))
        else:
            waiter.bring(StdinNotImplementedError("the client sent an input_reply without a value"))

    def forget(self, request: Message) -> None:
        """The request that asked has ended; whatever is answered now is for nobody."""
        with self._lock:
            question = self._waiting.get(request.identities)
            if question is None or question.asked_by != request.header.msg_id:
                return  # none is open, or one of another shell's cell
            del self._waiting[request.identities]
        question.waiter.bring(StdinNotImplementedError("the cell that asked has ended"))


def _answers(parent: Header | None, msg_id: str) -> bool:
    # Some clients leave the parent of an input_reply empty; then it answers whatever is open.
    return parent is None or parent.msg_id == msg_id or parent.msg_type != "input_request"
