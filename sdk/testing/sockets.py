"""A client's five sockets: connected, encrypted when the kernel is, read and written as frames."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import zmq

from sdk.protocol.connection import ConnectionInfo
from sdk.protocol.message import Buffer, Channel

_TYPES = {
    Channel.SHELL: zmq.DEALER,
    Channel.CONTROL: zmq.DEALER,
    Channel.STDIN: zmq.DEALER,
    Channel.IOPUB: zmq.SUB,
    Channel.HB: zmq.DEALER,  # not REQ: that one is stuck for ever after one lost answer
}
_BATCH = 1000  # messages of one socket before the others have their turn
_LINGER = 500  # ms; a shutdown_request must still go out when the client closes


class ClientSockets:
    """Opens on construction by `Client`; `close` ends everything. Not for use by several threads."""

    def __init__(self, info: ConnectionInfo, *, identity: bytes | None = None) -> None:
        self.identity = identity if identity is not None else os.urandom(8).hex().encode("ascii")
        self._context = zmq.Context()
        self._poller = zmq.Poller()
        self._sockets: dict[Channel, zmq.Socket[bytes]] = {}
        self._channels: dict[zmq.Socket[bytes], Channel] = {}
        for channel, kind in _TYPES.items():
            self._open(channel, kind, info)

    def _open(self, channel: Channel, kind: int, info: ConnectionInfo) -> None:
        socket = self._context.socket(kind)
        socket.setsockopt(zmq.LINGER, _LINGER)
        socket.setsockopt(zmq.RCVHWM, 0)  # a test's client loses nothing
        socket.setsockopt(zmq.SNDHWM, 0)
        socket.setsockopt(zmq.RECONNECT_IVL, 20)
        socket.setsockopt(zmq.IPV6, ":" in info.ip)
        if kind == zmq.DEALER:
            socket.setsockopt(zmq.ROUTING_ID, self.identity)
        else:
            socket.setsockopt(zmq.SUBSCRIBE, b"")
        if info.curve_publickey is not None:
            public, secret = zmq.curve_keypair()
            socket.curve_publickey, socket.curve_secretkey = public, secret
            socket.curve_serverkey = info.curve_publickey.encode("ascii")
        socket.connect(info.address(channel))
        self._sockets[channel] = socket
        self._channels[socket] = channel
        if channel is not Channel.HB:
            self._poller.register(socket, zmq.POLLIN)

    def send(self, channel: Channel, frames: Sequence[Buffer]) -> None:
        """Send `frames`, exactly as they are."""
        self._sockets[channel].send_multipart(list(frames))

    def receive(self, seconds: float) -> Iterator[tuple[Channel, list[bytes]]]:
        """What has come on shell, control, iopub and stdin; waits up to `seconds` when there is nothing."""
        for socket, _ in self._poller.poll(max(0, round(seconds * 1000))):
            for _ in range(_BATCH):
                try:
                    yield self._channels[socket], socket.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    break

    def beat(self, payload: bytes, seconds: float) -> bool:
        """Whether the heartbeat echoes `payload` within `seconds`."""
        socket = self._sockets[Channel.HB]
        while socket.poll(0):
            socket.recv_multipart()
        socket.send_multipart([b"", payload])
        while socket.poll(round(seconds * 1000)):
            if socket.recv_multipart()[-1] == payload:
                return True
        return False

    def subscribe(self, topic: bytes) -> None:
        """One subscription more on IOPub, beside the one for everything."""
        self._sockets[Channel.IOPUB].setsockopt(zmq.SUBSCRIBE, topic)

    def close(self) -> None:
        """Close all sockets; waits up to half a second for what is still to be sent."""
        for socket in self._sockets.values():
            socket.close()
        self._context.term()
