"""`Adapter`: one conversation with a debug adapter. Responses find their requests by `seq`, and each has its time.

The numbers are this side's own: clients that number their requests alike are not mistaken for each other.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from typing import Any

from sdk.debugger.dap import Reader, to_bytes
from sdk.errors import DebuggerError, RemoteProtocolError

Event = Mapping[str, Any]
_PIECE = 1 << 16


class Adapter(threading.Thread):
    """Reads on a thread of its own. `close` ends it; so does the other side."""

    pydev_do_not_trace = is_pydev_daemon_thread = True  # debuggers for Python leave it alone

    def __init__(
        self,
        connection: socket.socket,
        *,
        on_event: Callable[[Event], object],
        on_end: Callable[[], object] = lambda: None,
    ) -> None:
        """`on_event` gets the adapter's events, on this thread, and must not wait for a response."""
        super().__init__(name="debug-adapter", daemon=True)
        self._connection = connection
        self._on_event = on_event
        self._on_end = on_end
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[Mapping[str, Any]]] = {}
        self._ended = False

    async def request(
        self, command: str, arguments: Mapping[str, Any] | None = None, *, limit: float
    ) -> Mapping[str, Any]:
        """The response to a request. Raises DebuggerError when there is none within `limit` seconds, or ever."""
        number, future = self._send(command, arguments)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), limit)
        except TimeoutError:
            raise DebuggerError(f"{command}: the debugger gave no answer within {limit:g} seconds") from None
        finally:
            with self._lock:
                self._waiting.pop(number, None)

    def post(self, command: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Send a request whose response nobody waits for."""
        with suppress(DebuggerError):
            number, _ = self._send(command, arguments)
            with self._lock:
                self._waiting.pop(number, None)

    def close(self) -> None:
        """End the conversation: requests that wait for their responses fail."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._end()

    def run(self) -> None:
        """The thread."""
        reader = Reader()
        try:
            while data := self._connection.recv(_PIECE):
                for message in reader.feed(data):
                    self._take(message)
        except (OSError, RemoteProtocolError):
            pass  # it has ended, one way or the other
        finally:
            self._end()
            self._connection.close()
            self._on_end()

    def _send(self, command: str, arguments: Mapping[str, Any] | None) -> tuple[int, Future[Mapping[str, Any]]]:
        number = next(self._numbers)
        request = {"seq": number, "type": "request", "command": command}
        if arguments is not None:
            request["arguments"] = dict(arguments)
        future: Future[Mapping[str, Any]] = Future()
        with self._lock:
            if self._ended:
                raise DebuggerError(f"{command}: the debugger is not there any more")
            self._waiting[number] = future
            try:
                self._connection.sendall(to_bytes(request))
            except OSError as error:
                del self._waiting[number]
                raise DebuggerError(f"{command}: the debugger is not there any more ({error})") from None
        return number, future

    def _take(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "event":
            self._on_event(message)
        elif kind == "response":
            with self._lock:
                future = self._waiting.pop(message.get("request_seq", 0), None)
            if future is not None and future.set_running_or_notify_cancel():
                future.set_result(message)
        elif kind == "request":  # of the adapter: to start a terminal, another session
            refusal = {
                "seq": next(self._numbers),
                "type": "response",
                "request_seq": message.get("seq", 0),
                "command": message.get("command", ""),
                "success": False,
                "message": "a kernel does not do that",
            }
            with self._lock, suppress(OSError):
                self._connection.sendall(to_bytes(refusal))

    def _end(self) -> None:
        with self._lock:
            self._ended = True
            waiting = list(self._waiting.values())
            self._waiting.clear()
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(DebuggerError("the debugger has ended"))
