"""Runs the author's coroutines on a thread of its own (the worker, a subshell), where signals do not reach.

Awaiting code is cancelled; code that blocks gets its exception from the interpreter at its next bytecode
(`PyThreadState_SetAsyncExc`). That must never hit our own code, which may be in the middle of a message: it is only
sent while the thread's stack shows the author's, else kept until our code returns, and taken back when it was too late.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sdk.errors import ExecutionError, RequestTimeoutError
from sdk.transport.limits import Limits, Overdue
from sdk.transport.signals import raise_in_thread, take_back
from sdk.transport.stack import Place, is_finalizing, place

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

T = TypeVar("T")

_HOPELESS = 1.0  # seconds of strikes
_HOPELESS_WHEN_HURRIED = 0.3  # a user waits
_HURRIED = 0.05  # seconds from one to the next when the user has interrupted it
_FINALIZER = 0.2  # seconds that a finalizer gets to end, before it is interrupted too
_LOOK_AGAIN = 0.02  # seconds after which an exception that met our own code is tried again


class _Overdue:
    """Strikes what has not ended in time, until it does or there is no hope."""

    def __init__(self, drive: ThreadDrive, begun: float, limit: float) -> None:
        self._drive, self._begun, self._limit = drive, begun, limit
        self._error: RequestTimeoutError | None = None
        self._first, self._patience = 0.0, _HOPELESS
        self._is_hopeless = False

    def strike(self) -> None:
        """By the control thread."""
        now = time.monotonic()
        if self._error is None:
            self._error, self._first = self._drive.overdue(self._begun, self._limit), now
            self._patience = _HOPELESS_WHEN_HURRIED if self._drive.is_hurried(self._begun) else _HOPELESS
            self._drive.fail(self._error, RequestTimeoutError)
            return
        self._drive.fail(self._error, Overdue)
        if now - self._first >= self._patience and not self._is_hopeless:
            self._is_hopeless = True
            self._drive.stuck(self._error)


class ThreadDrive:
    """A drive for one thread with a loop of its own."""

    def __init__(
        self, limits: Limits, loop: AbstractEventLoop, on_stuck: Callable[[BaseException], None] = lambda error: None
    ) -> None:
        """`on_stuck` is called with the error when what runs is not ended by any strike: it is in C code."""
        self._limits = limits
        self._on_stuck = on_stuck
        self._loop = loop
        self._lock = threading.Lock()
        self._thread = 0
        self._stepping = False
        self._active = False
        self._task: Any = None
        self._error: BaseException | None = None
        self._failed_at = 0.0
        self._bring: Callable[[BaseException], None] | None = None
        self._brought: type[BaseException] | None = None
        self.pending: type[BaseException] | None = None
        """What is to be raised in the author's code as soon as it is there again."""

    async def __call__(self, work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
        """The coroutine's value, or what it raised."""
        import asyncio  # start-up time

        self._thread = threading.get_ident()
        with self._lock:
            noted = self._error if self.pending is KeyboardInterrupt else None
            self._error = self.pending = None
            if noted is None:
                self._task = asyncio.ensure_future(_Stepped(self, work).run())
        if noted is not None:
            work.close()
            raise noted
        try:
            if limit is None:
                value: T = await self._ended()
            else:
                overdue = _Overdue(self, time.monotonic(), limit)
                with self._limits.within(limit, overdue.strike, hurried=_HURRIED):
                    value = await self._ended()
            return value
        finally:
            self._task = None

    @contextmanager
    def answering(self) -> Iterator[None]:
        """In here a request is answered: an interrupt that comes between two of its coroutines ends the next one."""
        with self._lock:
            self._active, self._error, self.pending = True, None, None
        try:
            yield
        finally:
            with self._lock:
                self._active, self._error, self.pending = False, None, None

    def overdue(self, begun: float, limit: float) -> RequestTimeoutError:
        """Why what began then ends now."""
        if self.is_hurried(begun):
            return RequestTimeoutError("interrupted")
        return RequestTimeoutError(f"no answer within {limit:g} seconds")

    def is_hurried(self, begun: float) -> bool:
        """Whether the user has interrupted what began then."""
        return self._limits.were_hurried(begun)

    def stuck(self, error: BaseException) -> None:
        """What runs does not end."""
        self._on_stuck(error)

    def fail(self, error: BaseException, strike: type[BaseException] = KeyboardInterrupt) -> None:
        """Let what runs end with `error`, from any thread; code that blocks is struck by a `strike`.

        Nothing happens when nothing runs.
        """
        with self._lock:
            task = self._task
            self._failed_at = time.monotonic()
            if task is not None:
                self._error = error
                self._strike(task, strike)
            elif self._active:
                self._error, self.pending = error, strike

    def _strike(self, task: Any, strike: type[BaseException]) -> None:
        """Under the lock."""
        if self._bring is not None:
            self._bring_error(strike)
            return
        met = place(sys._current_frames().get(self._thread), _STEPS) if self._stepping else Place.LOOP
        if met is Place.USER:
            # That it is so now holds until then: the thread does not run, and looks for exceptions before it goes on.
            self.pending = None
            raise_in_thread(self._thread, strike)
            return
        self._keep(task, strike)  # for it may go on to code that blocks, before the loop comes to this
        if met is Place.LOOP:
            self._loop.call_soon_threadsafe(self._cancel, task)
        elif met is Place.FINALIZER and time.monotonic() - self._failed_at > _FINALIZER:
            raise_in_thread(self._thread, strike)  # where it is dropped: what called it is still to be interrupted

    def _bring_error(self, strike: type[BaseException]) -> None:
        if self._bring is not None and self._error is not None:
            self._brought = strike
            self._bring(self._error)

    def _keep(self, task: Any, strike: type[BaseException]) -> None:
        self.pending = strike
        self._limits.later(_LOOK_AGAIN, lambda: self._strike_again(task))

    def _cancel(self, task: Any) -> None:
        with self._lock:
            if self._task is task and self.pending is not None:
                self.pending = None
                task.cancel()

    def _strike_again(self, task: Any) -> None:
        with self._lock:
            if self._task is task and self.pending is not None:
                strike, self.pending = self.pending, None
                self._strike(task, strike)

    def raise_pending(self) -> None:
        """Raise what is pending: the last act of a call from the author's code, on the thread itself."""
        if not self._stepping or is_finalizing(sys._getframe(1), _STEPS):
            return
        with self._lock:
            strike, self.pending = self.pending, None
        if strike is not None:
            raise strike

    def take_back(self, error: BaseException | None) -> bool:
        """Whether this was an exception of ours that met a callback of the author's code, where Python drops it.

        It is raised again. By the thread itself.
        """
        if not isinstance(error, KeyboardInterrupt | RequestTimeoutError | Overdue):
            return False
        with self._lock:
            if self._task is None or self._error is None:
                return False
            self._keep(self._task, type(error))
        return True

    @contextmanager
    def ending_wait(self, bring: Callable[[BaseException], None]) -> Iterator[None]:
        """While the thread blocks in here for the author's code, where no bytecode runs, `fail` calls `bring`."""
        with self._lock:
            self._bring, self._brought = bring, None
            if self.pending is not None and self._error is not None:
                strike, self.pending = self.pending, None
                self._bring_error(strike)
        try:
            yield
            with self._lock:
                if self._brought is not None:  # what it waited for came first: raised when our code returns
                    self._keep(self._task, self._brought)
        finally:
            with self._lock:
                self._bring = None

    def entered(self) -> None:
        """The thread is in the author's code from here."""
        self._stepping = True

    def left(self) -> None:
        """The thread is in ours again; an exception that did not hit in time is taken back."""
        with self._lock:
            self._stepping = False
            if self._error is not None:
                take_back()

    def reason(self, thrown: BaseException) -> BaseException:
        """What the author's code gets for `thrown`: an interrupt, where we cancelled what it awaits to tell it that."""
        import asyncio  # start-up time

        error = self._error
        return error if isinstance(error, KeyboardInterrupt) and isinstance(thrown, asyncio.CancelledError) else thrown

    async def _ended(self) -> Any:
        import asyncio  # start-up time

        try:
            return await self._task
        except _Raised as raised:
            raise self._error or raised.exception from raised.exception.__cause__
        except (asyncio.CancelledError, RequestTimeoutError, Overdue):
            if self._error is not None:
                raise self._error from None
            raise


class _Raised(Exception):
    """Carries past the loop what would end it: a KeyboardInterrupt or SystemExit of the author's code."""

    def __init__(self, exception: BaseException) -> None:
        super().__init__()
        self.exception = exception


class _Stepped:
    """A coroutine whose every step is announced."""

    def __init__(self, drive: ThreadDrive, work: Coroutine[Any, Any, T]) -> None:
        self._drive = drive
        self._work = work

    async def run(self) -> Any:
        return await self

    def __await__(self) -> Any:
        drive, work = self._drive, self._work
        value, thrown = None, None
        while True:
            try:
                try:
                    drive.entered()
                    awaited = work.send(value) if thrown is None else work.throw(thrown)
                finally:
                    drive.left()
            except StopIteration as stop:
                return stop.value
            except (KeyboardInterrupt, SystemExit) as error:  # would end the loop; the cell alone shall end with it
                raise _Raised(error) from error
            except GeneratorExit as error:
                if isinstance(thrown, GeneratorExit):
                    raise  # we are being closed
                raise ExecutionError("GeneratorExit", str(error)) from error
            value, thrown = None, None
            try:
                value = yield awaited
            except BaseException as error:
                thrown = drive.reason(error)


_STEPS = frozenset((_Stepped.__await__.__code__,))
