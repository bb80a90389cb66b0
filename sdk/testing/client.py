"""A blocking front-end over real sockets: what tests and the conformance checks talk to kernels with.

    with Client("kernel-1234.json") as client:
        exchange = client.execute("print(1)")
        assert exchange.status == "ok" and exchange.text() == "1\\n"

Not thread-safe; make one client for each thread.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from sdk.errors import ClientError, ConnectionFileError, ProtocolError
from sdk.protocol.connection import ConnectionInfo, parse_startup_file
from sdk.protocol.iopub import IOPubWelcome
from sdk.protocol.message import Buffer, Channel, Content, Header, Message, Session
from sdk.protocol.record import NOTHING
from sdk.protocol.shell import ExecuteRequest, KernelInfoRequest
from sdk.protocol.signing import Signer
from sdk.protocol.stdin import InputReply, InputRequest
from sdk.protocol.wire import from_frames, to_frames
from sdk.testing.exchange import IDLE, Exchange, describe
from sdk.testing.sockets import ClientSockets

Answers = Callable[[InputRequest], str] | Sequence[str]
"""What the user types: a function of the request, or the lines in order."""

_STEP = 0.25  # seconds between two looks at whether the kernel's process is still there
_LOG = 60  # messages shown in an error


class Monitor(Protocol):
    """What a client asks of the kernel's process, to fail early and to say why."""

    def ended(self) -> bool:
        """Whether the process has ended."""

    def diagnosis(self) -> str:
        """What the process wrote, and how it ended."""


