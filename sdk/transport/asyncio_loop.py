"""`AsyncioLoop`: the main thread's loop for languages that await: the user's tasks run on it between cells too."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import CodeType
from typing import Any, TypeVar

from sdk.errors import RequestTimeoutError
from sdk.seam import Drive, Guest
from sdk.transport.interrupts import Interrupts
from sdk.transport.limits import Limits
from sdk.transport.main_drive import MainDrive
from sdk.transport.waiting import Waiting

T = TypeVar("T")

_ABOUT_TO_RUN = asyncio.base_events.__name__, "_run_once"
_LAST_WORDS = 0.5  # seconds that the user's tasks get to end


class AsyncioLoop:
    """See `sdk.transport.main_thread.Loop`."""

    def __init__(self) -> None:
        self._waiting = Waiting()
        self._loop = asyncio.SelectorEventLoop(self._waiting)
        self._ident = threading.get_ident()
        self._tasks: set[asyncio.Task[None]] = set()
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(_report)

    bottom: CodeType
    """The code that runs the loop, for `Interrupts`."""

    def drive(self, interrupts: Interrupts, limits: Limits) -> Drive:
        """The drive of requests that are answered in order."""
        return MainDrive(interrupts, limits, self._loop.create_future)

    def run(self, serving: Coroutine[Any, Any, None], shell: int, drain: Callable[[], None]) -> None:
        """Run `serving` to its end; call `drain` when the descriptor `shell` is readable."""
        self._loop.add_reader(shell, drain)
        task = self._loop.create_task(serving)
        task.add_done_callback(lambda _: self._loop.stop())
        try:
            self._run(task)
        finally:
            self.join(None)
        self._close()

    def call(self, callback: Callable[[], None]) -> None:
        """Call this on the loop. Any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback)

    def answer_beside(self, answering: Callable[[Drive], Coroutine[Any, Any, None]]) -> bool:
        """Answer a request beside what runs. Any thread."""
        self.call(lambda: self._begin(answering(_beside)))
        return True

    def sleep(self) -> _Sleep:
        """A new sleep of the task that serves."""
        return _Sleep(self._loop, self._ident)

    def join(self, make: Callable[[int], Guest] | None) -> None:
        """Let another event loop run whenever this one waits; None ends it. By this thread."""
        self._waiting.admit(self._loop, make)

    def _begin(self, answering: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(answering)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _run(self, serving: asyncio.Task[None]) -> None:
        while not serving.done():
            try:
                self._loop.run_forever()
            except (KeyboardInterrupt, SystemExit):  # of a task or callback of the user's
                continue
            except IndexError as error:
                if not _is_robbed(error):
                    raise

    def _close(self) -> None:
        """End the user's tasks, as asyncio.run would, but not for ever."""
        loop = self._loop
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


def _is_robbed(error: IndexError) -> bool:
    """Whether a loop inside this one, as nest_asyncio runs it, has run what asyncio was about to run: all is well."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    frame = None if trace is None else trace.tb_frame
    return frame is not None and (frame.f_globals["__name__"], frame.f_code.co_name) == _ABOUT_TO_RUN


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """As asyncio does, but that a task was interrupted is known to who interrupted it."""
    if not isinstance(context.get("exception"), KeyboardInterrupt):
        loop.default_exception_handler(context)


AsyncioLoop.bottom = AsyncioLoop._run.__code__


class _Sleep:
    """Awaited by the task that serves, ended by anybody."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ident: int) -> None:
        self._loop = loop
        self._ident = ident
        self._future = loop.create_future()
        self._told = False

    def __await__(self) -> Any:
        try:
            yield from self._future
        except asyncio.CancelledError:  # a cell cancelled the task that it ran in
            return

    def wake(self) -> None:
        """End the sleep. Any thread, any number of times."""
        if threading.get_ident() == self._ident:
            self._finish()
        elif not self._told:
            self._told = True
            self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if not self._future.done():
            self._future.set_result(None)


async def _beside(work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
    """The drive of what is answered beside a cell: a time limit, no interrupt."""
    try:
        return await asyncio.wait_for(work, limit)
    except TimeoutError:
        raise RequestTimeoutError(f"no answer within {limit:g} seconds") from None
