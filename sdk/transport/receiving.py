"""Reads whole messages off a socket."""

from __future__ import annotations

from collections.abc import Callable

import zmq

from sdk.protocol.message import Buffer
from sdk.protocol.wire import DELIMITER

Take = Callable[[list[Buffer]], None]


def drain(socket: zmq.Socket[bytes], take: Take) -> None:
    """Receive until nothing is left. The caller holds the socket's lock; `take` only puts frames into a queue.

    ZeroMQ's descriptor tells of *new* messages alone: whoever used the socket, and be it to send, must leave it
    drained, or a message waits until the next one comes.
    """
    while int(socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN:
        take(_receive(socket))


def _receive(socket: zmq.Socket[bytes]) -> list[Buffer]:
    receive, more = socket.recv, socket.getsockopt
    frames: list[Buffer] = [receive(zmq.NOBLOCK)]
    before_buffers = 0 if frames[0] != DELIMITER else 6
    while more(zmq.RCVMORE):
        if before_buffers and len(frames) >= before_buffers:
            frames.append(receive(zmq.NOBLOCK, copy=False).buffer)  # a buffer may be large: its memory is ZeroMQ's
            continue
        frame = receive(zmq.NOBLOCK)
        frames.append(frame)
        if not before_buffers and frame == DELIMITER:
            before_buffers = len(frames) + 5
    return frames
