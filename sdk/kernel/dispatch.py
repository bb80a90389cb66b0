"""`Dispatcher.receive`: every request gets exactly one reply between one busy and one idle, whatever is wrong with it.

One convention and no branches: `x_request` -> a handler for x -> `x_reply`. What the author wrote is called through the
`drive` of the thread that received the message; what the SDK answers itself stands in `own_answers.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from sdk.errors import BadReturnValueError, ContentError, UnsupportedRequestError
from sdk.kernel.base import Kernel, WhileBusy
from sdk.kernel.context import Context
from sdk.kernel.failure import error_reply
from sdk.kernel.language import Language
from sdk.kernel.own_answers import OwnAnswers
from sdk.kernel.pace import straight
from sdk.kernel.stdin import Stdin
from sdk.kernel.subshells import Subshells
from sdk.named_tuple import NamedTuple
from sdk.protocol.control import DebugReply, DebugRequest, ShutdownReply
from sdk.protocol.iopub import Status
from sdk.protocol.message import (
    Channel,
    Content,
    CustomContent,
    ErrorReply,
    Header,
    MalformedContent,
    Message,
    Send,
    Session,
)
from sdk.protocol.record import NOTHING
from sdk.protocol.shell import (
    CompleteReply,
    CompleteRequest,
    ExecuteRequest,
    HistoryReply,
    InspectReply,
    IsCompleteReply,
)
from sdk.seam import Drive, Lane, Pace

if TYPE_CHECKING:  # start-up time
    from sdk.kernel.author import Author

Answer = Callable[[Any, Context], Coroutine[Any, Any, Content | None]]

_AUTHOR_LANES = {WhileBusy.WAIT: Lane.IN_ORDER, WhileBusy.LOOP: Lane.LOOP, WhileBusy.THREAD: Lane.WORKER}

# What the author may answer besides execute_request: method, reply, and whether it must come soon.
_AUTHOR_ANSWERS: Mapping[str, tuple[str, type[Content], bool]] = {
    "complete_request": ("do_complete", CompleteReply, True),
    "inspect_request": ("do_inspect", InspectReply, True),
    "is_complete_request": ("do_is_complete", IsCompleteReply, True),
    "history_request": ("do_history", HistoryReply, True),
    "debug_request": ("do_debug", DebugReply, False),
}
_LATE = sys.maxsize  # what is answered late was kept back, and is not aborted
_BUSY, _IDLE = Status("busy"), Status("idle")
_NO_REPLY = ("comm_open", "comm_msg", "comm_close")


class _Handler(NamedTuple):
    answer: Answer
    lane: Lane
    reply: type[Content] | None = None  # None: the SDK's own code, which needs no drive and no check
    limited: bool = False
    own: _Handler | None = None
    """Answers in its place what is no business of who stands before the kernel: the author has not written this."""


class Dispatcher:
    """Takes messages, answers them, and knows on which lane each belongs."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        send: Send,
        session: Session,
        pace: Pace,
        own: OwnAnswers,
        stdin: Stdin,
        subshells: Subshells,
        author: Author | None = None,
    ) -> None:
        """`author` stands before the kernel, if anything does."""
        self._kernel = kernel
        self._author = author
        self._send = send
        self._session = session
        self._pace = pace
        self._own = own
        self._stdin = stdin
        self._subshells = subshells
        self._limited: dict[str, Context] = {}  # of requests that must be answered soon, by their ids
        self.language = Language(kernel)
        outside = kernel.host.outside
        outside.send, outside.session, outside.answer = send, session, self.answer
        self._others = outside.handlers
        self._handlers = {**self._own_handlers(), **self._author_handlers()}

    def _own_handlers(self) -> dict[str, _Handler]:
        return {
            msg_type: _Handler(answer, Lane.WORKER if msg_type in self._own.SLOW else Lane.AT_ONCE)
            for msg_type, answer in self._own.table().items()
        }

    def _author_handlers(self) -> dict[str, _Handler]:
        kernel, lane = self._kernel, _AUTHOR_LANES[self._kernel.while_busy]
        handlers = {}
        for msg_type, (method, reply, limited) in _AUTHOR_ANSWERS.items():
            if self._author is not None and hasattr(self._author, method):
                written = kernel.implements(method) or msg_type == "execute_request"
                own_answer = None if written else _Handler(getattr(kernel, method), Lane.AT_ONCE)
                handlers[msg_type] = _Handler(getattr(self._author, method), lane, reply, limited, own_answer)
            elif kernel.implements(method):
                # All others may be stopped by the debugger.
                own_lane = Lane.ASIDE if msg_type == "debug_request" else lane
                handlers[msg_type] = _Handler(getattr(kernel, method), own_lane, reply, limited)
            elif msg_type != "debug_request":
                own = Lane.WORKER if msg_type == "history_request" else Lane.AT_ONCE
                handlers[msg_type] = _Handler(getattr(kernel, method), own)
            elif kernel.implements("do_variables"):
                from sdk.kernel.variables import VariablesView  # start-up time: most kernels have none

                handlers[msg_type] = _Handler(VariablesView(kernel).answer, lane, reply)
        if kernel.exchanges_variables:
            from sdk.kernel.variable_exchange import VariableExchange  # start-up time: most kernels have none

            exchange = VariableExchange(kernel)
            handlers["get_variable_request"] = _Handler(exchange.give, Lane.IN_ORDER, Content)
            handlers["set_variable_request"] = _Handler(exchange.take, Lane.IN_ORDER, Content)
        for name in dir(type(kernel)):  # message types of the author's own: do_apply answers apply_request
            msg_type = f"{name.removeprefix('do_')}_request"
            if name.startswith("do_") and not hasattr(Kernel, name) and msg_type not in handlers:
                handlers[msg_type] = _Handler(getattr(kernel, name), Lane.IN_ORDER, Content)
        return handlers

    # -- which way -----------------------------------------------------------------------------------------------------

    def lane(self, message: Message) -> Lane:
        """Where and when this message is answered. Cheap; called on whatever thread received it."""
        if not self._subshells.knows(message.header.subshell_id):
            return Lane.AT_ONCE
        if self._others and (other := self._kernel.host.outside.lane(message.header.msg_type)) is not None:
            return other
        handler = self._handler(message.header.msg_type, message.content)
        if handler is None:
            # A comm's message may be what the cell awaits (a widget's answer).
            return Lane.LOOP if message.header.msg_type in _NO_REPLY else Lane.IN_ORDER
        if handler.reply is not None and self._waits_for_language(message):
            return Lane.IN_ORDER  # the language starts on the main thread
        return handler.lane

    def _handler(self, msg_type: str, content: Content) -> _Handler | None:
        handler = self._handlers.get(msg_type)
        if handler is None or handler.own is None or self._author is None:
            return handler
        return handler if self._author.is_concerned(str(getattr(content, "code", ""))) else handler.own

    def shell_of(self, message: Message) -> str | None:
        """The subshell that answers this: the one it names, or whose code waits for it. None: the main shell."""
        if message.header.msg_type == "comm_msg":
            return self._kernel.host.comms.asker(message)
        return message.header.subshell_id

    def supersedes(self, newer: Message, older: Message) -> bool:
        """Whether nobody waits for the answer to `older`: the user has typed on, and each key asks for completions."""
        return (
            isinstance(older.content, CompleteRequest)
            and isinstance(newer.content, CompleteRequest)
            and newer.content != older.content
            and newer.header.session == older.header.session
        )

    def knows_subshell(self, subshell_id: str) -> bool:
        """Whether there is such a subshell."""
        return self._subshells.knows(subshell_id)

    async def begin(self, drive: Drive) -> None:
        """Start the language ahead of the first cell. A failure is told there: starting is tried again."""
        try:
            await self.language.start(drive)
        except GeneratorExit:
            raise
        except BaseException as error:  # an interrupt too: it ends the start, not the kernel
            self._kernel.host.log(f"the language did not start: {type(error).__name__}: {error}")

    def interrupt_waiting(self, through: int) -> None:
        """An interrupt came while the language started: it is for the cells that had arrived by this number."""
        self._subshells.execution(None).interrupt_through = through

    async def end(self, drive: Drive, *, restart: bool) -> None:
        """End the language."""
        try:
            await self.language.stop(drive, restart=restart)
        except GeneratorExit:
            raise
        except BaseException as error:
            self._kernel.host.log(f"the language did not end well: {type(error).__name__}: {error}")

    # -- the way through -----------------------------------------------------------------------------------------------

    async def receive(self, channel: Channel, message: Message, sequence: int = 0, drive: Drive = straight) -> None:
        """Answer one message of shell or control. `sequence` counts arrivals, for stop_on_error. Never raises."""
        header = message.header
        context = Context(
            message, send=self._send, session=self._session, pace=self._pace, stdin=self._stdin, channel=channel
        )
        if channel is Channel.CONTROL:
            self._kernel.host.last_control = message
        self._status(_BUSY, header)
        context.sequence, context.drive = sequence, drive
        reply = None
        token = context.enter()
        try:
            reply = await self._answer_or_other(message, context, drive)
        except GeneratorExit:
            raise
        except BaseException as exception:  # the one place: whatever happens, the client gets its reply
            reply = self._failed(header, exception, answered=context.answered)
        finally:
            context.leave(token)
        if not context.take_answer():
            return  # it was given up
        self._close(channel, message, reply, context)
        if isinstance(reply, ShutdownReply):
            self._own.after_shutdown_reply(reply, header)

    def give_up(self, message: Message, error: BaseException) -> None:
        """Answer with `error` a request whose time is limited and over, while the author's code is at it still."""
        context = self._limited.get(message.header.msg_id)
        if context is not None and context.take_answer():
            reply = error_reply(_reply_type(message.header.msg_type), error)
            self._close(context.channel, message, reply, context)

    def _close(self, channel: Channel, message: Message, reply: Content | None, context: Context) -> None:
        context.close()
        if reply is not None:
            self._reply(channel, message, reply, context)
        context.end(lambda: self._status(_IDLE, message.header))

    def receive_stdin(self, message: Message) -> None:
        """Take a message of the stdin channel."""
        self._stdin.receive(message)

    async def answer(self, channel: Channel, message: Message) -> None:
        """Answer a request, without busy and idle, for a handler of somebody else's that stands before ours.

        It may do so in its time: later, from a task of its own.
        """
        context = Context.of_this_task()
        if context is not None and context.header.msg_id == message.header.msg_id:
            context.answered = True
            await self._answer_for_another(channel, message, context)
            return
        context = Context(
            message, send=self._send, session=self._session, pace=self._pace, stdin=self._stdin, channel=channel
        )
        context.sequence, context.drive = _LATE, _called
        token = context.enter()
        try:
            await self._answer_for_another(channel, message, context)
        finally:
            context.leave(token)

    async def _answer_for_another(self, channel: Channel, message: Message, context: Context) -> None:
        try:
            reply = await self._answer(message, context, context.sequence, context.drive)
        except Exception as exception:  # as in `receive`
            reply = self._failed(message.header, exception)
        context.close()
        if reply is not None:
            self._reply(channel, message, reply, context)

    async def _answer_or_other(self, message: Message, context: Context, drive: Drive) -> Content | None:
        if self._others:
            other = self._others.get((context.channel.value, message.header.msg_type))
            if other is not None:
                await drive(other(message))
                return None
        return await self._answer(message, context, context.sequence, drive)

    async def _answer(self, message: Message, context: Context, sequence: int, drive: Drive) -> Content | None:
        msg_type, content = message.header.msg_type, message.content
        execution = self._subshells.execution(message.header.subshell_id)
        if isinstance(content, MalformedContent):
            raise ContentError(content.reason)
        if isinstance(content, ExecuteRequest):
            context.reply_metadata["started"] = self._session.date()
            if execution.is_aborted(sequence):
                return ErrorReply("execute_reply", status="aborted")
            try:
                execution.raise_interrupt(sequence)
                await self._wait_for_language(message, drive)
            except GeneratorExit:
                raise
            except BaseException as exception:  # shown in the cell that wanted the language
                return execution.failed(exception, content, context)
            return await execution.execute(content, context, drive)
        if msg_type in _NO_REPLY:
            await drive(self._received(message))
            return None
        handler = self._handler(msg_type, content)
        if handler is None:
            if msg_type.endswith("_reply"):
                return None
            raise UnsupportedRequestError(
                f"{msg_type}: {self._kernel.implementation or 'this kernel'} does not serve it"
            )
        if handler.reply is None:
            return await handler.answer(content, context)
        if self._waits_for_language(message):
            await self._wait_for_language(message, drive)
        if not handler.limited:
            return _checked(await drive(handler.answer(content, context)), handler.reply, msg_type)
        self._limited[message.header.msg_id] = context
        try:
            value: object = await drive(handler.answer(content, context), self._kernel.reply_timeout)
        finally:
            self._limited.pop(message.header.msg_id, None)
        return _checked(value, handler.reply, msg_type)

    def _waits_for_language(self, message: Message) -> bool:
        if self.language.ready:
            return False
        content = message.content
        return not isinstance(content, DebugRequest) or content.fields.get("command") not in self._kernel.debug_early

    async def _wait_for_language(self, message: Message, drive: Drive) -> None:
        await (self.language.start(drive) if message.header.subshell_id is None else self.language.started(drive))

    async def _received(self, message: Message) -> None:
        """A comm's message: its callbacks are the user's code, so it is driven as that."""
        self._kernel.host.comms.receive(message)

    def _reply(self, channel: Channel, message: Message, reply: Content, context: Context) -> None:
        metadata: Mapping[str, Any] = context.reply_metadata or NOTHING
        if message.header.msg_type == "execute_request":
            status = reply.status if isinstance(reply, ErrorReply) else "ok"
            metadata = {
                "dependencies_met": True,
                "engine": self._session.session_id,
                "status": status,
                **context.reply_metadata,
            }
        header = self._session.header(reply.msg_type)
        self._send(channel, Message(header, reply, message.header, metadata, context.reply_buffers, message.identities))

    def _failed(self, header: Header, exception: BaseException, *, answered: bool = False) -> ErrorReply | None:
        if answered or header.msg_type in _NO_REPLY:
            self._kernel.host.log(f"{header.msg_type}: {type(exception).__name__}: {exception}")
            return None
        return error_reply(_reply_type(header.msg_type), exception)

    def _status(self, state: Status, parent: Header) -> None:
        self._send(Channel.IOPUB, Message(self._session.header("status"), state, parent))


async def _called(work: Coroutine[Any, Any, Any], limit: float | None = None) -> Any:
    """The drive of what a task of the user's has answered."""
    __user_code_below__ = True  # noqa: F841  # see sdk.transport.stack: so that it can be interrupted
    return await work


def _reply_type(msg_type: str) -> str:
    return f"{msg_type.removesuffix('_request')}_reply"


def _checked(value: object, expected: type[Content], msg_type: str) -> Content:
    if isinstance(value, expected):
        return value
    if expected is Content and isinstance(value, Mapping):
        return CustomContent(_reply_type(msg_type), value)
    method = f"do_{msg_type.removesuffix('_request')}"
    raise BadReturnValueError(f"{method} returned {type(value).__name__} {value!r:.60}: expected {expected.__name__}")
