"""Runs the author's coroutines on the main thread so that an interrupt reaches them wherever they wait.

The coroutine is stepped here, by hand. For every future that it awaits, our task waits on a gate instead, which the
future's callback opens. An interrupt opens the gate too: the exception is thrown at the innermost await at once, also
when what is awaited swallows its cancellation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sdk.errors import ExecutionError, RequestTimeoutError
from sdk.transport.interrupts import Interrupts
from sdk.transport.limits import Limits, Overdue

if TYPE_CHECKING:
    from asyncio import Future

T = TypeVar("T")

_HURRIED = 0.05  # seconds from one interrupt to the next of what swallows them


class MainDrive:
    """A drive (see `sdk.kernel.drive`) for requests that are answered in order on the main thread."""

    def __init__(self, interrupts: Interrupts, limits: Limits, new_future: Callable[[], Future[None]]) -> None:
        self._interrupts = interrupts
        self._limits = limits
        self._new_future = new_future
        interrupts.boundary = Driven._steps.__code__

    async def __call__(self, work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
        """The coroutine's value, or what it raised."""
        driven: Driven[T] = Driven(work, self._interrupts, self._new_future)
        if limit is None:
            return await driven
        begun, error = time.monotonic(), RequestTimeoutError(f"no answer within {limit:g} seconds")
        strikes = iter((error,))
        try:
            with self._limits.within(
                limit, lambda: self._interrupts.fail(driven, next(strikes, Overdue())), hurried=_HURRIED
            ):
                return await driven
        except (RequestTimeoutError, Overdue):
            if self._limits.were_hurried(begun):
                raise KeyboardInterrupt from None  # the author's code has swallowed the one that was meant for it
            raise error from None


class Driven(Generic[T]):
    """One coroutine being driven."""

    def __init__(
        self, work: Coroutine[Any, Any, T], interrupts: Interrupts, new_future: Callable[[], Future[None]]
    ) -> None:
        self._work = work
        self._interrupts = interrupts
        self._new_future = new_future
        self._gate: Future[None] | None = None

    def open_gate(self) -> None:
        """Let the coroutine go on; it finds out why."""
        if self._gate is not None and not self._gate.done():
            self._gate.set_result(None)

    def __await__(self) -> Generator[Any, Any, T]:
        interrupts = self._interrupts
        before, interrupts.target = interrupts.target, self
        try:
            return (yield from self._steps())
        finally:
            interrupts.target = before

    def _steps(self) -> Generator[Any, Any, T]:
        interrupts, work = self._interrupts, self._work
        thrown: BaseException | None = None
        while True:
            if interrupts.pending is not None:
                thrown, interrupts.pending = interrupts.pending, None
            interrupts.in_user_code = True
            try:
                awaited = work.send(None) if thrown is None else work.throw(thrown)
            except StopIteration as stop:
                value: T = stop.value
                return value
            except GeneratorExit as error:
                if isinstance(thrown, GeneratorExit):
                    raise  # we are being closed
                raise ExecutionError("GeneratorExit", str(error)) from error
            finally:
                interrupts.in_user_code = False
            thrown = None
            try:
                if awaited is None:
                    yield  # asyncio.sleep(0): to the loop and back
                else:
                    yield from self._wait_for(awaited)
            except BaseException as cancelled:  # our task was cancelled: it is the coroutine's to know
                thrown = cancelled

    def _wait_for(self, awaited: Future[Any]) -> Generator[Any, Any, None]:
        awaited._asyncio_future_blocking = False  # what a task does with a future that it was given (asyncio.Task)
        awaited.add_done_callback(self._opener())
        while not awaited.done():
            self._gate = self._new_future()
            try:
                yield from self._gate
            except (KeyboardInterrupt, RequestTimeoutError, Overdue):  # a drive around this one took what was pending
                awaited.add_done_callback(_retrieve)
                awaited.cancel()
                raise
            except BaseException:
                # A cancelled task first cancels what it awaits, and goes on when that has ended.
                if self._interrupts.pending is not None or not awaited.cancel():
                    raise
            finally:
                self._gate = None
            if self._interrupts.pending is not None:
                awaited.add_done_callback(_retrieve)  # nobody waits for it any more: how it ends is nobody's news
                awaited.cancel()
                return

    def _opener(self) -> Callable[[Any], None]:
        return lambda _: self.open_gate()


def _retrieve(future: Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
