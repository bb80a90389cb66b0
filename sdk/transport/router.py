"""`Router`: a ROUTER socket with its lock and its rules. Replies to a client that is away are kept, and sent again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from threading import Lock

import zmq

from sdk.protocol.message import Buffer
from sdk.transport.alarm import Alarm
from sdk.transport.frames import Take, drain, send

_RETRY = 0.05
_KEEP_MESSAGES = 1000
_KEEP_BYTES = 16 << 20
_KEEP_SECONDS = 600.0


class Router:
    """Shell, control or stdin. Any thread may send and drain."""

    def __init__(self, socket: zmq.Socket[bytes], take: Take, alarm: Alarm) -> None:
        self._socket = socket
        self._take = take
        self._alarm = alarm
        self._lock = Lock()
        self._held: dict[bytes, deque[tuple[float, Sequence[Buffer]]]] = {}
        self._held_bytes = 0

    def fileno(self) -> int:
        """The descriptor that becomes readable when there may be something to drain."""
        return int(self._socket.getsockopt(zmq.FD))

    def drain(self) -> None:
        """Take all messages that have arrived."""
        with self._lock:
            drain(self._socket, self._take)

    def send(self, frames: Sequence[Buffer], *, copy: bool = True) -> None:
        """Send to the client that `frames[0]` names, or keep it for when that client is back. Never blocks."""
        identity = bytes(frames[0])
        with self._lock:
            if identity in self._held or not self._send(frames, copy):
                self._hold(identity, frames)
            drain(self._socket, self._take)

    def retry(self) -> None:
        """Send what is kept, each client's from its head. Called when the alarm is due."""
        if not self._held:
            return
        with self._lock:
            for identity, queue in list(self._held.items()):
                while queue and self._send(queue[0][1], True):
                    self._forget_head(identity, queue)
                oldest = time.monotonic() - _KEEP_SECONDS
                while queue and queue[0][0] < oldest:
                    self._forget_head(identity, queue)
                if not queue:
                    del self._held[identity]
            drain(self._socket, self._take)
        if self._held:
            self._alarm.within(_RETRY)

    def replace(self, socket: zmq.Socket[bytes]) -> zmq.Socket[bytes]:
        """Use another socket from now on; the old one, which nobody watches any more. Watch the new descriptor."""
        with self._lock:
            drain(self._socket, self._take)
            old, self._socket = self._socket, socket
            drain(self._socket, self._take)
        return old

    def close(self) -> None:
        """Close the socket, after a last try for what is kept."""
        self.retry()
        with self._lock:
            self._socket.close()

    def _send(self, frames: Sequence[Buffer], copy: bool) -> bool:
        try:
            send(self._socket, frames, copy=copy)
        except zmq.ZMQError as error:
            if error.errno in (zmq.EHOSTUNREACH, zmq.EAGAIN):
                return False
            raise
        return True

    def _hold(self, identity: bytes, frames: Sequence[Buffer]) -> None:
        queue = self._held.setdefault(identity, deque())
        queue.append((time.monotonic(), frames))
        self._held_bytes += _size(frames)
        while len(queue) > _KEEP_MESSAGES:
            self._forget_head(identity, queue)
        while self._held_bytes > _KEEP_BYTES and (len(self._held) > 1 or len(queue) > 1):
            # The oldest client's first; the newest reply of all is kept, however large it is.
            oldest = next(name for name, kept in self._held.items() if kept is not queue or len(queue) > 1)
            self._forget_head(oldest, self._held[oldest])
            if not self._held[oldest]:
                del self._held[oldest]
        self._alarm.within(_RETRY)

    def _forget_head(self, identity: bytes, queue: deque[tuple[float, Sequence[Buffer]]]) -> None:
        self._held_bytes -= _size(queue.popleft()[1])


def _size(frames: Sequence[Buffer]) -> int:
    return sum(len(frame) for frame in frames)
