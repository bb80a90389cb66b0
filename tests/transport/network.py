"""A network that can be cut: a TCP proxy before each port of a kernel."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
from threading import Lock, Thread
from types import TracebackType
from typing import Self

from sdk.protocol.connection import ConnectionInfo
from sdk.protocol.message import Channel

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER 0: closing resets the connection, as a network does


class CuttingProxy:
    """Forwards bytes both ways. `cut` resets all connections; new ones are refused until `mend`, if it said so."""

    def __init__(self, info: ConnectionInfo) -> None:
        self._ports = {channel: info.port(channel) for channel in Channel}
        self._listeners = {channel: socket.socket() for channel in Channel}
        for listener in self._listeners.values():
            listener.bind(("127.0.0.1", 0))
            listener.listen(64)
        ports = {channel: listener.getsockname()[1] for channel, listener in self._listeners.items()}
        self.info = info.with_ports(ports)
        """Where clients find the kernel, through this network."""
        self._selector = selectors.DefaultSelector()
        self._peers: dict[socket.socket, socket.socket] = {}
        self._refuses = False
        self._refused: set[int] = set()  # the kernel's ports that were asked for in vain
        self._ended = False
        self._lock = Lock()
        self._waker, self._woken = socket.socketpair()
        self._thread = Thread(target=self._forward, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._selector.register(self._woken, selectors.EVENT_READ)
        for channel, listener in self._listeners.items():
            self._selector.register(listener, selectors.EVENT_READ, self._ports[channel])
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        self._waker.send(b"\0")
        self._thread.join(10)
        self.cut()
        self._selector.close()
        for one in (*self._listeners.values(), self._waker, self._woken):
            one.close()

    def cut(self, *, refuse: bool = False) -> int:
        """Reset every connection, and refuse new ones if `refuse`; how many there were."""
        with self._lock:
            self._refuses = refuse
            self._refused.clear()
            ended = list(self._peers)
            for one in ended:
                self._end(one)
        return len(ended) // 2

    def has_refused(self, channel: Channel) -> bool:
        """Whether a client has noticed the cut: it has tried to connect again."""
        return self._ports[channel] in self._refused

    def mend(self) -> None:
        """Let clients connect again."""
        with self._lock:
            self._refuses = False

    def _forward(self) -> None:
        while not self._ended:
            for key, _ in self._selector.select():
                one = key.fileobj
                assert isinstance(one, socket.socket)
                with self._lock:
                    if one is self._woken:
                        continue
                    if key.data is not None:
                        self._accept(one, key.data)
                    elif one in self._peers:
                        self._pass_on(one)

    def _accept(self, listener: socket.socket, port: int) -> None:
        client, _ = listener.accept()
        if self._refuses:
            self._refused.add(port)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            client.close()
            return
        kernel = socket.create_connection(("127.0.0.1", port))
        for one, other in ((client, kernel), (kernel, client)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, one: socket.socket) -> None:
        try:
            data = one.recv(1 << 16)
            if data:
                self._peers[one].sendall(data)
                return
        except OSError:
            pass
        self._end(self._peers[one])
        self._end(one)

    def _end(self, one: socket.socket) -> None:
        self._peers.pop(one, None)
        with contextlib.suppress(KeyError):
            self._selector.unregister(one)
        with contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        one.close()
