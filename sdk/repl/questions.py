"""`Questions`: sees in a silence that the foreground wants a line, asks the user for it, and types the answer."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from sdk.errors import StdinNotImplementedError
from sdk.repl.control_lines import ControlLines
from sdk.repl.keyboard import SILENCES, Keyboard
from sdk.repl.output import Output
from sdk.repl.process import Process
from sdk.repl.turn import State, Turn

_RELEASE_AT = 3  # looks in a silence, until a few characters that may begin a marker are taken for text
_SECOND_REFUSAL = 1.0  # seconds
_ECHO = 1.0  # seconds in which the terminal takes an answer in, however busy the machine is


class Questions:
    """The watch over one program's silences. At most one question is open."""

    def __init__(
        self,
        process: Process,
        keyboard: Keyboard,
        output: Output,
        lines: ControlLines,
        *,
        hear: Callable[[], bool],
        refuse: Callable[[Turn], None],
    ) -> None:
        """`hear` takes what the program has said and nobody has read yet, and tells whether that was all."""
        self._process = process
        self._keyboard = keyboard
        self._output = output
        self._lines = lines
        self._hear = hear
        self._refuse = refuse
        self._loop = asyncio.get_running_loop()
        self._last_output = 0.0
        self._checks = 0
        self._wanted = 0
        self._timer: asyncio.TimerHandle | None = None
        self._open: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself keeps no hold on its tasks
        self._refused_at = -_SECOND_REFUSAL
        self._answered_at = -_ECHO

    def watch(self, turn: Turn) -> None:
        """`turn` runs: look at the foreground when it falls silent."""
        self._last_output = self._loop.time()
        self._watch_again(turn)

    def heard(self, turn: Turn) -> None:
        """Something was said."""
        self._last_output = self._loop.time()
        if turn.state in (State.RUNNING, State.INTERRUPTING) and not turn.over and (self._checks or not self._timer):
            self._watch_again(turn)

    def resume(self, turn: Turn) -> None:
        """Look again, as if the silence began anew, but count it from the last output."""
        self._watch_again(turn)

    def stop(self) -> None:
        """Watch no more, and take back the open question."""
        self._stop_watching()
        self.withdraw()

    def withdraw(self) -> None:
        """Take back the open question."""
        question, self._open = self._open, None
        if question is not None:
            question.cancel()

    def _watch_again(self, turn: Turn) -> None:
        self._stop_watching()
        self._timer = self._loop.call_later(SILENCES[0], self._check, turn)

    def _stop_watching(self) -> None:
        self._checks = self._wanted = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self, turn: Turn) -> None:
        """Silence: look at what the foreground does."""
        self._timer = None
        if turn.over or turn.state not in (State.RUNNING, State.WAITING, State.INTERRUPTING):
            return
        silence = self._loop.time() - self._last_output
        due = SILENCES[min(self._checks, len(SILENCES) - 1)]
        if self._checks < len(SILENCES) and silence < due:
            self._timer = self._loop.call_later(due - silence, self._check, turn)
            return
        unfinished_line = bool(self._output.unfinished_line)
        seen = self._keyboard.look(silence=silence, unfinished_line=unfinished_line, deep=self._checks > 0)
        # An answer that the terminal itself has not taken in yet looks like none.
        late = self._output.awaits_echo and self._loop.time() - self._answered_at < _ECHO
        self._wanted = self._wanted + 1 if seen.wants and not late else 0
        self._checks += 1
        if not seen.wants:
            self._not_wanted(turn, unsure=seen.unsure)
        elif self._wanted >= 2 and turn.state is State.RUNNING and self._hear():
            if turn.over or not self._checks:
                return  # there was something, and if need be the watch has begun anew
            self._demand(turn, seen.pid)
        following = SILENCES[min(self._checks, len(SILENCES) - 1)]
        pause = max(0.004, following - silence) if self._checks < len(SILENCES) else SILENCES[-1]
        self._timer = self._loop.call_later(pause, self._check, turn)

    def _not_wanted(self, turn: Turn, *, unsure: bool) -> None:
        if self._checks == _RELEASE_AT:
            self._output.release_short()
        # Not at the first look: on a busy machine a program takes longer from its prompt to its read.
        if self._checks > 1 and not unsure and (not turn.interrupts or self._output.unfinished_line.strip("\n")):
            self._output.show_line_end()
        self.withdraw()
        if turn.state is State.WAITING:
            turn.state = State.RUNNING

    def _demand(self, turn: Turn, pid: int) -> None:
        at_prompt = turn.at_prompt and pid == self._process.pid  # the mark of the end stands before its prompt
        if at_prompt or self._lines.reads_command(pid):
            self._wanted = 0
            if pid == self._process.pid:
                self._lines.ask_for_end(turn)
            else:  # a copy of the program that an interrupt met before it became another: it waits for commands
                turn.resyncs += 1
                self._process.signal_foreground(signal.SIGKILL)
            return
        turn.state = State.WAITING
        prompt = self._output.take_prompt()
        password = self._keyboard.asks_for_password()
        self._open = task = asyncio.ensure_future(self._ask(turn, prompt, pid, password=password))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, turn: Turn, prompt: str, pid: int, *, password: bool) -> None:
        ends = self._lines.ends_at_end_of_file(pid)
        try:
            typing = self._keyboard.typing(await turn.sink.ask(prompt, password=password))
        except EOFError:
            if ends:
                self._open = None
                self._refuse(turn)
                return
            typing = self._keyboard.end_of_file()
        except StdinNotImplementedError:
            turn.sink.text(prompt)
            if ends:
                turn.refused_input = True
                self._open = None
                self._refuse(turn)
                return
            now = self._loop.time()
            if turn.ends_of_file and now - self._refused_at < _SECOND_REFUSAL:
                turn.refused_input = True
                self._open = None
                self._refuse(turn)
                return
            turn.ends_of_file += 1
            self._refused_at = now
            typing = self._keyboard.end_of_file()
        if not turn.over:
            self._open = None
            self._output.skip(typing.echo)
            self._process.write(typing.data)
            self._answered_at = self._loop.time()
            turn.state = State.RUNNING
            self.watch(turn)
