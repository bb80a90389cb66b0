"""The heartbeat: a loop in C that echoes, and needs neither Python nor its lock (spec, "Heartbeat for kernels")."""

from __future__ import annotations

from threading import Thread

import zmq

from sdk.transport.signals import block_signals


class HeartbeatThread(Thread):
    """Echoes until the ZeroMQ context ends."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._socket = socket

    def run(self) -> None:
        """The thread."""
        block_signals()
        try:
            zmq.proxy(self._socket, self._socket)
        except zmq.ZMQError:  # the context ended
            pass
        finally:
            self._socket.close(0)
