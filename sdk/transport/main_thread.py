"""`MainThread`: one asyncio loop and one long-lived task that answers what comes, in order. User code runs here."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from sdk.errors import RequestTimeoutError
from sdk.seam import Drive, Receiver
from sdk.transport.alarm import Alarm
from sdk.transport.intake import Arrival
from sdk.transport.interrupts import Interrupts
from sdk.transport.limits import Limits
from sdk.transport.main_drive import BOUNDARY, MainDrive

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, Task

T = TypeVar("T")

LONG = 0.010  # seconds after which a cell counts as long, and the control thread reads shell in its stead
_LAST_WORDS = 0.5  # seconds that the user's tasks get to end


class MainThread:
    """Answers requests in the order of their arrival."""

    def __init__(self, receiver: Receiver, interrupts: Interrupts, limits: Limits, alarm: Alarm) -> None:
        self._receiver = receiver
        self._interrupts = interrupts
        self._limits = limits
        self._alarm = alarm
        self._ident = threading.get_ident()
        self._inbox: deque[Arrival] = deque()
        self._loop: AbstractEventLoop | None = None
        self._sleeping: Future[None] | None = None
        self._beside: set[Task[None]] = set()
        self._ending = False
        self._restart = False
        self.busy = True
        """Whether what arrives must wait. True from the start until the language is up."""
        self.busy_since: float | None = None

    # -- from any thread -----------------------------------------------------------------------------------------------

    def put(self, arrival: Arrival) -> None:
        """Answer this after what came before."""
        self._inbox.append(arrival)
        self._wake()

    def put_beside(self, arrival: Arrival) -> None:
        """Answer this on the loop, beside the cell that runs."""
        self.call(lambda: self._answer_beside(arrival))

    def call(self, callback: Callable[[], None]) -> None:
        """Call this on the loop."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback)

    def end(self, *, restart: bool) -> None:
        """End the loop after what it is doing, which is interrupted."""
        self._ending = True
        self._restart = restart
        self._wake()
        if self._interrupts.active:
            self._interrupts.interrupt()

    def _wake(self) -> None:
        # The server sets `_sleeping` before its last look into the inbox: so either it sees what was put there, or this
        # sees that it sleeps.
        sleeping, self._sleeping = self._sleeping, None
        if sleeping is None or self._loop is None:
            return
        if threading.get_ident() == self._ident:
            _finish(sleeping)
        else:
            self._loop.call_soon_threadsafe(_finish, sleeping)

    # -- the thread ----------------------------------------------------------------------------------------------------

    def run(self, shell: int, drain: Callable[[], None]) -> bool:
        """Serve until the end; whether a restart is wanted. `shell` is the descriptor to watch, `drain` reads it."""
        import asyncio  # 20 ms: imported when the kernel can answer already

        self._loop = loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        drive = MainDrive(self._interrupts, self._limits, loop)
        loop.add_reader(shell, drain)
        with self._interrupts.installed(
            bottom=_run_loop.__code__, boundary=BOUNDARY, wake_loop=lambda: self.call(drive.deliver)
        ):
            serving = loop.create_task(self._serve(drive, drain))
            serving.add_done_callback(lambda _: loop.stop())
            _run_loop(loop, serving)
            self._close(loop)
        return self._restart

    async def _serve(self, drive: Drive, drain: Callable[[], None]) -> None:
        import asyncio

        interrupts, receive = self._interrupts, self._receiver.receive
        interrupts.active = True
        await self._receiver.begin(drive)
        interrupts.active = False
        assert self._loop is not None
        while not self._ending:
            while self._inbox and not self._ending:
                arrival = self._inbox.popleft()
                self.busy_since = time.monotonic()
                self._alarm.within(LONG)
                interrupts.active = True
                try:
                    await receive(arrival.channel, arrival.message, arrival.sequence, drive)
                except asyncio.CancelledError:  # a cell cancelled the task that it runs in
                    pass
                finally:
                    interrupts.active = False
                    interrupts.pending = None
                    self.busy_since = None
            self.busy = False
            self._sleeping = sleeping = self._loop.create_future()
            drain()
            if not self._inbox and not self._ending:
                with contextlib.suppress(asyncio.CancelledError):
                    await sleeping
            self._sleeping = None
            self.busy = True
        await self._receiver.end(drive, restart=self._restart)

    def _answer_beside(self, arrival: Arrival) -> None:
        assert self._loop is not None
        task = self._loop.create_task(
            self._receiver.receive(arrival.channel, arrival.message, arrival.sequence, _beside)
        )
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def _close(self, loop: AbstractEventLoop) -> None:
        """End the user's tasks, as asyncio.run would, but not for ever."""
        import asyncio

        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        try:
            if tasks:
                loop.run_until_complete(asyncio.wait(tasks, timeout=_LAST_WORDS))
            loop.run_until_complete(loop.shutdown_asyncgens())
        except (KeyboardInterrupt, RuntimeError):
            return
        finally:
            if not loop.is_running():
                loop.close()


async def _beside(work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
    """The drive of what is answered beside a cell: a time limit, no interrupt."""
    import asyncio

    try:
        return await asyncio.wait_for(work, limit)
    except TimeoutError:
        raise RequestTimeoutError(f"no answer within {limit:g} seconds") from None


def _run_loop(loop: AbstractEventLoop, serving: Task[None]) -> None:
    """Run until `serving` is done, whatever interrupts leave the loop. The bottom of the stack, for `Interrupts`."""
    while not serving.done():
        try:
            loop.run_forever()
        except (KeyboardInterrupt, SystemExit):  # of a task or callback of the user's
            continue


def _finish(future: Future[None]) -> None:
    if not future.done():
        future.set_result(None)
