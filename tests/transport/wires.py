"""Sockets for tests of the transport: bound as a kernel binds them, and the clients' ends, in one context."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import zmq

from sdk.protocol.connection import ConnectionInfo
from sdk.transport.alarm import Alarm
from sdk.transport.sockets import Links, bind

PATIENCE = 20.0  # seconds that a test waits for what must come

Socket = zmq.Socket[bytes]


def info(**fields: object) -> ConnectionInfo:
    """A connection file's content: this machine, every port the kernel's choice."""
    ports = dict.fromkeys(("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"), 0)
    return ConnectionInfo(**{"transport": "tcp", "ip": "127.0.0.1", "key": "secret", **ports, **fields})


class Wires:
    """One ZeroMQ context with everything in it; `wires` closes all of it."""

    def __init__(self) -> None:
        self.context: zmq.Context[Socket] = zmq.Context()
        self.alarm = Alarm(lambda: None)
        self.alarm.open()
        self._kept: list[Links | Socket] = []  # pyzmq closes with a context what is still referred to

    def bound(self, *, send_queue: int = 1000) -> tuple[Links, ConnectionInfo]:
        """The five sockets of a kernel, and where they are."""
        links, connection = bind(self.context, info(), send_queue=send_queue)
        self._kept.append(links)
        return links, connection

    def dealer(self, address: str, identity: bytes = b"client") -> Socket:
        """A client's end of shell."""
        socket = self.context.socket(zmq.DEALER)
        if identity:
            socket.setsockopt(zmq.ROUTING_ID, identity)
        return self._connected(socket, address)

    def subscriber(self, address: str, topic: bytes = b"", *, buffer: int | None = None) -> Socket:
        """A client's end of IOPub; with `buffer` (bytes) it takes little when nobody reads it."""
        socket = self.context.socket(zmq.SUB)
        if buffer is not None:
            socket.setsockopt(zmq.RCVBUF, buffer)
        socket.setsockopt(zmq.RCVHWM, 0 if buffer is None else 1)
        socket.setsockopt(zmq.SUBSCRIBE, topic)
        return self._connected(socket, address)

    def _connected(self, socket: Socket, address: str) -> Socket:
        self._kept.append(socket)
        socket.setsockopt(zmq.RECONNECT_IVL, 10)
        socket.setsockopt(zmq.SNDHWM, 0)
        if socket.type == zmq.DEALER:
            socket.setsockopt(zmq.RCVHWM, 0)
        socket.connect(address)
        return socket


@contextmanager
def opened() -> Iterator[Wires]:
    """A context that is ended with all its sockets, whatever happens."""
    wires = Wires()
    try:
        yield wires
    finally:
        wires.context.destroy(linger=0)
        if wires.alarm.fileno() >= 0:
            os.close(wires.alarm.fileno())


def receive(socket: Socket, *, seconds: float = PATIENCE) -> list[bytes]:
    """The next message; fails when none comes."""
    assert socket.poll(round(seconds * 1000)), f"nothing came within {seconds:g} s"
    return socket.recv_multipart()


def is_silent(socket: Socket, milliseconds: int = 200) -> bool:
    """Whether nothing comes."""
    return not socket.poll(milliseconds)


@contextmanager
def watching(callbacks: dict[int, Callable[[], None]]) -> Iterator[None]:
    """A thread that calls what belongs to a descriptor when it is readable: what the control thread does."""
    reader, writer = os.pipe()

    def watch() -> None:
        while reader not in (ready := select.select([reader, *callbacks], [], [])[0]):
            for descriptor in ready:
                callbacks[descriptor]()

    thread = Thread(target=watch, name="watcher")
    thread.start()
    try:
        yield
    finally:
        os.write(writer, b"\0")
        thread.join(PATIENCE)
        os.close(reader)
        os.close(writer)
        assert not thread.is_alive()
