"""`Transport`: joins sockets, threads and loops. What the core speaks with, and what drives it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from threading import Thread, current_thread
from typing import Any, TypeVar

import zmq

from sdk.protocol.comm import CommClose, CommMsg, CommOpen
from sdk.protocol.iopub import IOPubWelcome, Stream
from sdk.protocol.message import Buffer, Channel, Header, Message, Session
from sdk.protocol.record import Record
from sdk.protocol.signing import Signer
from sdk.protocol.wire import to_frames
from sdk.seam import Guest, Lane, Receiver
from sdk.transport.children import end_children
from sdk.transport.control_thread import ControlThread
from sdk.transport.heartbeat import HeartbeatThread
from sdk.transport.hidden import hidden
from sdk.transport.intake import Arrival, Intake
from sdk.transport.interrupts import new_interrupts
from sdk.transport.limits import Limits
from sdk.transport.loop_thread import LoopThread
from sdk.transport.main_thread import Loop, MainThread
from sdk.transport.pace import TransportPace
from sdk.transport.parent import open_parent
from sdk.transport.publisher import Publisher
from sdk.transport.router import Router
from sdk.transport.side_threads import SideThreads
from sdk.transport.sockets import Links

T = TypeVar("T")
_SECOND_GRACE = 1.0  # seconds


class TransportOptions(Record):
    """What may be configured of a transport."""

    patience: float = 12.0
    """Seconds after which a client that takes none of its output loses it, so that the others go on."""
    shutdown_grace: float = 5.0
    """Seconds that the cell and the language get to end before the process is ended."""
    write_delay: float = 0.25
    """Seconds after which history is written."""
    is_guest: bool = False
    """Whether the process is another program's, which goes on when the kernel has ended."""


