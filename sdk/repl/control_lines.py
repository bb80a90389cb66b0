"""`ControlLines`: types the lines that tell the program what to do, and types them again when they got lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from sdk.repl.dialect import Dialect
from sdk.repl.keyboard import Keyboard
from sdk.repl.output import Output
from sdk.repl.process import Process
from sdk.repl.session import Session
from sdk.repl.turn import State, Turn

_START_REPORT = 0.5  # seconds until a control line that nobody read is typed again
_AFTER_INTERRUPT = 0.03  # seconds; the same: a signal that came late takes the line that is read next with it
_START_REPORT_FROM_AFAR = 5.0  # much may be on its way, and what is told of the far side is told later
_MOST_ATTEMPTS = 3
_LAST_WORDS = 0.5  # seconds between SIGHUP, which lets a shell save what it has, and SIGKILL


class ControlLines:
    """What the driver says to the program, in the program's language."""

    def __init__(
        self,
        process: Process,
        keyboard: Keyboard,
        output: Output,
        session: Session,
        dialect: Dialect,
        *,
        hear: Callable[[], None] = lambda: None,
    ) -> None:
        """`hear` takes what the program has reported and nobody has read yet."""
        self._process = process
        self._keyboard = keyboard
        self._output = output
        self._session = session
        self._dialect = dialect
        self._hear = hear
        self._start_report = _START_REPORT_FROM_AFAR if session.is_far else _START_REPORT
        self._loop = asyncio.get_running_loop()
        self._awaited: Turn | None = None
        self._hidden: list[str] = []
        self._look_at = 0.0
        self._watchdog: asyncio.TimerHandle | None = None

    def expect(self, turn: Turn) -> None:
        """`turn` begins without a line: the program starts."""
        self._output.begin(turn, self._dialect.hidden(self._session, ""))
        self._process.write(self._session.take_typing())

    def type(self, turn: Turn, line: str) -> None:
        """Type the line of `turn`. Its echo is taken out of the output."""
        self._hidden = [*self._dialect.hidden(self._session, line), f"{line}\n"]
        self._output.begin(turn, self._hidden)
        self._process.restore_modes()
        self._process.write(self._session.take_typing(turn.line))
        self._awaited, self._look_at = turn, self._loop.time() + self._start_report
        if self._output.after_interrupt and self._dialect.own_interrupts and not self._session.is_far:
            self._look_at += _AFTER_INTERRUPT - self._start_report
        if self._watchdog is None or self._look_at < self._watchdog.when():
            if self._watchdog is not None:
                self._watchdog.cancel()
            self._watchdog = self._loop.call_at(self._look_at, self._look_for_start)

    def ask_for_end(self, turn: Turn, *, lost_terminal: bool = False) -> None:
        """Make the program, which is at its prompt, report the end of `turn`; end it if it never does."""
        turn.resyncs += 1
        if turn.resyncs > _MOST_ATTEMPTS:
            self.give_up(turn)
            return
        self._output.forget_prompt()
        self._process.restore_modes()
        line = f"{self._dialect.end_line(turn.number, lost_terminal=lost_terminal)}\n"
        self._hidden = [*self._hidden, line]
        self._output.hide(self._hidden)
        self._process.write(line.encode())

    def end_read(self) -> None:
        """Type an empty line, for a read that an interrupt does not end by itself."""
        self._output.skip(b"\n")
        self._process.write(b"\n")

    def ends_at_end_of_file(self, pid: int) -> bool:
        """Whether the process is the program itself, and would end if a question of its own were answered by that."""
        return self._dialect.own_interrupts and pid == self._process.pid

    def reads_command(self, pid: int) -> bool:
        """Whether the process, seen to read the terminal, is the program (or a copy of it) at its prompt."""
        told = self._keyboard.prompt_is_told()
        return self._dialect.is_prompt(pid) if told is None else told

    def program_reads(self, silence: float) -> bool:
        """Whether the program itself, in the foreground, reads the terminal; `silence` in seconds since a change."""
        seen = self._keyboard.look(silence=silence, unfinished_line=False, deep=False)
        return seen.wants and seen.pid == self._process.pid

    def _look_for_start(self) -> None:
        """The watchdog of lost lines: the program reads its next command, so it has not got this one.

        One timer, not one for each of many short turns.
        """
        self._watchdog, turn = None, self._awaited
        if turn is None or turn.over or turn.state is not State.SENT:
            self._awaited = None
            return
        if self._loop.time() < self._look_at:
            self._watchdog = self._loop.call_at(self._look_at, self._look_for_start)
            return
        if self._process.is_stopped():
            self._process.signal(signal.SIGCONT)  # by a signal that a cell or somebody else has sent
        elif self.program_reads(self._start_report) and not self._has_started(turn):
            turn.resyncs += 1
            if turn.resyncs > _MOST_ATTEMPTS:
                self.give_up(turn)
                return
            again = b"\n" + turn.line
            self._output.hide([again.decode(), *self._hidden])
            self._process.write(again)
        self._look_at = self._loop.time() + self._start_report
        self._watchdog = self._loop.call_at(self._look_at, self._look_for_start)

    def _has_started(self, turn: Turn) -> bool:
        # Whoever reads a command now may have run this one meanwhile: then it has been reported by now.
        self._hear()
        return turn.over or turn.state is not State.SENT

    def give_up(self, turn: Turn) -> None:
        """The program reads commands and does not report them: code has broken what the driver stands on. End it."""
        if turn.given_up:
            return
        turn.given_up = True
        turn.sink.notice("[The session's program takes commands but does not report on them any more. It is ended.]")
        self._process.signal(signal.SIGHUP)
        self._loop.call_later(_LAST_WORDS, self._process.signal, signal.SIGKILL)