class Client:
    """One client of one kernel. Every `timeout` is in seconds, and ends in a ClientError that tells what came."""

    def __init__(
        self,
        connection: ConnectionInfo | str | os.PathLike[str],
        *,
        ready: bool = True,
        timeout: float = 60.0,
        username: str = "test",
        identity: bytes | None = None,
        monitor: Monitor | None = None,
        patience: float = 10.0,
    ) -> None:
        self.info = connection if isinstance(connection, ConnectionInfo) else _read(connection)
        self.signer = Signer(self.info.key.encode("utf-8"), self.info.signature_scheme)
        self.session = Session(os.urandom(8).hex(), username)
        self.kernel_info: Message | None = None
        """The kernel_info_reply that came while waiting for readiness."""
        self.welcome: Message | None = None
        """The first iopub_welcome (JEP 65), when the kernel sends one."""
        self.problems: list[str] = []
        """What came and was no message of this session: bad signatures, bad framing."""
        self.patience = patience
        """The timeout of every call that gives none."""
        self._monitor = monitor
        self._inbox: list[tuple[Channel, Message]] = []
        self._log: deque[tuple[Channel, Message] | str] = deque(maxlen=_LOG)
        self._sent: dict[str, Channel] = {}
        self._sockets = ClientSockets(self.info, identity=identity)
        try:
            if ready:
                self.wait_until_ready(timeout=timeout)
        except BaseException:
            self._sockets.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def identity(self) -> bytes:
        """The routing id of shell, control and stdin."""
        return self._sockets.identity

    @property
    def pending(self) -> list[tuple[Channel, Message]]:
        """What has come and was not taken by anybody, in order; read from the sockets just now."""
        self._inbox.extend(self._arrivals(0))
        return list(self._inbox)

    # -- a request and its answer --------------------------------------------------------------------------------------

    def request(
        self,
        content: Content,
        channel: Channel = Channel.SHELL,
        *,
        metadata: Mapping[str, Any] = NOTHING,
        buffers: Sequence[Buffer] = (),
        subshell_id: str | None = None,
        timeout: float | None = None,
        stdin: Answers | None = None,
    ) -> Exchange:
        """Send `content` and wait for its reply and its idle."""
        header = self.send(content, channel, metadata=metadata, buffers=buffers, subshell_id=subshell_id)
        return self.collect(header, timeout=timeout, stdin=stdin)

    def execute(
        self,
        code: str,
        *,
        timeout: float | None = None,
        stdin: Answers | None = None,
        subshell_id: str | None = None,
        metadata: Mapping[str, Any] = NOTHING,
        **fields: Any,
    ) -> Exchange:
        """Run `code`; `fields` are those of ExecuteRequest. Input is allowed when `stdin` is given."""
        header = self.send_execute(
            code, subshell_id=subshell_id, metadata=metadata, **{"allow_stdin": stdin is not None, **fields}
        )
        return self.collect(header, timeout=timeout, stdin=stdin)

    def send_execute(
        self, code: str, *, subshell_id: str | None = None, metadata: Mapping[str, Any] = NOTHING, **fields: Any
    ) -> Header:
        """Send an execute_request and do not wait; input is not allowed unless `fields` say so."""
        content = ExecuteRequest(code=code, **{"allow_stdin": False, **fields})
        return self.send(content, subshell_id=subshell_id, metadata=metadata)

    def collect(
        self, header: Header, *, timeout: float | None = None, stdin: Answers | None = None, until_idle: bool = True
    ) -> Exchange:
        """Wait for what answers the request with `header`: one reply, and IOPub up to its idle."""
        channel = self._sent.get(header.msg_id, Channel.SHELL)
        seconds = self.patience if timeout is None else timeout
        reply: Message | None = None
        idle = not until_idle
        iopub: list[Message] = []
        asked: list[Message] = []
        answers = stdin if callable(stdin) or stdin is None else _in_order(stdin)
        end = time.monotonic() + seconds
        position = 0

        def belongs(place: Channel, message: Message) -> bool:
            return message.parent_header is not None and message.parent_header.msg_id == header.msg_id

        while reply is None or not idle:
            found = self._next(belongs, position, end)
            if found is None:
                lacking = [word for word, there in (("reply", reply is not None), ("idle", idle)) if not there]
                raise self._failure(f"{header.msg_type} {header.msg_id}: no {' and no '.join(lacking)}", seconds)
            position, place, message = found
            if place is Channel.IOPUB:
                iopub.append(message)
                idle = idle or message.content == IDLE
            elif place is Channel.STDIN:
                asked.append(message)
                self._answer(message, answers)
            elif place is channel and reply is None:
                reply = message
            else:  # a second reply: left for whoever looks at `pending`
                self._inbox.insert(position, (place, message))
                position += 1
        return Exchange(header, reply, iopub, tuple(asked))

    # -- lower level ---------------------------------------------------------------------------------------------------

    def send(
        self,
        content: Content,
        channel: Channel = Channel.SHELL,
        *,
        metadata: Mapping[str, Any] = NOTHING,
        buffers: Sequence[Buffer] = (),
        subshell_id: str | None = None,
        parent: Header | None = None,
    ) -> Header:
        """Send `content` and do not wait."""
        header = self.session.header(content.msg_type, subshell_id=subshell_id)
        self.send_message(Message(header, content, parent, metadata, tuple(buffers)), channel)
        return header

    def send_message(self, message: Message, channel: Channel = Channel.SHELL) -> None:
        """Send `message` as it is."""
        self._sent[message.header.msg_id] = channel
        self.send_frames(to_frames(message, self.signer), channel)

    def send_frames(self, frames: Sequence[Buffer], channel: Channel = Channel.SHELL) -> None:
        """Send anything at all."""
        self._sockets.send(channel, frames)

    def reply_to(self, request: Message, value: str) -> Header:
        """Answer an input_request that was received by hand."""
        return self.send(InputReply(value=value), Channel.STDIN, parent=request.header)

    def receive(self, channel: Channel, *, timeout: float | None = None) -> Message:
        """The next message on `channel` that nobody has taken."""
        return self.wait_for(lambda message: True, channel=channel, timeout=timeout)

    def wait_for(
        self, predicate: Callable[[Message], bool], *, channel: Channel = Channel.IOPUB, timeout: float | None = None
    ) -> Message:
        """Take the first message on `channel` for which `predicate` holds; the others stay."""
        seconds = self.patience if timeout is None else timeout
        found = self._next(
            lambda place, message: place is channel and predicate(message), 0, time.monotonic() + seconds
        )
        if found is None:
            raise self._failure(f"no such message on {channel.value}", seconds)
        return found[2]

    def take(self, predicate: Callable[[Channel, Message], bool]) -> list[Message]:
        """Take all that has come already and for which `predicate` holds."""
        found = [entry for entry in self.pending if predicate(*entry)]
        self._inbox = [entry for entry in self._inbox if entry not in found]
        return [message for _, message in found]

    def heartbeat(self, *, timeout: float = 5.0) -> bool:
        """Whether the heartbeat echoes within `timeout`."""
        return self._sockets.beat(os.urandom(8), timeout)

    def subscribe(self, topic: bytes) -> None:
        """Subscribe to one more topic on IOPub (JEP 65 welcomes every subscription)."""
        self._sockets.subscribe(topic)

    def wait_until_ready(self, *, timeout: float = 60.0, channel: Channel = Channel.SHELL) -> None:
        """Wait until the kernel answers and its IOPub reaches this client; forgets what came meanwhile.

        Not every kernel welcomes a subscriber, so kernel_info is asked again until its busy and idle are seen.
        """
        end = time.monotonic() + timeout
        patience = 0.1  # seconds for a status to arrive after the reply; grows for slow machines
        while True:
            header = self.send(KernelInfoRequest(), channel)
            exchange = self.collect(header, timeout=max(0.0, end - time.monotonic()), until_idle=False)
            self.kernel_info = exchange.reply
            idle_came_first = IDLE in exchange.contents()
            limit = time.monotonic() + patience
            while time.monotonic() < limit or time.monotonic() >= end:
                if idle_came_first or self._is_idle(header):
                    self._inbox.clear()
                    return
                if time.monotonic() >= end:
                    raise self._failure(f"kernel_info is answered and IOPub is silent for {timeout:g} s", timeout)
                self._inbox.extend(self._arrivals(max(0.0, limit - time.monotonic())))
            patience = min(2.0, patience * 1.5)

    def close(self) -> None:
        """Close the sockets."""
        self._sockets.close()

    # -- inside --------------------------------------------------------------------------------------------------------

    def _is_idle(self, header: Header) -> bool:
        return any(
            message.content == IDLE
            and message.parent_header is not None
            and message.parent_header.msg_id == header.msg_id
            for place, message in self._inbox
            if place is Channel.IOPUB
        )

    def _next(
        self, wanted: Callable[[Channel, Message], bool], position: int, end: float
    ) -> tuple[int, Channel, Message] | None:
        """Take the first wanted entry of the inbox at or after `position`; None when none has come by `end`."""
        ended = False
        while True:
            while position < len(self._inbox):
                if wanted(*self._inbox[position]):
                    return position, *self._inbox.pop(position)
                position += 1
            left = end - time.monotonic()
            if left <= 0 or ended:
                return None
            came_to_end = self._monitor is not None and self._monitor.ended()
            self._inbox.extend(self._arrivals(min(left, _STEP)))
            ended = came_to_end and position == len(self._inbox)

    def _arrivals(self, seconds: float) -> Iterator[tuple[Channel, Message]]:
        for channel, frames in self._sockets.receive(seconds):
            try:
                message = from_frames(frames, self.signer)
            except ProtocolError as error:
                self.problems.append(f"{channel.value}: {error}")
                self._log.append(f"{channel.value:7} not a message: {error}")
                continue
            self._log.append((channel, message))
            if isinstance(message.content, IOPubWelcome) and self.welcome is None:
                self.welcome = message
            yield channel, message

    def _answer(self, message: Message, answers: Callable[[InputRequest], str] | None) -> None:
        if answers is None or not isinstance(message.content, InputRequest):
            raise self._failure(f"{message.content!r} came, and no answers were given", 0.0)
        self.reply_to(message, answers(message.content))

    def _failure(self, what: str, timeout: float) -> ClientError:
        ended = self._monitor is not None and self._monitor.ended()
        lines = [f"{what} (the kernel has ended)" if ended else f"{what} within {timeout:g} s" if timeout else what]
        lines += (
            [
                "What came, latest last:",
                *(f"  {entry if isinstance(entry, str) else describe(*entry)}" for entry in self._log),
            ]
            if self._log
            else ["Nothing came."]
        )
        if self._monitor is not None:
            lines.append(self._monitor.diagnosis())
        return ClientError("\n".join(lines))


def _in_order(lines: Sequence[str]) -> Callable[[InputRequest], str]:
    rest = iter(lines)

    def answer(request: InputRequest) -> str:
        try:
            return next(rest)
        except StopIteration:
            raise ClientError(f"input was asked for {len(lines) + 1} times; {len(lines)} answers given") from None

    return answer


def _read(path: str | os.PathLike[str]) -> ConnectionInfo:
    with open(path, encoding="utf-8") as file:
        info = parse_startup_file(file.read())
    if not isinstance(info, ConnectionInfo):
        raise ConnectionFileError(f"{os.fspath(path)}: a registration file; a client needs the connection file")
    return info
