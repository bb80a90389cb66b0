"""SIGINT: where the main thread is when it comes, and what follows from that.

The signal handler looks at the stack. In the user's code it raises; in ours, which may hold a lock or be in the middle
of a message, it only notes the interrupt, which is raised when our code returns to the user's; while the cell awaits it
is thrown at the innermost await; with nothing running it is forgotten: a late Ctrl-C never ends the next cell.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Protocol

from sdk.errors import RequestTimeoutError
from sdk.transport.alarm import Alarm
from sdk.transport.limits import Overdue
from sdk.transport.loop_thread import LoopThread
from sdk.transport.signals import has_signals, raise_in_thread
from sdk.transport.stack import Place, is_finalizing, place

if TYPE_CHECKING:
    from sdk.transport.main_thread import Loop

_LOOK_AGAIN = 0.1  # seconds after which an interrupt that nobody took is signalled again
_UNNOTICED = 0.05  # seconds after which a signal that has not reached Python is sent again; doubled each time
_TRIES = 5
_FINALIZER = 0.2  # seconds that a finalizer gets to end, before it is interrupted too
_OF_OURS = (KeyboardInterrupt, RequestTimeoutError, Overdue)


class Target(Protocol):
    """What the cell that runs is driven by."""

    def open_gate(self) -> None:
        """Let the coroutine go on; it finds out why."""


class Interrupts:
    """The main thread's interrupts; it makes them. Only the main thread changes `pending` to None."""

    def __init__(self, alarm: Alarm) -> None:
        self._alarm = alarm
        self._main = threading.get_ident()
        self._bottom: CodeType | None = None
        self.boundary: CodeType | None = None
        """The code that steps the user's coroutine (`sdk.transport.main_drive`)."""
        self._call_on_loop: Callable[[Callable[[], None]], None] = lambda callback: None
        self._wake_waits: list[Callable[[BaseException], None]] = []
        self.ask_language: Callable[[], bool] | None = None
        """For languages that interrupt themselves: asks them; false when they have not answered the last time."""
        self.target: Target | None = None
        """What the cell that runs is driven by; None between cells."""
        self.active = False
        """Whether a request is being answered on the main thread."""
        self.starting = False
        """Whether the language starts ahead of the first cell."""
        self.starting_through: int | None = None
        """The last message that had arrived when an interrupt came meanwhile."""
        self._arrived: Callable[[], int] = lambda: 0
        self._signalled_through: int | None = None
        self._found: Any = None
        self.in_user_code = False
        self.pending: BaseException | None = None
        self.hurry: Callable[[], None] = lambda: None
        """What has a time limit (completion, ...) shall end: it may swallow interrupts."""
        self.on_interrupt: Callable[[str | None], None] = lambda subshell_id: None
        """Told of each that comes."""
        self._noted_at = 0.0
        self._came: float | None = None
        self._handled = self._handled_before = 0
        self._tries = 0
        self.tell_noticed: Callable[[], None] = lambda: None
        """Calls `noticed` on the control thread, after all signals that came before."""

    def listen(self, arrived: Callable[[], int]) -> None:
        """Note SIGINT from now on: the language is yet to be started, and a cell may wait for it.

        `arrived` is the number of the last message that has come.
        """
        self._arrived = arrived
        self.active = self.starting = True
        self._found = self._take_signal()

    @contextmanager
    def installed(self, loop: Loop) -> Iterator[None]:
        """Handle SIGINT, with the main thread on this loop."""
        self._bottom, self._call_on_loop = loop.bottom, loop.call
        self._take_signal()
        hook = sys.unraisablehook

        def take_back(lost: sys.UnraisableHookArgs) -> None:
            if threading.get_ident() != self._main:
                thread = threading.current_thread()
                if not isinstance(thread, LoopThread) or not thread.take_back(lost.exc_value):
                    hook(lost)
            elif not self._take_back(lost.exc_value):
                # It writes to the user's stderr, whose last act would be to raise what is pending: it would be lost.
                before, self.in_user_code = self.in_user_code, False
                try:
                    hook(lost)
                finally:
                    self.in_user_code = before

        sys.unraisablehook = take_back
        try:
            yield
        finally:
            sys.unraisablehook = hook
            self._ignore_signal()  # nothing is left to be interrupted

    def _take_signal(self) -> Any:
        return signal.signal(signal.SIGINT, self._handle)

    def _ignore_signal(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def give_back(self) -> None:
        """SIGINT is whose it was before `listen`."""
        if self._found is not None:
            signal.signal(signal.SIGINT, self._found)

    def interrupt(self) -> None:
        """Interrupt the main thread, from any thread."""
        self._signal()

    def _signal(self) -> None:
        signal.pthread_kill(self._main, signal.SIGINT)

    def fail(self, driven: Target, error: BaseException) -> None:
        """Let `driven` end with `error`, from the control thread. Nothing happens when it has ended."""
        if self.target is driven:
            self.pending = error
            self._signal()

    def look_again(self) -> None:
        """Signal again what is pending: the loop may have gone on to a callback that blocks. By the control thread."""
        if self._is_unnoticed() or (self.active and self.pending is not None):
            self._signal()

    def comes(self) -> None:
        """An interrupt reaches the process: while the language starts, what comes from now on is not meant."""
        if self.starting and self._signalled_through is None:
            self._signalled_through = self._arrived()

    def signalled(self) -> None:
        """SIGINT has reached the process and not the handler. By the control thread.

        A signal that comes between Python's last look and a system call that blocks is noticed when that call ends,
        which may be in a minute: so it is sent again if the handler does not run.
        """
        self.comes()
        self._came, self._handled_before = time.monotonic(), self._handled
        self._alarm.within(_UNNOTICED * 2**self._tries)

    def noticed(self) -> None:
        """The handler has run since. By the control thread."""
        self._came = self._signalled_through = None
        self._tries = 0

    def _is_unnoticed(self) -> bool:
        came = self._came
        if came is None or self._handled != self._handled_before:
            return False
        left = came + _UNNOTICED * 2**self._tries - time.monotonic()
        if left > 0.001:
            self._alarm.within(left)
            return False
        self._came = None
        self._tries += 1
        return self._tries <= _TRIES

    def take_up(self, frame: FrameType | None) -> None:
        """Another signal's handler ends, which met `frame`: an interrupt that came meanwhile is raised there."""
        if self.pending is not None:
            self._handle(signal.SIGINT, frame)

    def raise_pending(self) -> None:
        """Raise what is pending, if the main thread's user code is the caller."""
        if not self.in_user_code or threading.get_ident() != self._main:
            return
        if not is_finalizing(sys._getframe(1), {self.boundary}):
            error, self.pending = self.pending, None
            if error is not None:
                raise error

    @contextmanager
    def ending_wait(self, bring: Callable[[BaseException], None]) -> Iterator[None]:
        """While the main thread blocks in here for the user's code, an interrupt calls `bring` with itself."""
        if threading.get_ident() != self._main:
            yield
            return
        self._wake_waits.append(bring)
        try:
            if self.pending is not None:
                bring(self.pending)
            yield
        except BaseException as error:
            if error is self.pending:
                self.pending = None
            raise
        finally:
            self._wake_waits.remove(bring)

    # -- the handler ---------------------------------------------------------------------------------------------------

    def _handle(self, number: int, frame: FrameType | None) -> None:
        error = self._decided(frame)
        if error is not None:
            raise error

    def _decided(self, frame: FrameType | None) -> BaseException | None:
        """What is to be raised now, in the thread whose innermost frame this is."""
        self._handled += 1
        through = self._signalled_through  # what starts may not have let this run for long
        self.tell_noticed()
        limit = self.pending
        if limit is None:
            self.hurry()
            if self.starting:
                self.starting_through = self._arrived() if through is None else through
            self.on_interrupt(None)
        met = place(frame, {self.boundary}, self._bottom)
        if met is Place.FINALIZER:  # what called it is interrupted when it has ended
            if limit is not None and time.monotonic() - self._noted_at > _FINALIZER:
                self._note(limit)
                return limit
            met = Place.OURS
        if limit is None and self.ask_language is not None and self.active and self.ask_language():
            return None
        if met is Place.USER:
            self.pending = None
            return limit or KeyboardInterrupt()
        if met is Place.CALLBACK:
            if self.active:
                self.pending = limit or KeyboardInterrupt()
                self._call_on_loop(self._deliver)
                self._alarm.within(_LOOK_AGAIN)
            return KeyboardInterrupt()
        if self.active:
            self._note(limit or KeyboardInterrupt())
        return None

    def _note(self, error: BaseException) -> None:
        if self.pending is None:
            self._noted_at = time.monotonic()
        self.pending = error
        if self._wake_waits:
            self._wake_waits[-1](error)
        self._call_on_loop(self._deliver)
        self._alarm.within(_LOOK_AGAIN)

    def _take_back(self, error: BaseException | None) -> bool:
        """Whether this was an interrupt that met the user's code in a finalizer, where Python drops what is raised."""
        if not self.active or not isinstance(error, _OF_OURS):
            return False
        self._note(error.with_traceback(None))
        return True

    def _deliver(self) -> None:
        """On the loop: if the cell awaits, throw the pending interrupt at it."""
        if self.target is not None and self.pending is not None:
            self.target.open_gate()


class ThreadInterrupts(Interrupts):
    """Those of a kernel whose "main" thread is not the process's, so that no signal reaches it.

    Who interrupts looks at that thread's stack himself: it stands still meanwhile, and looks for exceptions first when
    it goes on.
    """

    def _take_signal(self) -> Any:
        return None

    def _ignore_signal(self) -> None:
        """There is none."""

    def _signal(self) -> None:
        error = self._decided(sys._current_frames().get(self._main))
        if error is not None:
            raise_in_thread(self._main, type(error))


def new_interrupts(alarm: Alarm) -> Interrupts:
    """Those of this thread."""
    return Interrupts(alarm) if has_signals() else ThreadInterrupts(alarm)
