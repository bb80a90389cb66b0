"""`Pump`: the one thread that owns the sockets to another kernel. Others hand it messages, and it hands out what comes.

Sockets are made by jupyter_client. Their descriptors are edge-triggered: after each wake-up and each send all of them
are read until nothing is left.
"""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from sdk.magics.kernels.process import Process

_AT_ONCE = 50  # messages of one socket before the others have their turn
_LOOK = 500  # milliseconds between looks at a process that cannot tell of its end


class Outgoing(NamedTuple):
    """A message to send."""

    channel: str
    msg_type: str
    msg_id: str
    content: Mapping[str, Any]
    metadata: Mapping[str, Any] = {}
    buffers: Sequence[Any] = ()
    parent: Mapping[str, Any] = {}


class Owner(Protocol):
    """Who is told what comes. All is called on the pump's thread."""

    def came(self, channel: str, message: dict[str, Any]) -> None:
        """A message has come."""

    def looked(self) -> int | None:
        """All that had come has been handed out. In how many milliseconds to say so again at the latest."""

    def died(self) -> None:
        """The process has ended; nothing more will come."""


class Pump:
    """Sends and receives until `stop`, or until the process has ended."""

    def __init__(self, process: Process, owner: Owner, log: Callable[[str], None]) -> None:
        self._process = process
        self._log = log
        self._owner = owner
        self._outgoing: deque[Outgoing] = deque()
        self._stopping = False
        self._reading = self._writing = -1
        self._lock = Lock()

    def start(self) -> None:
        """Connect, and begin."""
        from jupyter_client.session import Session  # 200 ms

        self._reading, self._writing = os.pipe()
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)
        manager = self._process.manager
        self._session = Session(key=manager.session.key, signature_scheme=manager.session.signature_scheme)
        identity = self._session.bsession
        self._sockets: dict[str, Any] = {
            "iopub": manager.connect_iopub(),
            "shell": manager.connect_shell(identity=identity),
            "stdin": manager.connect_stdin(identity=identity),
        }
        for socket in self._sockets.values():
            socket.linger = 0
        Thread(target=self._run, name="other kernel", daemon=True).start()

    def send(self, message: Outgoing) -> None:
        """Send this. Any thread; nothing happens once it has stopped."""
        self._outgoing.append(message)
        self._wake()

    def stop(self) -> None:
        """End the thread soon. Any thread."""
        self._stopping = True
        self._wake()

    def _wake(self) -> None:
        with self._lock, suppress(OSError):  # it is full of wake-ups, or closed
            os.write(self._writing, b"1")

    # -- the thread ----------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        poller = select.poll()
        for descriptor in (self._reading, *(socket.FD for socket in self._sockets.values())):
            poller.register(descriptor, select.POLLIN)
        watched = self._watched()
        if watched is not None:
            poller.register(watched, select.POLLIN)
        try:
            self._serve(poller, watched)
        finally:
            for socket in self._sockets.values():
                socket.close()
            with self._lock:
                for descriptor in (self._reading, self._writing, watched):
                    if descriptor is not None:
                        os.close(descriptor)
                self._writing = -1
            self._owner.died()

    def _serve(self, poller: select.poll, watched: int | None) -> None:
        ended = False
        while not self._stopping:
            self._send_all()
            while self._take_all():
                self._send_all()
            if ended:
                return
            soon = self._owner.looked()
            limits = [limit for limit in (soon, _LOOK if watched is None else None) if limit is not None]
            ready = {descriptor for descriptor, _ in poller.poll(min(limits, default=None))}
            if self._reading in ready:
                os.read(self._reading, 4096)
            ended = watched in ready if watched is not None else not ready and self._process.ended()

    def _send_all(self) -> None:
        while self._outgoing:
            one = self._outgoing.popleft()
            message = self._session.msg(one.msg_type, content=dict(one.content), metadata=dict(one.metadata))
            message["header"]["msg_id"] = message["msg_id"] = one.msg_id
            message["parent_header"] = dict(one.parent)
            self._session.send(self._sockets[one.channel], message, buffers=list(one.buffers))

    def _take_all(self) -> bool:
        """Whether there may be more."""
        more = [self._take_some(channel) for channel in self._sockets]  # each has its turn
        return any(more)

    def _take_some(self, channel: str) -> bool:
        for _ in range(_AT_ONCE):
            try:
                _, message = self._session.recv(self._sockets[channel])
            except (ValueError, KeyError, TypeError):  # not signed by it, or none of Jupyter's messages
                continue
            if message is None:
                return False
            try:
                self._owner.came(channel, message)
            except Exception as error:  # whatever other people's kernels send, later messages are read
                self._log(f"{message['msg_type']} on {channel}: {type(error).__name__}: {error}; ignored")
        return True

    def _watched(self) -> int | None:
        """A descriptor that is readable when the process has ended; None: there is none."""
        pid = self._process.pid
        if pid is None or not hasattr(os, "pidfd_open"):
            return None
        try:
            return os.pidfd_open(pid)
        except OSError:
            return None
