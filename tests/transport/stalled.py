"""A client whose IOPub socket does not read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import zmq

from sdk.protocol.message import Channel
from sdk.testing import KernelProcess


@contextmanager
def stalled(kernel: KernelProcess) -> Iterator[zmq.Socket[bytes]]:
    """A subscriber whose queue is as small as can be. It reads only what the test receives."""
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.RCVHWM, 1)
        socket.setsockopt(zmq.RCVBUF, 16_384)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect(kernel.info.address(Channel.IOPUB))
        assert socket.poll(5000)
        assert socket.recv_multipart()[-2:] != []
        yield socket
