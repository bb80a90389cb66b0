"""`Publisher`: the IOPub socket with its lock and its rules.

Nobody who reads loses anything because somebody else does not: with NODROP a full client stops the sending, and what
comes then is kept in order in `_kept` (and whoever writes much is held back, see `crowded`). A client that takes
nothing for `patience` seconds loses its share: one message sent without NODROP takes its full pipe out of the way. When
there is no subscriber at all any more, messages are kept for the next one, within bounds.
"""

from __future__ import annotations

import time
from collections import deque
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


class Publisher:
    """IOPub. Any thread may publish; it never blocks."""

    def __init__(
        self,
        socket: zmq.Socket[bytes],
        alarm: Alarm,
        *,
        welcome: Callable[[bytes], Sequence[Buffer]],
        notice: Callable[[int, int], Sequence[Buffer]],
        room: Callable[[], None],
        patience: float,
    ) -> None:
        self._socket = socket
        self._alarm = alarm
        self._welcome = welcome
        self._notice = notice
        self._room = room
        self._patience = patience
        self._lock = Lock()
        self._kept: deque[tuple[Sequence[Buffer], int]] = deque()
        self._kept_bytes = 0
        self._topics: set[bytes] = set()
        self._had_subscriber = False
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
            if self._kept or not self._had_subscriber or not self._topics:
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
            old, self._socket = self._socket, socket
            self._topics.clear()
            drain(self._socket, self._subscription)
        return old

    def close(self) -> None:
        """Close the socket; what it has taken still goes out within its linger time."""
        self.retry()
        with self._lock:
            self._socket.close()

    def _send(self, frames: Sequence[Buffer], copy: bool = True) -> bool:
        try:
            send(self._socket, frames, copy=copy)
        except zmq.Again:
            return False
        return True

    def _send_kept(self) -> None:
        if self._had_subscriber and not self._topics:
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
        if not self._had_subscriber and self._kept:
            return  # before the first client comes, only `starting` is kept for it
        self._kept.append((frames, size))
        self._kept_bytes += size
        self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        while len(self._kept) > _ABSENT_MESSAGES or self._kept_bytes > _ABSENT_BYTES:
            _, size = self._kept.popleft()
            self._kept_bytes -= size
            self._lost_messages += 1
            self._lost_bytes += size

    def _subscription(self, frames: list[Buffer]) -> None:
        event = bytes(frames[0])
        if event[:1] == b"\0":
            self._topics.discard(event[1:])
            if not self._topics:  # what is kept waits for a client that may never come: no writer waits for that
                self._stuck_since = None
                self._forget_the_oldest()
                self._make_room()
        elif event[:1] == b"\1":
            self._topics.add(event[1:])
            self._had_subscriber = True
            self._kept.appendleft((self._welcome(event[1:]), 0))
            if self._lost_messages:
                self._kept.append((self._notice(self._lost_messages, self._lost_bytes), 0))
                self._lost_messages = self._lost_bytes = 0
            self._send_kept()
