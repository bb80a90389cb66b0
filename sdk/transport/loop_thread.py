"""`LoopThread`: a thread with a loop, which answers requests one after the other: the worker, and each subshell.

A comm's message may be what the cell that runs there awaits: it is answered beside it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from threading import Thread, current_thread
from typing import TYPE_CHECKING, Any, TypeVar

from sdk.errors import SupersededError
from sdk.seam import Drive, Receiver
from sdk.transport.intake import Arrival
from sdk.transport.limits import Limits
from sdk.transport.signals import block_signals
from sdk.transport.thread_drive import ThreadDrive

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Queue, Task

T = TypeVar("T")

_MOMENT = 0.1  # seconds: more than a thread needs that has nothing to do


class LoopThread(Thread):
    """Takes arrivals from any thread."""

    def __init__(
        self, name: str, receiver: Receiver, limits: Limits, on_stuck: Callable[[LoopThread], None] | None = None
    ) -> None:
        """`on_stuck` is called, on the control thread, when a request is far over its time and nothing ends it."""
        super().__init__(name=name, daemon=True)
        self._on_stuck = on_stuck
        self._receiver = receiver
        self._limits = limits
        self._loop: AbstractEventLoop | None = None
        self._arrivals: deque[Arrival | None] = deque()
        self._queue: Queue[None] | None = None  # one entry for each arrival, to wait for
        self._drive: ThreadDrive | None = None
        self._busy = False
        self._answering: Arrival | None = None
        self._offered: deque[Arrival] = deque()
        self._beside: set[Task[None]] = set()

    def begin(self) -> None:
        """Start the thread."""
        import asyncio  # start-up time

        self._loop = asyncio.new_event_loop()
        self._queue = asyncio.Queue()
        self._drive = ThreadDrive(self._limits, self._loop, self._stuck)
        self.start()

    def put(self, arrival: Arrival | None) -> None:
        """Answer this after what came before. None ends the thread."""
        if self._loop is not None and self._queue is not None and not self._loop.is_closed():
            self._arrivals.append(arrival)
            self._loop.call_soon_threadsafe(self._queue.put_nowait, None)

    def take_waiting(self) -> Iterator[Arrival]:
        """What waits here, for the caller to answer elsewhere."""
        while self._arrivals:
            with suppress(IndexError):
                if (arrival := self._arrivals.popleft()) is not None:
                    yield arrival

    def end(self) -> None:
        """End the thread after what it has got; if that is nothing, it has ended on return: clients count threads."""
        idle = not self._busy
        self.put(None)
        if idle and current_thread() is not self:
            self.join(_MOMENT)

    def offer(self, arrival: Arrival) -> None:
        """Answer this after what came before, or beside the cell that runs as soon as that awaits."""
        self._offered.append(arrival)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take_offered)

    def take_offered(self) -> Arrival | None:
        """What was offered first and not answered yet, for the caller to answer."""
        try:
            return self._offered.popleft()
        except IndexError:
            return None

    def interrupt(self) -> None:
        """Interrupt what runs here."""
        if self._drive is not None:
            self._drive.fail(KeyboardInterrupt())

    def raise_pending(self) -> None:
        """Raise an interrupt that came while our code ran here."""
        if self._drive is not None and self._drive.pending is not None:
            self._drive.raise_pending()

    def take_back(self, error: BaseException | None) -> bool:
        """Whether this was an interrupt of what runs here, which Python has dropped: it comes again."""
        return self._drive is not None and self._drive.take_back(error)

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
        while True:
            await queue.get()
            if not self._arrivals:
                continue  # it was taken away
            arrival = self._arrivals.popleft()
            if arrival is None:
                return
            self._busy, self._answering = True, arrival
            try:
                with drive.answering():
                    chosen: Drive = _not_at_all if self._is_superseded(arrival) else drive
                    await self._receiver.receive(arrival.channel, arrival.message, arrival.sequence, chosen)
            finally:
                self._busy, self._answering = False, None

    def _is_superseded(self, arrival: Arrival) -> bool:
        supersedes = self._receiver.supersedes
        return any(later is not None and supersedes(later.message, arrival.message) for later in list(self._arrivals))

    def _stuck(self, error: BaseException) -> None:
        answering = self._answering
        if answering is not None:
            self._receiver.give_up(answering.message, error)
        if self._on_stuck is not None:
            self._on_stuck(self)

    def _take_offered(self) -> None:
        arrival = self.take_offered()
        if arrival is None or self._loop is None or self._queue is None:
            return
        if not self._busy:
            self.put(arrival)
            return
        answering = self._receiver.receive(arrival.channel, arrival.message, arrival.sequence, _straight)
        task = self._loop.create_task(answering)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)


async def _straight(work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
    """The drive of what is answered beside a cell: what is offered does not wait."""
    return await work


async def _not_at_all(work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
    """The drive of what nobody waits for any more."""
    work.close()
    raise SupersededError("a newer request has come")
