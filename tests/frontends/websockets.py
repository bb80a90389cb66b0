"""A client of a Jupyter server's websocket, in either of its two subprotocols."""

from __future__ import annotations

import json
import struct
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import websocket

from tests.frontends.programs import LIMIT
from tests.frontends.server import Server

V1 = "v1.kernel.websocket.jupyter.org"


@dataclass(frozen=True)
class Received:
    """What came, of what is compared here."""

    channel: str
    msg_type: str
    parent: str
    content: dict[str, Any]
    buffers: Sequence[bytes] = ()


class Socket:
    """One open websocket: one session."""

    def __init__(self, connection: websocket.WebSocket, session: str, *, v1: bool) -> None:
        self._connection = connection
        self._v1 = v1
        self.session = session
        self.everything: list[Received] = []

    def send(self, channel: str, msg_type: str, content: dict[str, Any], buffers: Sequence[bytes] = ()) -> str:
        """Send a message; its id."""
        msg_id = uuid.uuid4().hex
        header = {
            "msg_id": msg_id,
            "msg_type": msg_type,
            "session": self.session,
            "username": "tester",
            "version": "5.4",
            "date": "2024-01-01T00:00:00Z",
        }
        if self._v1:
            parts = [json.dumps(part).encode() for part in (header, {}, {}, content)]
            self._connection.send_binary(_joined([channel.encode(), *parts, *buffers]))
            return msg_id
        whole = {"channel": channel, "header": header, "parent_header": {}, "metadata": {}, "content": content}
        if not buffers:
            self._connection.send(json.dumps(whole))
            return msg_id
        pieces = [json.dumps(whole).encode(), *buffers]
        start = 4 * (len(pieces) + 1)
        offsets = [start + sum(map(len, pieces[:n])) for n in range(len(pieces))]
        self._connection.send_binary(struct.pack(f"!{len(pieces) + 1}I", len(pieces), *offsets) + b"".join(pieces))
        return msg_id

    def receive(self) -> Received:
        """The next message."""
        frame = self._connection.recv()
        one = _from_v1(frame) if isinstance(frame, bytes) and self._v1 else _from_default(frame)
        self.everything.append(one)
        return one

    def until(self, condition: Callable[[Received], bool]) -> Received:
        """The next message for which `condition` holds."""
        while True:
            if condition(one := self.receive()):
                return one

    def ask(self, channel: str, msg_type: str, content: dict[str, Any]) -> dict[str, Any]:
        """The content of the reply to a request."""
        msg_id = self.send(channel, msg_type, content)
        return self.until(lambda one: one.parent == msg_id and one.channel == channel).content

    def start(self, code: str, *, allow_stdin: bool = False) -> str:
        """Ask for the execution of `code`; the request's id."""
        return self.send("shell", "execute_request", {"code": code, "allow_stdin": allow_stdin})

    def finish(self, msg_id: str) -> list[Received]:
        """All that belongs to the request, from its first message to both its reply and its idle."""
        while not {("shell", ""), ("iopub", "idle")} <= {
            (one.channel, one.content.get("execution_state", ""))
            for one in self.everything
            if one.parent == msg_id and one.msg_type in ("status", "execute_reply")
        }:
            self.receive()
        return [one for one in self.everything if one.parent == msg_id]

    def run(self, code: str) -> list[Received]:
        """All that the execution of `code` sent."""
        return self.finish(self.start(code))


def text(messages: Sequence[Received]) -> str:
    """The text of the streams."""
    return "".join(one.content["text"] for one in messages if one.msg_type == "stream")


@contextmanager
def connected(server: Server, kernel: str, *, v1: bool, session: str = "") -> Iterator[Socket]:
    """A websocket to the kernel with this id."""
    session = session or uuid.uuid4().hex
    url = f"{server.url.replace('http', 'ws', 1)}api/kernels/{kernel}/channels?session_id={session}"
    header = [f"{name}: {value}" for name, value in server.headers.items()]
    connection = websocket.create_connection(url, header=header, subprotocols=[V1] if v1 else None, timeout=LIMIT)
    try:
        assert connection.getsubprotocol() == (V1 if v1 else None)
        yield Socket(connection, session, v1=v1)
    finally:
        connection.close()


def _joined(parts: Sequence[bytes]) -> bytes:
    """Their number of offsets, the offsets, and the parts; all little-endian."""
    start = 8 * (len(parts) + 2)
    offsets = [start + sum(map(len, parts[:n])) for n in range(len(parts) + 1)]
    return struct.pack(f"<{len(parts) + 2}Q", len(offsets), *offsets) + b"".join(parts)


def _from_v1(frame: bytes) -> Received:
    (count,) = struct.unpack_from("<Q", frame)
    offsets = struct.unpack_from(f"<{count}Q", frame, 8)
    channel, header, parent, _, content, *buffers = (frame[a:b] for a, b in pairwise(offsets))
    return _received(channel.decode(), json.loads(header), json.loads(parent), json.loads(content), buffers)


def _from_default(frame: str | bytes) -> Received:
    buffers: list[bytes] = []
    if isinstance(frame, bytes):
        (count,) = struct.unpack_from("!I", frame)
        offsets = [*struct.unpack_from(f"!{count}I", frame, 4), len(frame)]
        frame, *buffers = (frame[a:b] for a, b in pairwise(offsets))
    whole = json.loads(frame)
    return _received(whole["channel"], whole["header"], whole["parent_header"], whole["content"], buffers)


def _received(channel: str, header: Any, parent: Any, content: Any, buffers: Sequence[bytes]) -> Received:
    return Received(channel, header["msg_type"], parent.get("msg_id", ""), content, buffers)