class Transport:
    """One kernel's way to its clients. Made with links (sockets, bound or connected), run once, on the main thread."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        links: Links,
        signer: Signer,
        session: Session,
        *,
        log: Callable[[str], None],
        options: TransportOptions | None = None,
        topic: Callable[[Message], bytes] | None = None,
    ) -> None:
        self._context = context
        self._signer = signer
        self._session = session
        self._log = log
        self._options = options or TransportOptions()
        self._topic = topic or Topics(session.session_id)
        self._last_parent: Header | None = None
        self._control = hidden(ControlThread(log))
        alarm = self._control.alarm
        self._limits = Limits(alarm)
        self._interrupts = new_interrupts(alarm)
        self._interrupts.hurry = self._limits.hurry
        self._intake = Intake(signer, self._deliver, log)
        self._routers = {
            channel: Router(getattr(links, channel.value), self._intake.taker(channel), alarm)
            for channel in (Channel.SHELL, Channel.CONTROL, Channel.STDIN)
        }
        self._shell = self._routers[Channel.SHELL]
        self._publisher = Publisher(
            links.iopub,
            alarm,
            welcome=self._welcome,
            notice=self._notice,
            room=self._room,
            patience=self._options.patience,
        )
        self._heartbeat = hidden(HeartbeatThread(links.hb))
        self.pace = TransportPace(self._control, self._interrupts, lambda: self._publisher.crowded)
        self._receiver: Receiver
        self._main: MainThread
        self._sides = SideThreads(self._limits)
        self._subshells: dict[str, LoopThread] = {}
        self._before_exit: list[Callable[[], None]] = []
        self._ends = False

    # -- what the core speaks with -------------------------------------------------------------------------------------

    def send(self, channel: Channel, message: Message) -> None:
        """Send a message (see `sdk.protocol.message.Send`). Any thread; never blocks."""
        if channel is Channel.IOPUB:
            self._last_parent = message.parent_header
            frames = to_frames(message, self._signer, (self._topic(message),))
            self._publisher.publish(frames, copy=not message.buffers)
        else:
            self._routers[channel].send(to_frames(message, self._signer), copy=not message.buffers)
        self._intake.route()

    def arrived(self) -> int:
        """The number of the last message that has arrived by now."""
        self._read_shell()
        return self._intake.sequence

    def interrupt(self, subshell_id: str | None = None) -> None:
        """Interrupt what runs on this subshell, or without an id on the main thread and on all subshells."""
        if subshell_id is not None:
            if subshell_id in self._subshells:
                self._subshells[subshell_id].interrupt()
                self._interrupts.on_interrupt(subshell_id)
            return
        if os.getpgrp() == os.getpid() and not self._options.is_guest:
            # As front-ends do that interrupt by signal: what the cell waits for shall end too. The group is ours alone.
            self._interrupts.comes()
            os.killpg(os.getpid(), signal.SIGINT)
        else:
            self._interrupts.interrupt()
        for one, subshell in list(self._subshells.items()):
            subshell.interrupt()
            self._interrupts.on_interrupt(one)

    def tell_interrupts(self, tell: Callable[[str | None], None]) -> None:
        """Call `tell` with the subshell's id for each interrupt that comes: any thread, between any two bytecodes."""
        self._interrupts.on_interrupt = tell

    def defer(self, callback: Callable[[], None]) -> None:
        """Call `callback` a little later, on a thread of its own: for writing to disk."""
        self._control.later(
            self._options.write_delay, hidden(Thread(target=callback, name="writer", daemon=True)).start
        )

    def begin_subshell(self, subshell_id: str) -> None:
        """Start the thread of a subshell."""
        self._subshells[subshell_id] = thread = LoopThread(f"subshell-{subshell_id}", self._receiver, self._limits)
        thread.begin()

    def end_subshell(self, subshell_id: str) -> None:
        """End the thread of a subshell after what it has got."""
        self._subshells.pop(subshell_id).end()

    def ask_language_to_interrupt(self, ask: Callable[[], Any]) -> None:
        """Interrupts call `ask`, which gives a coroutine, on the loop, instead of raising KeyboardInterrupt."""
        asked: list[Any] = []

        def ask_once() -> bool:
            if asked:
                return False  # the last time it has not even begun to answer: raise after all
            asked.append(self._main.busy_since)
            self._main.call(begin)
            return True

        def begin() -> None:
            import asyncio  # start-up time; a loop runs

            since = asked.pop()
            task = asyncio.ensure_future(_if_still(lambda: self._main.busy_since == since, ask))
            task.add_done_callback(lambda task: _tell_failure(task, self._log))

        self._interrupts.ask_language = ask_once

    def shut_down(self, *, restart: bool) -> None:
        """End: what runs is interrupted, the language stopped; after the grace the process ends all the same.

        Who asks again is about to lose patience (Jupyter sends SIGTERM after half of its own, and then SIGKILL).
        """
        grace = self._options.shutdown_grace
        if not self._options.is_guest:
            self._control.later(min(grace, _SECOND_GRACE) if self._ends else grace, self._end_by_force)
        self._ends = True
        self._main.end(restart=restart)

    # -- running -------------------------------------------------------------------------------------------------------

    def run(
        self, receiver: Receiver, *, uses_asyncio: bool = True, before_exit: Sequence[Callable[[], None]] = ()
    ) -> bool:
        """Serve until shutdown; whether a restart is wanted. The main thread's, once."""
        self._receiver = self._sides.receiver = receiver
        self._before_exit.extend(before_exit)
        main = self._main = MainThread(receiver, self._interrupts, self._limits, self._control.alarm)
        control = self._control
        for channel in (Channel.CONTROL, Channel.STDIN):
            control.watch(self._routers[channel].fileno(), self._reader(self._routers[channel]))
        control.watch(self._publisher.fileno(), self._publisher.drain)
        control.watch_shell(self._shell.fileno(), self._read_shell, self._overtake)
        self._watch_parent()
        control.on_alarm(
            *(router.retry for router in self._routers.values()),
            self._publisher.retry,
            self._limits.look,
            self._intake.route,
        )
        control.watch_interrupts(self._interrupts)
        self._interrupts.listen(lambda: self._intake.sequence)
        self._heartbeat.start()
        control.begin(receiver, main, None if self._options.is_guest else lambda: self.shut_down(restart=False))
        try:
            control.open_alarm()
            return main.run(_asyncio_loop if uses_asyncio else _plain_loop, self._shell.fileno(), self._read_shell)
        finally:
            self._close()

    def _close(self) -> None:
        for subshell in self._subshells.values():
            subshell.put(None)
        for callback in self._before_exit:
            callback()
        if self._options.is_guest:
            self._control.give_signals_back()
            self._interrupts.give_back()
        else:
            end_children()
        self._control.end()
        for close in (*(router.close for router in self._routers.values()), self._publisher.close):
            close()
        self._context.term()

    def _end_by_force(self) -> None:
        self._log("the cell or the language did not end in time: the process is ended")
        for callback in self._before_exit:
            callback()
        end_children()
        os._exit(1)

    def _watch_parent(self) -> None:
        try:
            parent = open_parent()
        except ProcessLookupError:
            self._control.later(0, self._parent_died)
            return
        if parent is not None:
            self._control.watch(parent, lambda: self._parent_died(parent))

    def _parent_died(self, descriptor: int | None = None) -> None:
        self._log("the parent process is gone: the kernel ends")
        if descriptor is not None:
            self._control.unwatch(descriptor)
        self.shut_down(restart=False)

    def process_events(self, limit: int | None = None) -> int:
        """Answer, here and now, up to `limit` of what waits and need not wait for the cell that runs; how many.

        For code of the user's that blocks the loop. In a subshell's thread: what waits there.
        """
        self._read_shell()
        thread = current_thread()
        take = thread.take_offered if isinstance(thread, LoopThread) else self._take_movable
        done = 0
        while (limit is None or done < limit) and (arrival := take()) is not None:
            answering = self._receiver.receive(arrival.channel, arrival.message, arrival.sequence, _straight)
            with contextlib.suppress(StopIteration):
                answering.send(None)
                answering.close()
                self._log(f"{arrival.message.header.msg_type}: its answer waits, and must not be given here")
            done += 1
        self.pace.settle()
        return done

    def join_event_loop(self, make: Callable[[int], Guest] | None) -> None:
        """Let another event loop run whenever the main thread waits; None ends it. By the main thread."""
        self._main.join(make)

    def _take_movable(self) -> Arrival | None:
        for arrival in self._main.movable():
            if self._receiver.lane(arrival.message) is Lane.LOOP and self._main.claim(arrival):
                return arrival
        return None

    # -- arrivals ------------------------------------------------------------------------------------------------------

    def _reader(self, router: Router) -> Callable[[], None]:
        def read() -> None:
            router.drain()
            self._intake.route()

        return read

    def _read_shell(self) -> None:
        self._shell.drain()
        self._intake.route()

    def _deliver(self, arrival: Arrival) -> None:
        """Give an arrival to the thread that answers it. Quick; under the intake's lock."""
        channel, message, _ = arrival
        if channel is Channel.STDIN:
            self._receiver.receive_stdin(message)
            return
        lane, main = self._receiver.lane(message), self._main
        subshell_id = self._receiver.shell_of(message)
        now = channel is Channel.CONTROL or main.is_long_busy() or self._control.is_here()
        if lane is Lane.AT_ONCE and now:
            self._control.answer(arrival)
        elif lane is Lane.WORKER and now:
            self._sides.work(arrival)
        elif lane is Lane.ASIDE:
            self._sides.aside(arrival)
        elif lane in (Lane.LOOP, Lane.IN_ORDER) and subshell_id is not None and subshell_id in self._subshells:
            subshell = self._subshells[subshell_id]
            subshell.offer(arrival) if lane is Lane.LOOP else subshell.put(arrival)
        elif lane is Lane.IN_ORDER:
            main.put(arrival)
        else:
            main.put(arrival, movable=True)
            if main.is_long_busy():
                self._overtake()
            elif lane is Lane.LOOP and main.busy:
                main.offer_beside(arrival)

    def _overtake(self) -> None:
        """A cell runs long: answer what came with it, or soon after, and need not wait for it. Any thread."""
        main = self._main
        for arrival in main.movable():
            lane = self._receiver.lane(arrival.message)
            if lane is Lane.LOOP:
                main.offer_beside(arrival)
            elif lane in (Lane.AT_ONCE, Lane.WORKER) and main.claim(arrival):
                self._control.answer(arrival) if lane is Lane.AT_ONCE else self._sides.work(arrival)

    # -- IOPub ---------------------------------------------------------------------------------------------------------

    def _room(self) -> None:
        self.pace.room()

    def _welcome(self, subscription: bytes) -> Sequence[Buffer]:
        """The iopub_welcome for a new subscriber; its topic is the subscription, so that it gets it (JEP 65)."""
        content = IOPubWelcome(subscription.decode("utf-8", "replace"))
        return to_frames(Message(self._session.header("iopub_welcome"), content), self._signer, (subscription,))

    def _notice(self, messages: int, size: int) -> Sequence[Buffer]:
        """What a client is told that comes back after its output was dropped."""
        text = (
            f"[at least {messages} message{'s' * (messages != 1)} ({size / 1e6:.1f} MB) of output "
            "not delivered to a client that had stopped reading]\n"
        )
        message = Message(self._session.header("stream"), Stream("stderr", text), self._last_parent)
        return to_frames(message, self._signer, (self._topic(message),))


