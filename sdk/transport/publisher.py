"""`Publisher`: the IOPub socket with its lock and its rules.

Nobody who reads loses anything because somebody else does not: with NODROP a full client stops the sending, and what
comes then is kept in order in `_kept` (and whoever writes much is held back, see `crowded`). A client that takes
nothing for `patience` seconds loses its share: one message sent without NODROP takes its full pipe out of the way. When
there is no subscriber at all, messages are kept for the next one, within bounds.

The clients of a kernel that has died and been started again come back one after the other, and each may send a request
before all of its own sockets are connected: what is published in the first seconds is repeated to every new subscriber,
and to it alone, until one leaves. ZeroMQ cannot address one subscriber, but with XPUB_MANUAL it is we who say what a
pipe is subscribed to: a pipe that wants everything is subscribed to each first byte that a topic can have, and to the
empty topic only while it is greeted. So what is sent under the empty topic goes to the one that is greeted.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from threading import Lock

import zmq

from sdk.protocol.message import Buffer
from sdk.transport.alarm import Alarm
from sdk.transport.frames import drain, send

CROWDED = 4 << 20  # bytes kept while clients are slow: more, and writers wait
_RETRY = 0.004
_ABSENT_MESSAGES = 10_000
_ABSENT_BYTES = 64 << 20
_EARLY_MESSAGES = 500  # fewer than the queue of a new client takes
_EARLY_BYTES = 4 << 20
_FIRST_BYTES = [bytes((byte,)) for byte in range(0x21, 0x7F)]


class Publisher:
    """IOPub. Any thread may publish; it never blocks. A topic begins with a visible ASCII character."""

    def __init__(
        self,
        socket: zmq.Socket[bytes],
        alarm: Alarm,
        *,
        welcome: Callable[[bytes], Sequence[Buffer]],
        notice: Callable[[int, int], Sequence[Buffer]],
        room: Callable[[], None],
        patience: float,
        early: float = 2.0,
    ) -> None:
        """`early`: for how many seconds what is sent is remembered for clients that come a little later."""
        self._socket = self._manual(socket)
        self._alarm = alarm
        self._welcome = welcome
        self._notice = notice
        self._room = room
        self._patience = patience
        self._lock = Lock()
        self._kept: deque[tuple[Sequence[Buffer], int]] = deque()
        self._kept_bytes = 0
        self._topics: Counter[bytes] = Counter()
        self._early: list[Sequence[Buffer]] | None = []  # what was sent in the first seconds
        self._early_bytes = 0
        self._early_until = time.monotonic() + early
        self._stuck_since: float | None = None
        self._lost_messages = 0
        self._lost_bytes = 0
        self.crowded = False
        """Whether so much waits for slow clients that writers shall wait too."""

    def fileno(self) -> int:
        """The descriptor that becomes readable when a client may have subscribed."""
        return int(self._socket.getsockopt(zmq.FD))

    def publish(self, frames: Sequence[Buffer], *, copy: bool = True) -> None:
        """Send to all subscribers, or keep until they take it."""
        with self._lock:
            if self._kept or not self._topics:
                self._keep(frames)
            elif not self._send(frames, copy):
                self._keep(frames)
            drain(self._socket, self._subscription)

    def drain(self) -> None:
        """Take new subscriptions."""
        with self._lock:
            drain(self._socket, self._subscription)

    def retry(self) -> None:
        """Send what is kept, as far as clients take it. Called when the alarm is due."""
        if not self._kept:
            return
        with self._lock:
            self._send_kept()
            drain(self._socket, self._subscription)

    def replace(self, socket: zmq.Socket[bytes]) -> zmq.Socket[bytes]:
        """Use another socket from now on; the old one, which nobody watches any more. Watch the new descriptor."""
        with self._lock:
            old, self._socket = self._socket, self._manual(socket)
            self._topics.clear()
            drain(self._socket, self._subscription)
        return old

    def close(self) -> None:
        """Close the socket; what it has taken still goes out within its linger time."""
        self.retry()
        with self._lock:
            self._socket.close()

    def _send(self, frames: Sequence[Buffer], copy: bool = True) -> bool:
        sent = self._try(frames, copy)
        if sent and self._early is not None:
            self._remember(frames)
        return sent

    def _try(self, frames: Sequence[Buffer], copy: bool = True) -> bool:
        try:
            send(self._socket, frames, copy=copy)
        except zmq.Again:
            return False
        return True

    def _remember(self, frames: Sequence[Buffer]) -> None:
        assert self._early is not None
        self._early.append(frames)
        self._early_bytes += sum(len(frame) for frame in frames)
        if (
            time.monotonic() > self._early_until
            or len(self._early) > _EARLY_MESSAGES
            or self._early_bytes > _EARLY_BYTES
        ):
            self._early = None

    def _send_kept(self) -> None:
        if not self._topics:
            return
        before = len(self._kept)
        while self._kept and self._send(self._kept[0][0]):
            self._kept_bytes -= self._kept.popleft()[1]
        if not self._kept:
            self._stuck_since = None
        elif len(self._kept) < before or self._stuck_since is None:
            self._stuck_since = time.monotonic()
        elif time.monotonic() - self._stuck_since > self._patience:
            self._give_up_on_the_stalled()
        if self._kept:
            self._alarm.within(_RETRY if before - len(self._kept) else 4 * _RETRY)
        if self._kept_bytes < CROWDED // 2:
            self._make_room()

    def _make_room(self) -> None:
        if self.crowded:
            self.crowded = False
            self._room()

    def _give_up_on_the_stalled(self) -> None:
        frames, size = self._kept.popleft()
        self._kept_bytes -= size
        self._lost_messages += 1
        self._lost_bytes += size
        self._socket.setsockopt(zmq.XPUB_NODROP, 0)
        try:
            self._send(frames)
        finally:
            self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        self._stuck_since = None

    def _keep(self, frames: Sequence[Buffer]) -> None:
        size = sum(len(frame) for frame in frames)
        if self._topics:
            self._kept.append((frames, size))
            self._kept_bytes += size
            self.crowded = self.crowded or self._kept_bytes > CROWDED
            if self._stuck_since is None:
                self._stuck_since = time.monotonic()
            self._alarm.within(_RETRY)
            return
        self._kept.append((frames, size))
        self._kept_bytes += size
        self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        while len(self._kept) > _ABSENT_MESSAGES or self._kept_bytes > _ABSENT_BYTES:
            _, size = self._kept.popleft()
            self._kept_bytes -= size
            self._lost_messages += 1
            self._lost_bytes += size

    # -- subscriptions -------------------------------------------------------------------------------------------------

    @staticmethod
    def _manual(socket: zmq.Socket[bytes]) -> zmq.Socket[bytes]:
        socket.setsockopt(zmq.XPUB_MANUAL, 1)
        return socket

    def _subscription(self, frames: list[Buffer]) -> None:
        event = bytes(frames[0])
        if event[:1] == b"\0":
            self._unsubscribe(event[1:])
        elif event[:1] == b"\1":
            self._subscribe(event[1:])

    def _unsubscribe(self, topic: bytes) -> None:
        self._set(zmq.UNSUBSCRIBE, _pipe_topics(topic))
        self._topics -= Counter((topic,))
        self._early = None  # who comes from now on may be one that comes back and has had it
        if not self._topics:  # what is kept waits for a client that may never come: no writer waits for that
            self._stuck_since = None
            self._forget_the_oldest()
            self._make_room()

    def _subscribe(self, topic: bytes) -> None:
        # First all that a pipe is subscribed to: after a send it may no more be the one that options are about.
        self._set(zmq.SUBSCRIBE, (topic, *_pipe_topics(topic)))
        self._topics[topic] += 1
        self._greet(topic)
        if not topic:
            self._set(zmq.UNSUBSCRIBE, (topic,))
        if self._lost_messages:
            self._kept.append((self._notice(self._lost_messages, self._lost_bytes), 0))
            self._lost_messages = self._lost_bytes = 0
        self._send_kept()

    def _greet(self, topic: bytes) -> None:
        """The welcome; and who wants everything gets what it has missed."""
        welcome = self._welcome(topic)
        if not self._try(welcome):
            self._kept.appendleft((welcome, 0))
        if self._early is not None and time.monotonic() > self._early_until:
            self._early = None
        if not topic:
            for frames in self._early or ():
                self._try((topic, *frames[1:]))

    def _set(self, option: int, topics: Sequence[bytes]) -> None:
        """Change what the pipe is subscribed to whose event was read last."""
        for topic in topics:
            self._socket.setsockopt(option, topic)


def _pipe_topics(topic: bytes) -> Sequence[bytes]:
    return (topic,) if topic else _FIRST_BYTES
