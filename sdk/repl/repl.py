"""`Repl`: drives an interactive program, one turn at a time.

Code goes to the program by file; what is typed is one short control line, numbered. A turn has ended when both have
come that carry its number: the record in the session's FIFO, or on the terminal, and the barrier in the
terminal's output, before which everything the turn wrote has been read. Late and double records end nothing.

What the terminal says is `Output`'s, what is typed `ControlLines`', whom the program waits for `Questions`', and how it
is stopped `Interrupts`'. Here is when a turn begins and ends.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from sdk.errors import LanguageStartError
from sdk.repl.control_lines import ControlLines
from sdk.repl.dialect import Dialect
from sdk.repl.interrupts import Interrupts
from sdk.repl.output import Output
from sdk.repl.own_interrupts import OwnInterrupts
from sdk.repl.process import Exit, Process
from sdk.repl.questions import Questions
from sdk.repl.reader import TerminalReader
from sdk.repl.session import Session
from sdk.repl.sink import Sink
from sdk.repl.turn import Outcome, State, Turn

_RECORD_AFTER_BARRIER = 0.1  # seconds; an interrupted program may end without a record
_PRESSED_AGAIN = (0.3, 0.6, 0.9)  # seconds after a question has taken too long
_LAST_WORD, _LAST_WORDS = 0.05, 60  # seconds, and how many times as many for the jobs of a dead program
_END_OF_THE_ABANDONED = 5.0  # seconds that a turn whose caller has gone may take to end


class Parts(NamedTuple):
    """What a driver is made of."""

    output: Output
    lines: ControlLines
    questions: Questions
    interrupts: Interrupts


class Repl:
    """One child, from start to end. Belongs to the event loop's thread."""

    def __init__(
        self, process: Process, session: Session, dialect: Dialect, sink: Sink, *, on_record: Callable[[str], None]
    ) -> None:
        self.session = session
        self.exited: Exit | None = None
        self.has_served = False  # whether a cell has run to its end
        self._process = process
        self._on_record = on_record
        self._loop = asyncio.get_running_loop()
        self._one_at_a_time = asyncio.Lock()
        self._cells = 0  # that run or wait to be run
        self._turn = Turn(0, b"", sink)
        self._record_comes_first = dialect.record_comes_first and not session.is_far
        self._dead = False
        self._burial: asyncio.Task[None] | None = None
        self._outlived: asyncio.Task[None] | None = None
        self._output, self._lines, self._questions, self._interrupts = self._parts(process, session, dialect, sink)
        self._reader = TerminalReader(
            process, receive=self._receive, drain=self._output.drain, ended=self._terminal_ended
        )
        self._errors: TerminalReader | None = None
        if process.errors is not None:
            self._errors = TerminalReader(
                process.errors,
                receive=self._receive_errors,
                drain=self._output.drain,
                ended=self._terminal_ended,
                after=self._reader.read,  # what a program says comes mostly before what it complains of
            )

    def _parts(self, process: Process, session: Session, dialect: Dialect, sink: Sink) -> Parts:
        keyboard = session.keyboard(process)
        split = process.errors is not None
        at_prompt = partial(self._barrier, whole=False)
        output = Output(
            session, sink, on_barrier=self._barrier, on_prompt=at_prompt, on_record=self._record_in_output, split=split
        )
        lines = ControlLines(process, keyboard, output, session, dialect, hear=self._read_records)
        questions = Questions(process, keyboard, output, lines, hear=self._hear, refuse=self._refuse)
        interrupts = (OwnInterrupts if dialect.own_interrupts else Interrupts)(process, lines, questions)
        return Parts(output, lines, questions, interrupts)

    @property
    def given_up(self) -> bool:
        """Whether it took commands and did not report on them, and was ended."""
        return self._turn.given_up

    @property
    def state(self) -> State:
        """What the child does."""
        return State.DEAD if self._dead else State.IDLE if self._turn.over else self._turn.state

    # -- life ----------------------------------------------------------------------------------------------------------

    async def start(self, *, limit: float, alone: bool = True) -> None:
        """Wait until the program is ready: it reports the end of turn 0. Raises LanguageStartError.

        A program that starts `alone` and asks something is answered by its sink at once.
        """
        self._lines.expect(self._turn)
        self._reader.start()
        self._process.watch_end(self._child_ended)
        if self._errors is not None:
            self._errors.start()
        self.session.watch(self._loop, self._read_records)
        if alone:
            self._turn.state = State.RUNNING
            self._questions.watch(self._turn)
        try:
            async with asyncio.timeout(limit):
                outcome = await self._turn.ended()
        except TimeoutError:
            raise LanguageStartError(f"it was not ready after {limit:g} seconds") from None
        if outcome.exit is not None:
            raise LanguageStartError(f"it {outcome.exit} before it was ready")
        self.session.remember()

    async def close(self) -> None:
        """End the program, and leave nothing behind."""
        self._die()
        self._process.watch_no_more()
        self._reader.close()
        if self._errors is not None:
            self._errors.close()
        for task in (self._burial, self._outlived):
            if task is not None:
                task.cancel()
        self.session.watch_no_more(self._loop)
        await self._process.close()
        self.exited = self._process.poll() or self.exited
        self.session.close()
        self._turn.end(self.exited or Exit(None, None))

    def kill(self) -> None:
        """End the program and its jobs by force, and remove the session: for who cannot wait. Any thread."""
        self._process.kill()
        self.session.close()

    def listen(self, sink: Sink) -> None:
        """What is said from now on, until the next turn, goes to `sink`."""
        self._output.listen(sink)

    def set_size(self, rows: int, columns: int) -> None:
        """Change the terminal's size; programs in its foreground get SIGWINCH."""
        self._process.set_size(rows, columns)

    # -- turns ---------------------------------------------------------------------------------------------------------

    async def run(self, compose: Callable[[int], str], sink: Sink | None = None) -> Outcome:
        """Type the control line that `compose` makes for a turn's number; wait for the turn's end.

        Without a sink, output that comes meanwhile belongs to whom it belonged before.
        """
        self._cells += sink is not None
        try:
            async with self._one_at_a_time:
                return await self._run(compose, sink)
        finally:
            self._cells -= sink is not None

    async def _run(self, compose: Callable[[int], str], sink: Sink | None) -> Outcome:
        # One whose caller has gone was interrupted already, and is ended by force if that does not help.
        if not self._turn.over and not await self._turn.ends_within(_END_OF_THE_ABANDONED):
            self._process.signal(signal.SIGKILL)
            await self._turn.ended()
        if self._dead:
            return Outcome(None, exit=self.exited or Exit(None, None), begun=False)
        turn = self._begin(compose, sink or self._output.sink)
        try:
            outcome = await turn.ended()
            self.has_served |= sink is not None and turn.record is not None
            return outcome
        except BaseException:
            self.interrupt()
            if sink is None:  # a question of the kernel's own: nobody else will press harder
                for pause in _PRESSED_AGAIN:
                    self._loop.call_later(pause, self.interrupt, turn)
            raise

    @property
    def free(self) -> bool:
        """Whether a question would be answered soon: no cell runs or waits, at most another question."""
        return not self._dead and not self._cells and (self._turn.over or self._one_at_a_time.locked())

    def interrupt(self, turn: Turn | None = None) -> None:
        """Interrupt the turn that runs. Each further one presses harder; between turns nothing happens."""
        turn = turn or self._turn
        if turn.runs:
            self._interrupts.interrupt(turn)

    def _begin(self, compose: Callable[[int], str], sink: Sink) -> Turn:
        number = self._turn.number + 1
        if not self.session.is_whole:
            self._mend()
        line = compose(number)
        turn = self._turn = Turn(number, line.encode() + b"\n", sink)
        self._lines.type(turn, line)
        return turn

    def _finish(self, turn: Turn, exited: Exit | None = None) -> None:
        self._questions.stop()
        self._output.end_turn(turn)
        turn.end(exited)

    # -- what the program says -----------------------------------------------------------------------------------------

    def _receive(self, data: bytes) -> None:
        self._output.feed(data)
        self._questions.heard(self._turn)

    def _receive_errors(self, data: bytes) -> None:
        self._output.feed_errors(data)
        self._questions.heard(self._turn)

    def _refuse(self, turn: Turn) -> None:
        self._interrupts.signal(turn)

    def _hear(self) -> bool:
        """Take what it has said and nobody has read yet; whether that was all: slow clients are waited for."""
        self._read_records()
        return self._reader.catch_up() and (self._errors is None or self._errors.catch_up())

    def _barrier(self, number: int, *, whole: bool = True) -> None:
        """`whole`: each terminal has brought it. Who is interrupted may come to the prompt, and to no other mark."""
        if number != (turn := self._turn).number or turn.over or not (whole or self._record_comes_first):
            return
        turn.barrier, turn.at_prompt = whole, True
        if turn.record is not None and whole:
            self._finish(turn)
        elif self._record_comes_first and turn.interrupts:
            self._loop.call_soon(self._without_record, turn)  # when all that has been read is said
        else:
            self._loop.call_later(_RECORD_AFTER_BARRIER, self._without_record, turn)

    def _without_record(self, turn: Turn) -> None:
        if turn.over:
            return
        if not self.session.is_whole:
            turn.begun = True  # that this was reported may have been lost, too
            with suppress(OSError):
                self._mend()
                self._lines.ask_for_end(turn)
        elif turn.interrupts:
            self._hear()
            self._finish(turn)
        elif self._lines.program_reads(_RECORD_AFTER_BARRIER):
            self._lines.ask_for_end(turn)  # it came to its prompt another way than by the end of the code
        else:
            self._loop.call_later(_RECORD_AFTER_BARRIER, self._without_record, turn)

    def _mend(self) -> None:
        """The session's directory or its FIFO has vanished."""
        self.session.watch_no_more(self._loop)
        try:
            self.session.mend()
        finally:
            self.session.watch(self._loop, self._read_records)

    def _record_in_output(self, body: str) -> None:
        for record in self.session.receive_record(body):
            self._take(record, lambda: None)

    def _read_records(self) -> None:
        for record in self.session.records():
            self._take(record, self._reader.read)

    def _take(self, record: str, read: Callable[[], None]) -> None:
        """A record has come; `read` reads what may have been said before it."""
        kind, _, rest = record.partition(" ")
        if kind not in ("S", "D"):
            self._on_record(record)
            return
        number, _, rest = rest.partition(" ")
        turn = self._turn
        if number != str(turn.number) or turn.over:
            return
        if kind == "D" and turn.lacks_beginning:
            read()  # the beginning may have been told on the terminal, which is not read while clients are slow
            if turn.lacks_beginning and self._reader.after_pause(partial(self._take, record, read)):
                return
        if kind == "S":
            self._started(turn, read if self._output.after_interrupt else None)
        elif turn.lacks_beginning:
            self._lines.give_up(turn)  # it went past the control line: something in it fails at once
        elif turn.record is None:
            turn.record = rest
            self._started(turn)
            if turn.barrier:
                read()  # what looked like the barrier may have been printed by the code
            if turn.barrier and not turn.over:
                self._finish(turn)

    def _started(self, turn: Turn, read: Callable[[], None] | None = None) -> None:
        turn.begun = True  # at once: what is read now may bring the end
        if read is not None:
            read()  # what an interrupt made the program say at its prompt came before
        if turn.state is State.SENT:
            turn.state = State.RUNNING
            self._questions.watch(turn)
            if turn.interrupt_wanted and turn.record is None:
                self._interrupts.signal(turn)

    # -- the end of the child ------------------------------------------------------------------------------------------

    def _die(self) -> None:
        self._dead = True
        if not self._turn.over:
            self._turn.state = State.DEAD
        self._questions.stop()

    def _child_ended(self) -> None:
        self._outlived = asyncio.ensure_future(self._without_child())

    async def _without_child(self) -> None:
        """The end of the terminal follows, unless jobs keep it open: then what they say now is the last."""
        if await self._reader.silence(looks=_LAST_WORDS, pause=_LAST_WORD):
            self._reader.close()
            self._terminal_ended()

    def _terminal_ended(self) -> None:
        if self._errors is not None:
            self._errors.read()
            self._errors.close()
        self._output.release()
        self._burial = asyncio.ensure_future(self._bury())

    async def _bury(self) -> None:
        self._die()
        exited = await self._process.ended(2.0)
        if exited is None:
            # It lives without its terminal, and nobody can talk to it any more.
            self._process.signal(signal.SIGKILL)
            exited = await self._process.ended(2.0)
        self._read_records()
        self.exited = exited or Exit(None, None)
        if not self._turn.over:
            self._finish(self._turn, self.exited)
