"""Pairs each input_request with its input_reply (spec, "Messages on the stdin channel")."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from sdk.errors import StdinNotImplementedError
from sdk.named_tuple import NamedTuple
from sdk.protocol.message import Channel, ErrorReply, Header, Message, Send, Session
from sdk.protocol.stdin import InputReply, InputRequest
from sdk.seam import Pace, Waiter

_END_OF_FILE = "\x04"


class _Question(NamedTuple):
    msg_id: str
    asked_by: str
    waiter: Waiter


class Stdin:
    """Asks clients for lines. Several questions may be open at once: of two subshells, of two threads of a cell.

    A late answer to a question that is open no more is dropped.
    """

    def __init__(self, send: Send, session: Session, pace: Pace) -> None:
        self._send = send
        self._session = session
        self._pace = pace
        self._lock = Lock()
        self._open: dict[tuple[bytes, ...], list[_Question]] = {}

    def ask(self, request: Message, *, prompt: str, password: bool) -> Waiter:
        """Send an input_request to the client that sent `request`; the waiter gets the line."""
        waiter = self._pace.waiter()
        header = self._session.header("input_request")
        with self._lock:
            questions = self._open.setdefault(request.identities, [])
            questions.append(_Question(header.msg_id, request.header.msg_id, waiter))
        content = InputRequest(prompt=prompt, password=password)
        self._send(Channel.STDIN, Message(header, content, request.header, identities=request.identities))
        return waiter

    def receive(self, message: Message) -> None:
        """Take an input_reply. Without an open question from us, or as an answer to an older one, it is dropped."""
        with self._lock:
            questions = self._open.get(message.identities, [])
            question = _answered(questions, message.parent_header)
            if question is None:
                return
            questions.remove(question)
        content, waiter = message.content, question.waiter
        if isinstance(content, InputReply):
            waiter.bring(EOFError() if content.value == _END_OF_FILE else content.value)
        elif isinstance(content, ErrorReply):
            waiter.bring(StdinNotImplementedError(content.evalue or "the client could not ask its user"))
        else:
            waiter.bring(StdinNotImplementedError("the client sent an input_reply without a value"))

    def withdraw(self, request: Message, waiter: Waiter) -> None:
        """Nobody waits for this answer any more, or it has come."""
        self._close(request, lambda question: question.waiter is waiter)

    def forget(self, request: Message) -> None:
        """The request that asked has ended; whatever is answered now is for nobody."""
        for question in self._close(request, lambda question: question.asked_by == request.header.msg_id):
            question.waiter.bring(StdinNotImplementedError("the cell that asked has ended"))

    def _close(self, request: Message, condition: Callable[[_Question], bool]) -> list[_Question]:
        with self._lock:
            questions = self._open.get(request.identities, [])
            closed = [question for question in questions if condition(question)]
            left = [question for question in questions if not condition(question)]
            if left:
                self._open[request.identities] = left
            else:
                self._open.pop(request.identities, None)
        return closed


def _answered(questions: list[_Question], parent: Header | None) -> _Question | None:
    if parent is not None and parent.msg_type == "input_request":
        return next((question for question in questions if question.msg_id == parent.msg_id), None)
    # Some clients leave the parent of an input_reply empty; then it answers what was asked first.
    return questions[0] if questions else None
