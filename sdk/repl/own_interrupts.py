"""`OwnInterrupts`: ends what a turn runs in a program that deals with interrupts itself, at moments of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress

from sdk.processes import age, dies_of, in_group
from sdk.repl.input_detection import members
from sdk.repl.interrupts import RESYNC, Interrupts
from sdk.repl.turn import State, Turn

_LATER = 0.012  # seconds after a signal, until a read that goes on is given a line
_STILL_READS = 0.15  # seconds after a signal; the same, where it was not known that something is read
_NOT_YET = (0.01, 0.03, 0.1, 0.3)  # seconds after a signal: has a program lost it that was about to begin?
_LOST_KEY = (0.5, 1.0, 1.5, 2.0)  # seconds after a signal that was a key: is it told to have been lost?
_ABOUT_TO_BEGIN = 0.05  # seconds after a signal; a program that begins later belongs to code that cleans up
_DEAF = (0.03, 0.1, 0.2, 0.4, 0.8, 1.5)  # seconds after a signal that the program ignored: does it go on?
_ROUND, _PAUSE = 0.001, 0.0005  # seconds in which signals follow each other closely, and between two such rounds
_ROUNDS = 100
_SLOW_ROUNDS = 50  # where each signal is a key that is typed, some of which may come together
_HARDER = {3: signal.SIGTERM, 4: signal.SIGKILL}  # for what the program has started


class OwnInterrupts(Interrupts):
    """SIGINT for the program and all that it has started, which is in its own process group.

    One signal asks, and may get lost: an error that code catches at the same moment takes it with it. So the second
    press is a volley. The first is not: it would also end the code that cleans up after the interrupt. While the
    program waits for another one, it ignores signals; it gets its own when that one has ended. A read of the terminal
    goes on after a signal, until a line comes.
    """

    _heard: Turn | None = None

    def signal(self, turn: Turn) -> None:
        """Signal the program. Who goes on pressing ends it at last."""
        reads = turn.state is State.WAITING
        self._press(turn)
        process = self._process
        children, deaf = self._children(), process.ignores_interrupts()
        process.signal_foreground(signal.SIGINT)
        if turn.pressure in _HARDER:
            self._end_started(_HARDER[turn.pressure])
        self._press_program(turn)
        if process.interrupt_was_lost() is not None:
            for pause in _LOST_KEY:
                self._loop.call_later(pause, self._press_if_lost, turn, turn.interrupts)
        for pause in _NOT_YET:
            self._loop.call_later(pause, self._end_young, turn, turn.interrupts, self._loop.time())
        if turn.interrupts > 1:
            self._volley(turn, turn.interrupts, _ROUNDS)
        elif deaf:
            for pause in _DEAF:
                self._loop.call_later(pause, self._when_it_listens, turn, turn.interrupts, children)
        self._loop.call_later(_LATER if reads else _STILL_READS, self._end_read, turn, turn.interrupts)
        self._loop.call_later(RESYNC, self._after_signal, turn, turn.interrupts)

    def _end_started(self, number: int) -> None:
        """Signal what the program has started, with those that have lost their parents.

        They are stopped first: a script that ignores interrupts would begin its next command when one is ended.
        """
        group, held = self._process.foreground_group(), {self._process.pid}
        while group and (more := in_group(group) - held):
            held |= more
            _send(more, signal.SIGSTOP)
        held.discard(self._process.pid)
        _send(held, number)
        _send(held, signal.SIGCONT)

    def _end_young(self, turn: Turn, interrupts: int, since: float) -> None:
        """A program that was about to begin, or the one that a shell was about to begin, has lost the signal."""
        if self._is_answered(turn, interrupts):
            return
        elapsed = self._loop.time() - since
        for pid in self._children():
            with suppress(OSError):  # it has ended
                if dies_of(pid, signal.SIGINT) and age(pid) > elapsed - _ABOUT_TO_BEGIN:
                    os.kill(pid, signal.SIGINT)

    def _press_if_lost(self, turn: Turn, interrupts: int) -> None:
        """A program behind a prefix is told to have lost the signal."""
        if not self._is_answered(turn, interrupts) and self._process.interrupt_was_lost():
            self._process.signal_foreground(signal.SIGINT)

    def _when_it_listens(self, turn: Turn, interrupts: int, ending: set[int]) -> None:
        """Signal the program, which has not heard the first signal, when what it waited for has ended."""
        if self._is_answered(turn, interrupts) or self._heard is turn or self._children() & ending:
            return
        if self._process.between_signals and self._process.ignores_interrupts():
            return  # its children cannot be seen from here: there may still be one
        self._heard = turn
        if self._process.ignores_interrupts():
            self._volley(turn, interrupts, _ROUNDS)  # it waits for the next one already
        else:
            self._process.signal_foreground(signal.SIGINT)

    def _volley(self, turn: Turn, interrupts: int, rounds: int) -> None:
        """Signals without a pause, until the program is at its prompt."""
        if self._is_answered(turn, interrupts) or not rounds:
            return
        pause = self._process.between_signals
        if pause:
            self._process.signal_foreground(signal.SIGINT)
            self._loop.call_later(pause, self._volley, turn, interrupts, max(0, rounds - _ROUNDS // _SLOW_ROUNDS))
            return
        end = self._loop.time() + _ROUND
        while self._loop.time() < end:
            self._process.signal_foreground(signal.SIGINT)
        self._loop.call_later(_PAUSE, self._volley, turn, interrupts, rounds - 1)

    def _end_read(self, turn: Turn, interrupts: int) -> None:
        if self._is_answered(turn, interrupts):
            return
        if turn.state is State.INTERRUPTING and self._lines.program_reads(_STILL_READS):
            self._lines.end_read()

    def _children(self) -> set[int]:
        return set(members(self._process.foreground_group(), self._process.pid)) - {self._process.pid}

    @staticmethod
    def _is_answered(turn: Turn, interrupts: int) -> bool:
        return turn.over or turn.at_prompt or turn.interrupts != interrupts


def _send(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):  # it has ended, or is another user's
            os.kill(pid, number)
