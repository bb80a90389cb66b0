"""`TerminalReader`: reads the terminal as fast as clients take what it says, and not faster."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

_READ_AT_ONCE = 1 << 18  # bytes, before the loop may do something else
_LITTLE = 512  # bytes
_DRAIN_AFTER = 1 << 16  # bytes of output, after which slow clients are waited for


class Readable(Protocol):
    """A terminal."""

    fd: int

    def read(self) -> bytes | None:
        """What can be read now: b"" when there is nothing, None when nothing will come any more."""


class TerminalReader:
    """Hands on what it reads. A terminal that is not read blocks the program: so memory stays bounded."""

    def __init__(
        self,
        process: Readable,
        *,
        receive: Callable[[bytes], None],
        drain: Callable[[], Awaitable[None]],
        ended: Callable[[], None],
        after: Callable[[], None] | None = None,
    ) -> None:
        """`after` reads what is to be read before this."""
        self._process = process
        self._receive = receive
        self._drain = drain
        self._ended = ended
        self._after = after
        self._loop = asyncio.get_running_loop()
        self._since_drain = 0
        self._pause: asyncio.Task[None] | None = None
        self._waiting: list[Callable[[], None]] = []
        self._closed = False
        self._taken = 0  # bytes in all

    def start(self) -> None:
        """Read from now on."""
        self._loop.add_reader(self._process.fd, self._read, _LITTLE)

    def close(self) -> None:
        """Read no more."""
        self._closed = True
        if self._process.fd >= 0:
            self._loop.remove_reader(self._process.fd)
        if self._pause is not None:
            self._pause.cancel()

    def read(self) -> None:
        """Read what there is, up to a limit. While clients are waited for, nothing is read."""
        self._read(0)

    def _read(self, enough: int) -> None:
        """As `read`, but who gets less than `enough` at once asks no more: the loop tells when there is more."""
        if self._closed or self._pause is not None:
            return
        if self._after is not None:
            self._after()
        taken = 0
        pieces: list[bytes] = []
        ended = False
        while taken < _READ_AT_ONCE:
            data = self._process.read()
            if not data:
                ended = data is None
                break
            pieces.append(data)
            taken += len(data)
            if len(data) < enough:
                break
        if pieces:
            self._receive(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if self._closed:
            return
        if ended:
            self.close()
            self._ended()
            return
        self._taken += taken
        self._since_drain += taken
        if self._since_drain >= _DRAIN_AFTER:
            self._loop.remove_reader(self._process.fd)
            self._pause = asyncio.ensure_future(self._wait_for_clients())

    def catch_up(self) -> bool:
        """Read what there is; whether nothing is left."""
        self.read()
        return self._pause is None

    def after_pause(self, callback: Callable[[], None]) -> bool:
        """Whether clients are waited for: then `callback` is called when what there is can be read again."""
        if self._pause is not None:
            self._waiting.append(callback)
        return self._pause is not None

    async def silence(self, *, looks: int, pause: float) -> bool:
        """Wait until nothing comes any more, for so many looks with a pause (seconds) between them at most.

        False: the terminal has ended.
        """
        silent = taken = 0
        for _ in range(looks):
            await asyncio.sleep(pause)
            if self._closed:
                return False
            silent = silent + 1 if self._taken == taken and self._pause is None else 0
            taken = self._taken
            if silent > 1:
                break
        return True

    async def _wait_for_clients(self) -> None:
        try:
            await self._drain()
        finally:
            self._since_drain = 0
            self._pause = None
            if not self._closed:
                self.start()
            waiting, self._waiting = self._waiting, []
            for callback in waiting:
                self._loop.call_soon(callback)
