"""`LoopThread`: a thread with a loop, which answers requests one after the other: the worker, and each subshell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from sdk.seam import Receiver
from sdk.transport.intake import Arrival
from sdk.transport.limits import Limits
from sdk.transport.signals import block_signals
from sdk.transport.thread_drive import ThreadDrive

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Queue


class LoopThread(Thread):
    """Takes arrivals from any thread."""

    def __init__(self, name: str, receiver: Receiver, limits: Limits) -> None:
        super().__init__(name=name, daemon=True)
        self._receiver = receiver
        self._limits = limits
        self._loop: AbstractEventLoop | None = None
        self._queue: Queue[Arrival | None] | None = None
        self._drive: ThreadDrive | None = None

    def begin(self) -> None:
        """Start the thread."""
        import asyncio  # start-up time

        self._loop = asyncio.new_event_loop()
        self._queue = asyncio.Queue()
        self._drive = ThreadDrive(self._limits, self._loop)
        self.start()

    def put(self, arrival: Arrival | None) -> None:
        """Answer this after what came before. None ends the thread."""
        if self._loop is not None and self._queue is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._queue.put_nowait, arrival)

    def interrupt(self) -> None:
        """Interrupt what runs here."""
        if self._drive is not None:
            self._drive.fail(KeyboardInterrupt())

    @contextmanager
    def ending_wait(self, bring: Callable[[BaseException], None]) -> Iterator[None]:
        """While this thread blocks in here for the user's code, an interrupt calls `bring` with itself."""
        if self._drive is None:
            yield
            return
        with self._drive.ending_wait(bring):
            yield

    def run(self) -> None:
        """The thread."""
        import asyncio

        block_signals()
        assert self._loop is not None
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        queue, drive = self._queue, self._drive
        assert queue is not None
        assert drive is not None
        while (arrival := await queue.get()) is not None:
            await self._receiver.receive(arrival.channel, arrival.message, arrival.sequence, drive)
