"""`ControlThread`: watches all descriptors but shell's (and that too while a cell runs long), and the alarm.

It answers what may be answered at once, and runs none of the author's or the user's code: nothing that they do can keep
an interrupt or a shutdown from getting through.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Coroutine
from threading import Thread, get_ident
from types import FrameType
from typing import Any, TypeVar

from sdk.seam import Receiver
from sdk.transport.alarm import Alarm
from sdk.transport.intake import Arrival
from sdk.transport.interrupts import Interrupts
from sdk.transport.main_thread import LONG, MainThread
from sdk.transport.signals import block_signals, forget_signals_in_children, has_signals

T = TypeVar("T")

_SAME_SIGNAL = 0.2  # seconds; one signal stands in the pipe twice
_SOON = 0.025
_CHANCE = 0.5  # seconds
_INTERRUPT = bytes((signal.SIGINT,))
_NOTICED = b"\xff"  # no signal has that number
_EARLY = 0.002  # what is due this soon is done now, rather than woken up for


class ControlThread(Thread):
    """One selector, its callbacks, and the queue of what is to be answered at once."""

    def __init__(self, log: Callable[[str], None]) -> None:
        super().__init__(name="control", daemon=True)
        self._log = log
        self._selector = selectors.DefaultSelector()
        self._wake_reader, self._wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.alarm = Alarm(self.wake)
        self._queue: deque[Arrival] = deque()
        self._callbacks: deque[tuple[float, Callable[[], None]]] = deque()
        self._on_alarm: list[Callable[[], None]] = []
        self._on_terminate: Callable[[], None] = lambda: None
        self._terminated_at = -_SAME_SIGNAL
        self._interrupts: Interrupts | None = None
        self._receiver: Receiver | None = None
        self._main: MainThread | None = None
        self._shell = -1
        self._drain_shell: Callable[[], None] = lambda: None
        self._overtake: Callable[[], None] = lambda: None
        self._ended = False
        self._found_descriptor = -1

    # -- from any thread -----------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Let the thread look at its queue."""
        with contextlib.suppress(BlockingIOError):  # full: it will wake
            os.write(self._wake_writer, b"\0")

    def tell_noticed(self) -> None:
        """The main thread's handler of SIGINT runs: in the pipe this stands behind the signals that it is for."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_writer, _NOTICED)

    def answer(self, arrival: Arrival) -> None:
        """Answer this at once."""
        self._queue.append(arrival)
        if not self.is_here():
            self.wake()

    def is_here(self) -> bool:
        """Whether the caller is on this thread."""
        return get_ident() == self.ident

    def later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call `callback`, which is quick and ours, after about so long."""
        self._callbacks.append((time.monotonic() + seconds, callback))
        self.alarm.within(seconds)

    def soon(self, callback: Callable[[], None]) -> None:
        """Call `callback`, which is quick and ours, in about 25 ms."""
        self.later(_SOON, callback)

    def end(self) -> None:
        """End the thread, and wait until it has ended."""
        self._ended = True
        self.wake()
        self.join()
        self._selector.close()
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    # -- before the thread starts --------------------------------------------------------------------------------------

    def watch(self, descriptor: int, callback: Callable[[], None]) -> None:
        """Call `callback` when `descriptor` is readable."""
        self._selector.register(descriptor, selectors.EVENT_READ, callback)

    def unwatch(self, descriptor: int) -> None:
        """Watch it no more. By callbacks of this thread."""
        with contextlib.suppress(KeyError):
            self._selector.unregister(descriptor)

    def watch_shell(self, descriptor: int, drain: Callable[[], None], overtake: Callable[[], None]) -> None:
        """Read shell in the main thread's stead, now while it starts, and whenever a cell runs long.

        `overtake` is called then too, for what was read before.
        """
        self._shell, self._drain_shell, self._overtake = descriptor, drain, overtake
        self._arm_shell()

    def on_alarm(self, *callbacks: Callable[[], None]) -> None:
        """What to look at when the alarm is due."""
        self._on_alarm.extend(callbacks)

    def watch_interrupts(self, interrupts: Interrupts) -> None:
        """See to it that no SIGINT stays unnoticed."""
        self._interrupts = interrupts
        interrupts.tell_noticed = self.tell_noticed
        self.on_alarm(interrupts.look_again)

    def begin(self, receiver: Receiver, main: MainThread, on_terminate: Callable[[], None] | None) -> None:
        """Start the thread. SIGTERM and SIGHUP call `on_terminate` by it, also when the main thread is stuck.

        None: they mean what they meant before.
        """
        self._receiver, self._main = receiver, main
        self._selector.register(self._wake_reader, selectors.EVENT_READ, self._woken)
        if has_signals():
            self._take_signals(on_terminate)
        self.start()

    def open_alarm(self) -> None:
        """Give the alarm its timer. After `begin`: meanwhile the thread answers."""
        descriptor = self.alarm.open()
        if descriptor >= 0:  # then the selector is epoll, which heeds this while the thread waits
            self._selector.register(descriptor, selectors.EVENT_READ, self._alarmed)

    def _take_signals(self, on_terminate: Callable[[], None] | None) -> None:
        if on_terminate is not None:
            self._on_terminate = on_terminate
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, self._pass_on)
        self._found_descriptor = signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        forget_signals_in_children()

    def give_signals_back(self) -> None:
        """To whom they belonged before `begin`. By the thread that has called it."""
        if has_signals():
            signal.set_wakeup_fd(self._found_descriptor)

    # -- the thread ----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """The thread."""
        block_signals()
        while not self._ended:
            for key, _ in self._selector.select(None if self.alarm.fileno() >= 0 else self.alarm.remaining()):
                key.data()
            if self.alarm.fileno() < 0 and self.alarm.remaining() == 0:
                self._alarmed()
            while self._queue:
                self._answer(self._queue.popleft())

    def _answer(self, arrival: Arrival) -> None:
        assert self._receiver is not None
        answering = self._receiver.receive(arrival.channel, arrival.message, arrival.sequence, _straight)
        try:
            answering.send(None)
        except StopIteration:
            return
        answering.close()
        self._log(f"{arrival.message.header.msg_type}: its answer waits, and must not be on the control thread")

    def _woken(self) -> None:
        numbers = os.read(self._wake_reader, 4096)
        if bytes((signal.SIGTERM,)) in numbers or bytes((signal.SIGHUP,)) in numbers:
            now = time.monotonic()
            if now - self._terminated_at > _SAME_SIGNAL:
                self._terminated_at = now
                self._on_terminate()
            return
        if self._interrupts is not None:
            signalled, noticed = numbers.rfind(_INTERRUPT), numbers.rfind(_NOTICED)
            if signalled > noticed:
                self._interrupts.signalled()
            elif noticed >= 0:
                self._interrupts.noticed()
        if _INTERRUPT in numbers and self._main is not None:
            self._main.call(_nothing)  # the signal may have met another thread than the main one, which sleeps on

    def _alarmed(self) -> None:
        self.alarm.clear()
        now = time.monotonic() + _EARLY
        for _ in range(len(self._callbacks)):
            due, callback = self._callbacks.popleft()
            if due <= now:
                callback()
            else:
                self._callbacks.append((due, callback))
                self.alarm.within(due - now)
        assert self._main is not None
        since = self._main.busy_since
        if since is not None:
            left = since + LONG - time.monotonic()
            if left <= 0:
                self._arm_shell()
                self._overtake()
            else:
                self.alarm.within(left)
        for look in self._on_alarm:
            look()

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        # It stands in the pipe already, unless the user's code took the wake-up descriptor (loop.add_signal_handler).
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_writer, bytes((number,)))
        # C code that never gives the GIL away, but looks at signals, has let us in: the control thread's only chance.
        until = time.monotonic() + _CHANCE
        while until - self._terminated_at > _SAME_SIGNAL + _CHANCE and time.monotonic() < until:
            time.sleep(0.001)
        if self._interrupts is not None:
            self._interrupts.take_up(frame)

    def _arm_shell(self) -> None:
        with contextlib.suppress(KeyError):  # it is armed already
            self._selector.register(self._shell, selectors.EVENT_READ, self._shell_readable)

    def _shell_readable(self) -> None:
        # Taken out of the selector while we read: it stays readable until then, and would spin us.
        self._selector.unregister(self._shell)
        self._drain_shell()
        if self._main is not None and self._main.busy:
            self._arm_shell()


async def _straight(work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
    """The drive here: only code of the SDK's own, which does not wait."""
    return await work


def _nothing() -> None:
    """Wakes a loop."""
