"""Whole messages off and onto a socket, with as little as possible between us and ZeroMQ.

The methods are those of pyzmq's compiled socket: the ones in Python above them make an enum member of every flag, which
for the eight frames of a small message costs as much as sending it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import zmq
from zmq.backend import Socket as _CompiledSocket

from sdk.protocol.message import Buffer
from sdk.protocol.wire import DELIMITER

Take = Callable[[list[Buffer]], None]

_EVENTS, _POLLIN, _RCVMORE = int(zmq.EVENTS), int(zmq.POLLIN), int(zmq.RCVMORE)
_NOBLOCK, _MORE = int(zmq.NOBLOCK), int(zmq.NOBLOCK | zmq.SNDMORE)
_get: Callable[..., Any] = _CompiledSocket.get
_send: Callable[..., Any] = _CompiledSocket.send
_receive: Callable[..., Any] = _CompiledSocket.recv


def send(socket: zmq.Socket[bytes], frames: Sequence[Buffer], *, copy: bool = True) -> None:
    """Send a message without blocking. Raises zmq.ZMQError at the first frame, or not at all."""
    for frame in frames[:-1]:
        _send(socket, frame, _MORE, copy)
    _send(socket, frames[-1], _NOBLOCK, copy)


def drain(socket: zmq.Socket[bytes], take: Take) -> None:
    """Receive until nothing is left. The caller holds the socket's lock; `take` only puts frames into a queue.

    ZeroMQ's descriptor tells of *new* messages alone: whoever used the socket, and be it to send, must leave it
    drained, or a message waits until the next one comes.
    """
    while _get(socket, _EVENTS) & _POLLIN:
        take(_receive_message(socket))


def _receive_message(socket: zmq.Socket[bytes]) -> list[Buffer]:
    frames: list[Buffer] = [_receive(socket, _NOBLOCK)]
    before_buffers = 0 if frames[0] != DELIMITER else 6
    while _get(socket, _RCVMORE):
        if before_buffers and len(frames) >= before_buffers:
            frames.append(_receive(socket, _NOBLOCK, False).buffer)  # it may be large: its memory is ZeroMQ's
            continue
        frame = _receive(socket, _NOBLOCK)
        frames.append(frame)
        if not before_buffers and frame == DELIMITER:
            before_buffers = len(frames) + 5
    return frames