def _tell_failure(task: Any, log: Callable[[str], None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log(f"do_interrupt failed: {task.exception()!r}")


async def _straight(work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
    """The drive of what the user's code has answered: what it awaits is not waited for."""
    return await work


def _asyncio_loop() -> Loop:
    from sdk.transport.lean_imports import import_asyncio

    import_asyncio()
    from sdk.transport.asyncio_loop import AsyncioLoop  # 20 ms: imported when the kernel can answer already

    return AsyncioLoop()


def _plain_loop() -> Loop:
    from sdk.transport.plain_loop import PlainLoop

    return PlainLoop()


class Topics:
    """The IOPub topics that front-ends know from IPython's kernels: `kernel.<id>.status`, `stream.stdout`, ..."""

    def __init__(self, identity: str) -> None:
        self._prefix = f"kernel.{identity}."
        self._known: dict[str, bytes] = {"display_data": b"display_data", "update_display_data": b"update_display_data"}

    def __call__(self, message: Message) -> bytes:
        """The topic of a message."""
        content = message.content
        if isinstance(content, Stream):
            return b"stream.stdout" if content.name == "stdout" else b"stream.stderr"
        if isinstance(content, CommOpen | CommMsg | CommClose):
            return b"comm-" + content.comm_id.encode("utf-8", "replace")
        msg_type = content.msg_type
        topic = self._known.get(msg_type)
        if topic is None:
            topic = self._known[msg_type] = (self._prefix + msg_type).encode("utf-8", "replace")
        return topic


async def _if_still(runs: Callable[[], bool], ask: Callable[[], Any]) -> None:
    """An interrupt is for the cell that ran when it came: not if another has begun meanwhile."""
    if runs():
        await ask()
