"""`Interrupts`: ends what a turn runs, and finds the program again where a signal led it astray."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence

from sdk.processes import dies_of, has_ended
from sdk.repl.control_lines import ControlLines
from sdk.repl.input_detection import is_copy, is_forking, members
from sdk.repl.process import Process
from sdk.repl.questions import Questions
from sdk.repl.turn import State, Turn

_FORCED_INTERRUPT = 2.0  # seconds that an interrupt waits for a start that is not reported
_FORK = 0.0005  # seconds between two looks whether a fork is under way
_LOOKS_FOR_A_FORK = 40
_LOST_SIGNAL = (0.01, 0.03, 0.08, 0.2, 0.35, 0.5, 0.8, 1.2, 1.7, 2.5)  # seconds after a signal: was it lost?
RESYNC = 0.3  # seconds after a signal until the end is asked for
_ANNOUNCED = 5  # presses, after which the program itself is ended
_PATIENCE = 0.25  # seconds; an interrupt that comes sooner after another presses no harder


class Interrupts:
    """Signals for the foreground of one program's terminal. Each further one for the same turn presses harder."""

    def __init__(self, process: Process, lines: ControlLines, questions: Questions) -> None:
        self._process = process
        self._lines = lines
        self._questions = questions
        self._loop = asyncio.get_running_loop()
        self._pressed_at = 0.0

    def interrupt(self, turn: Turn) -> None:
        """Interrupt `turn` now, or as soon as its start is reported."""
        if turn.state is State.SENT:
            # Before the start is reported a signal could take the control line with it.
            turn.interrupt_wanted = True
            self._loop.call_later(_FORCED_INTERRUPT, self._force, turn)
        else:
            self.signal(turn)

    def signal(self, turn: Turn) -> None:
        """Signal the foreground: twice SIGINT, then harder. Who goes on pressing ends the program itself at last."""
        self._press(turn)
        self._when_calm(turn, turn.interrupts, self._strike)

    def _press(self, turn: Turn) -> None:
        turn.interrupts += 1
        now = self._loop.time()
        if turn.pressure == 0 or now - self._pressed_at >= _PATIENCE:
            turn.pressure += 1
            self._pressed_at = now
            if turn.pressure == _ANNOUNCED:
                turn.sink.notice("[It cannot be interrupted. The next interrupt ends the session's program itself.]")
        self._questions.withdraw()
        turn.state = State.INTERRUPTING

    def _when_calm(
        self, turn: Turn, interrupts: int, act: Callable[[Turn], None], looks: int = _LOOKS_FOR_A_FORK
    ) -> None:
        """Do it when no copy of the program is between its fork and becoming what it was forked for.

        Such a copy would take a signal for its own and end as if it had dealt with it, and the code would go on. The
        program is held meanwhile, so that it starts nothing else between the look and the signal.
        """
        if turn.over or turn.interrupts != interrupts or (turn.record is not None and looks < _LOOKS_FOR_A_FORK):
            return
        process = self._process
        if not looks or process.interrupt_was_lost() is not None:
            act(turn)
            return
        if not is_forking(process.pid, process.foreground_group()):
            with process.held():
                if not is_forking(process.pid, process.foreground_group()):
                    act(turn)
                    return
        self._loop.call_later(_FORK, self._when_calm, turn, interrupts, act, looks - 1)

    def _strike(self, turn: Turn) -> None:
        number = signal.SIGINT
        signalled = self._process.foreground_group()
        if signalled != self._process.pid:
            number = {1: signal.SIGINT, 2: signal.SIGINT, 3: signal.SIGTERM}.get(turn.pressure, signal.SIGKILL)
        met = members(signalled, self._process.pid)
        nobody = signalled not in (0, self._process.pid) and all(has_ended(pid) for pid in met)
        self._process.signal_foreground(number)
        if nobody:
            self._process.signal(signal.SIGINT)  # it is about to go on with what comes next
        self._press_program(turn)
        for pause in _LOST_SIGNAL:
            self._loop.call_later(pause, self._signal_again, turn, turn.interrupts, signalled, met)
        self._loop.call_later(RESYNC, self._after_signal, turn, turn.interrupts)

    def _press_program(self, turn: Turn) -> None:
        if turn.pressure > _ANNOUNCED:
            # Code that ignores interrupts runs in the program itself, or is started by it again and again.
            self._process.signal(signal.SIGHUP if turn.pressure == _ANNOUNCED + 1 else signal.SIGKILL)
        if turn.interrupts > 1:
            self._process.signal(signal.SIGCONT)  # it may have been stopped

    def _force(self, turn: Turn) -> None:
        if not turn.over and turn.state is State.SENT:
            self._process.signal(signal.SIGCONT)
            self.signal(turn)

    def _signal_again(self, turn: Turn, interrupts: int, signalled: int, met: Sequence[int]) -> None:
        """Repeat a signal that was lost: it met a program between fork and exec, or a shell just before a fork.

        `signalled`: the group that it was sent to, and `met` the processes that were in it. One of those that lives
        although the signal would end it was a copy of its parent then; dash takes no signal while there is such a copy.
        """
        if turn.over or turn.record is not None or turn.interrupts != interrupts:
            return
        told = self._process.interrupt_was_lost()
        if told is not None:
            if told:
                self._process.signal_foreground(signal.SIGINT)
            return
        group, child = self._process.foreground_group(), self._process.pid
        if group == child:
            lost = any(pid != child and dies_of(pid, signal.SIGINT) for pid in members(group, child))
        else:
            lost = signalled == child or group != signalled or dies_of(group, signal.SIGINT)
            here = members(group, child)
            if not lost and not is_copy(group, child):  # a shell's own part of a pipeline: what it runs decides
                here = [pid for pid in here if pid in met]
            lost = lost or any(dies_of(pid, signal.SIGINT) for pid in here)
        if lost:
            self._when_calm(turn, interrupts, lambda turn: self._strike_again(turn, signalled))

    def _strike_again(self, turn: Turn, signalled: int) -> None:
        group, child = self._process.foreground_group(), self._process.pid
        self._process.signal_foreground(signal.SIGINT)
        if group not in (child, signalled):
            # One short program after the other, each gone before its signal comes: the shell must see it too. (It goes
            # by how the program ends, if that handles the signal.)
            self._process.signal(signal.SIGINT)
        self._loop.call_later(RESYNC, self._after_signal, turn, turn.interrupts)

    def _after_signal(self, turn: Turn, interrupts: int) -> None:
        """The end has not come: either the program goes on, or it is at its prompt and did not report."""
        if turn.over or turn.interrupts != interrupts:
            return
        if self._lines.program_reads(RESYNC):
            self._lines.ask_for_end(turn)
        elif self._process.foreground_group() != self._process.pid and self._lines.reads_command(self._process.pid):
            # A copy of the shell that the signal met before it became the program: both wait for commands now.
            self._process.signal_foreground(signal.SIGKILL)
            self._lines.ask_for_end(turn, lost_terminal=True)
        if turn.state is State.INTERRUPTING:
            turn.state = State.RUNNING
            self._questions.resume(turn)
