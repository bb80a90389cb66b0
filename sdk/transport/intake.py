"""`Intake`: frames that arrived -> checked and numbered messages, each given to whom it belongs.

Frames are put in under a socket's lock, on any thread; they are read here, outside of it, in the order of arrival.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock

from sdk.errors import RemoteProtocolError
from sdk.named_tuple import NamedTuple
from sdk.protocol.message import Buffer, Channel, Message
from sdk.protocol.signing import ReplayGuard, Signer
from sdk.protocol.wire import DELIMITER, from_frames


class Arrival(NamedTuple):
    """A message and when it came: `sequence` counts what arrived, on all channels together."""

    channel: Channel
    message: Message
    sequence: int


class Intake:
    """The one way in. Messages with a wrong signature or framing end here: dropped, counted and logged."""

    def __init__(self, signer: Signer, deliver: Callable[[Arrival], None], log: Callable[[str], None]) -> None:
        self._signer = signer
        self._guard = ReplayGuard()
        self._deliver = deliver
        self._log = log
        self._lock = Lock()
        self._frames: deque[tuple[Channel, list[Buffer]]] = deque()
        self.sequence = 0
        self.dropped = 0

    def taker(self, channel: Channel) -> Callable[[list[Buffer]], None]:
        """What a socket of `channel` calls with the frames of a message."""
        append = self._frames.append
        return lambda frames: append((channel, frames))

    def route(self) -> None:
        """Deliver what has arrived. Any thread; one at a time, so that order is kept."""
        while self._frames:
            with self._lock:
                while self._frames:
                    channel, frames = self._frames.popleft()
                    self._read(channel, frames)

    def _read(self, channel: Channel, frames: list[Buffer]) -> None:
        try:
            message = from_frames(frames, self._signer)
            if not self._guard.is_new(bytes(frames[frames.index(DELIMITER) + 1])):
                raise RemoteProtocolError("the message came before: a replay")
        except RemoteProtocolError as error:
            self.dropped += 1
            if self.dropped <= 10 or self.dropped % 1000 == 0:  # a flood of garbage shall not flood the log
                self._log(f"dropped a message on {channel.value}: {error} ({self.dropped} so far)")
            return
        self.sequence += 1
        self._deliver(Arrival(channel, message, self.sequence))
