"""`PromptInterrupts`: ends what a turn runs in a program that may not survive every signal."""

from __future__ import annotations

import signal

from sdk.repl.interrupts import Interrupts
from sdk.repl.process import Process
from sdk.repl.prompt_lines import PromptLines
from sdk.repl.prompt_turn import PromptTurn
from sdk.repl.questions import Questions
from sdk.repl.turn import State, Turn

_APART = 1.0  # seconds between two signals: many handlers serve once, until the prompt is there again
_STILL_READS = 0.15  # seconds after a signal; a read that the system has restarted ends with a line
_GOES_ON = 0.5  # seconds after a signal, until the program is taken to go on


class PromptInterrupts(Interrupts):
    """SIGINT, not too often; or the end of the program."""

    def __init__(self, process: Process, lines: PromptLines, questions: Questions, *, kill: bool) -> None:
        super().__init__(process, lines, questions)
        self._kill = kill
        self._last = -_APART

    def interrupt(self, turn: Turn) -> None:
        """Interrupt `turn` now, or as soon as the program has read its line: at its prompt it might die of it."""
        if turn.state is State.SENT:
            turn.interrupt_wanted = True
        elif not turn.interrupts or self._loop.time() - self._last >= _APART:
            self.signal(turn)

    def signal(self, turn: Turn) -> None:
        """Signal the foreground."""
        if self._kill and isinstance(turn, PromptTurn) and turn.is_question:
            return
        turn.interrupts += 1
        self._last = self._loop.time()
        self._questions.withdraw()
        turn.state = State.INTERRUPTING
        if self._kill:
            self._process.signal_foreground(signal.SIGKILL)
            self._process.signal(signal.SIGKILL)
            return
        self._process.signal_foreground(signal.SIGINT)
        if turn.interrupts > 1:
            self._process.signal(signal.SIGCONT)  # it may have been stopped
        self._loop.call_later(_STILL_READS, self._end_read, turn, turn.interrupts)
        self._loop.call_later(_GOES_ON, self._go_on, turn, turn.interrupts)

    def _end_read(self, turn: Turn, interrupts: int) -> None:
        if turn.over or turn.interrupts != interrupts or self._lines.reads_command(self._process.pid):
            return
        if turn.state is State.INTERRUPTING and self._lines.program_reads(_STILL_READS):
            self._process.write(b"\n")

    def _go_on(self, turn: Turn, interrupts: int) -> None:
        if not turn.over and turn.interrupts == interrupts and turn.state is State.INTERRUPTING:
            turn.state = State.RUNNING
            self._questions.resume(turn)
