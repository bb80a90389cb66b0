"""`Repl`: drives an interactive program, one turn at a time.

Code goes to the program by file; what is typed is one short control line, numbered. A turn has ended when both have
come that carry its number: the record in the session's FIFO, which output cannot forge, and the barrier in the
terminal's output, before which everything the turn wrote has been read. Late and double records end nothing.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol

from sdk.errors import LanguageStartError, StdinNotImplementedError
from sdk.repl.input_detection import dies_of, members
from sdk.repl.keyboard import SILENCES, Keyboard
from sdk.repl.launch import Launch
from sdk.repl.process import Exit, Process
from sdk.repl.scanner import Barrier, Display, Event, Scanner
from sdk.repl.session import Session
from sdk.repl.sink import Sink
from sdk.repl.spool import read_spooled
from sdk.repl.turn import Outcome, State, Turn

_READ_AT_ONCE = 1 << 18  # bytes, before the loop may do something else
_DRAIN_AFTER = 1 << 16  # bytes of output, after which slow clients are waited for
_LONGEST_PROMPT = 512  # characters
_START_REPORT = 0.5  # seconds until a control line that nobody read is typed again
_FORCED_INTERRUPT = 2.0  # seconds that an interrupt waits for a start that is not reported
_RELEASE_AT = 3  # looks in a silence, until a few characters that may begin a marker are taken for text
_LOST_SIGNAL = (0.01, 0.03, 0.08, 0.2, 0.35, 0.5, 0.8, 1.2, 1.7, 2.5)  # seconds after a signal: was it lost?
_RESYNC = 0.3  # seconds after a signal until the end is asked for
_RECORD_AFTER_BARRIER = 0.1  # seconds; an interrupted program may end without a record
_SECOND_REFUSAL = 1.0  # seconds


class Dialect(Protocol):
    """What the driver must know of the program's language."""

    def end_line(self, number: int, *, lost_terminal: bool = False) -> str:
        """The control line that makes the program, at its prompt, report the end of turn `number`.

        With `lost_terminal` it first becomes the terminal's foreground again.
        """

    def hidden(self, session: Session, line: str) -> list[str]:
        """Text to take out of the output during a turn; each piece contains the session's token."""

    def is_prompt(self, pid: int) -> bool:
        """Whether the program, which is seen to read the terminal, reads its next command (not a question's answer)."""


class Repl:
    """One child, from start to end. Belongs to the event loop's thread."""

    def __init__(self, session: Session, dialect: Dialect, *, on_record: Callable[[str], None]) -> None:
        self.session = session
        self.state = State.IDLE
        self.exited: Exit | None = None
        self._dialect = dialect
        self._on_record = on_record
        self._scanner = Scanner(session.token.encode())
        self._one_at_a_time = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._number = 0
        self._turn: Turn | None = None
        self._sink: Sink | None = None
        self._line_end = ""
        self._last_output = 0.0
        self._checks = 0
        self._wanted = 0
        self._timer: asyncio.TimerHandle | None = None
        self._question: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._output_since_drain = 0
        self._held_up = False
        self._refused_at = -_SECOND_REFUSAL

    # -- life ----------------------------------------------------------------------------------------------------------

    async def start(self, launch: Launch, sink: Sink, *, limit: float) -> None:
        """Start the program; it reports the end of turn 0 when it is ready. Raises LanguageStartError."""
        self._process = Process.spawn(launch, self._loop)
        self._keyboard = Keyboard(self._process)
        self._sink = sink
        turn = self._turn = Turn(0, b"", sink, self._loop.create_future())
        self.state = State.SENT
        self._scanner.hide(text.encode() for text in self._dialect.hidden(self.session, ""))
        self._loop.add_reader(self._process.fd, self._read_terminal)
        self._loop.add_reader(self.session.fifo_fd, self._read_records)
        try:
            async with asyncio.timeout(limit):
                outcome = await turn.ended
        except TimeoutError:
            raise LanguageStartError(f"it was not ready after {limit:g} seconds") from None
        if outcome.exit is not None:
            raise LanguageStartError(f"it {outcome.exit} before it was ready")

    async def close(self) -> None:
        """End the program, and leave nothing behind."""
        self.state = State.DEAD
        self._stop_watching()
        self._end_question()
        for task in self._background:
            task.cancel()
        if self.session.fifo_fd >= 0:
            self._loop.remove_reader(self.session.fifo_fd)
        if hasattr(self, "_process"):
            await self._process.close()
            self.exited = self.exited or self._process.poll()
        self.session.close()
        if self._turn is not None and not self._turn.ended.done():
            self._turn.ended.set_result(self._turn.outcome(self.exited or Exit(None, None)))

    def listen(self, sink: Sink) -> None:
        """What is said from now on, until the next turn, goes to `sink`."""
        self._sink = sink

    # -- turns ---------------------------------------------------------------------------------------------------------

    async def run(self, compose: Callable[[int], str], sink: Sink | None = None) -> Outcome:
        """Type the control line that `compose` makes for a turn's number; wait for the turn's end.

        Without a sink, output that comes meanwhile belongs to whom it belonged before.
        """
        async with self._one_at_a_time:
            if self._turn is not None and not self._turn.ended.done():
                await self._abandoned(self._turn)
            if self.state is State.DEAD:
                return Outcome(None, exit=self.exited or Exit(None, None), begun=False)
            turn = self._begin(compose, sink)
            try:
                return await asyncio.shield(turn.ended)
            except BaseException:
                self.interrupt()
                raise

    def _begin(self, compose: Callable[[int], str], sink: Sink | None) -> Turn:
        self._number += 1
        line = compose(self._number)
        self._sink = sink = sink or self._sink
        assert sink is not None
        ends = [f"{self._dialect.end_line(self._number, lost_terminal=lost)}\n" for lost in (False, True)]
        turn = self._turn = Turn(self._number, line.encode() + b"\n", sink, self._loop.create_future())
        hidden = [*self._dialect.hidden(self.session, line), f"{line}\n", *ends]
        self._scanner.hide(text.encode() for text in hidden)
        self._process.restore_modes()
        self.state = State.SENT
        self._process.write(turn.line)
        self._loop.call_later(_START_REPORT, self._look_for_start, turn)
        return turn

    async def _abandoned(self, turn: Turn) -> None:
        """Wait for a turn whose caller has gone: interrupted already, and ended by force if that does not help."""
        with suppress(TimeoutError):
            async with asyncio.timeout(5.0):
                await asyncio.shield(turn.ended)
                return
        self._process.signal(signal.SIGKILL)
        await asyncio.shield(turn.ended)

    def _look_for_start(self, turn: Turn) -> None:
        """The watchdog of lost lines: the program reads its next command, so it has not got this one."""
        if self._turn is not turn or self.state is not State.SENT or turn.ended.done():
            return
        seen = self._keyboard.look(silence=_START_REPORT, unfinished_line=False, deep=False)
        if seen.wants and seen.pid == self._process.pid:
            self._process.write(b"\n" + turn.line)
        self._loop.call_later(_START_REPORT, self._look_for_start, turn)

    def _finish(self, turn: Turn, exited: Exit | None = None) -> None:
        self._stop_watching()
        self._end_question()
        if turn.interrupts and not self._line_end.strip("\n"):
            self._line_end = ""
        self._show_line_end()
        self.state = State.IDLE if exited is None else State.DEAD
        if not turn.ended.done():
            turn.ended.set_result(turn.outcome(exited))

    # -- the side channel ----------------------------------------------------------------------------------------------

    def _read_records(self) -> None:
        for record in self.session.records():
            kind, _, rest = record.partition(" ")
            if kind not in ("S", "D"):
                self._on_record(record)
                continue
            number, _, rest = rest.partition(" ")
            turn = self._turn
            if turn is None or number != str(turn.number) or turn.ended.done():
                continue
            if kind == "S":
                self._started(turn)
            elif turn.record is None:
                turn.record = rest
                self._started(turn)
                if turn.barrier:
                    self._finish(turn)

    def _started(self, turn: Turn) -> None:
        turn.begun = True
        if self.state is State.SENT:
            self.state = State.RUNNING
            self._last_output = self._loop.time()
            self._watch_again()
            if turn.interrupt_wanted and turn.record is None:
                self._signal(turn)

    # -- output --------------------------------------------------------------------------------------------------------

    def _read_terminal(self) -> None:
        taken = 0
        pieces: list[str] = []
        ended = False
        while taken < _READ_AT_ONCE:
            data = self._process.read()
            if data is None:
                ended = True
                break
            if not data:
                break
            taken += len(data)
            for event in self._scanner.feed(data):
                if isinstance(event, str):
                    pieces.append(event)
                else:
                    self._show(pieces)
                    self._mark(event)
        if ended:
            pieces += [event for event in self._scanner.release() if isinstance(event, str)]
        self._show(pieces)
        if taken:
            self._after_output(taken)
        if ended:
            self._loop.remove_reader(self._process.fd)
            self._in_background(self._bury())

    def _after_output(self, taken: int) -> None:
        self._last_output = self._loop.time()
        if self.state in (State.RUNNING, State.INTERRUPTING) and (self._checks or self._timer is None):
            self._watch_again()
        self._output_since_drain += taken
        if self._output_since_drain >= _DRAIN_AFTER and not self._held_up:
            self._held_up = True
            self._loop.remove_reader(self._process.fd)
            self._in_background(self._drain())

    async def _drain(self) -> None:
        """Do not read until clients have taken what there is: the program blocks when its terminal is full."""
        try:
            if self._sink is not None:
                await self._sink.drain()
        finally:
            self._held_up = False
            self._output_since_drain = 0
            if self.state is not State.DEAD and self._process.fd >= 0:
                self._loop.add_reader(self._process.fd, self._read_terminal)

    @property
    def _keeps_line_end(self) -> bool:
        return self.state not in (State.IDLE, State.DEAD)

    def _show(self, pieces: list[str]) -> None:
        """Pass text on; while a program runs, a short unfinished line waits for the first look: it may be a prompt."""
        if not pieces:
            return
        text = self._line_end + "".join(pieces)
        pieces.clear()
        self._line_end = ""
        if self._keeps_line_end:
            start = text.rfind("\n") + 1
            if self._turn is not None and self._turn.interrupts and not text[:start].strip("\n"):
                start = 0  # what a shell says when ^C ends a program; dropped if nothing follows
            if len(text) - start <= _LONGEST_PROMPT:
                text, self._line_end = text[:start], text[start:]
        if text and self._sink is not None:
            self._sink.text(text)

    def _show_line_end(self) -> None:
        text, self._line_end = self._line_end, ""
        if text and self._sink is not None:
            self._sink.text(text)

    def _mark(self, event: Event) -> None:
        turn = self._turn
        if isinstance(event, Display):
            self._show_line_end()
            self._display(event.name)
        elif isinstance(event, Barrier) and turn is not None and event.turn == turn.number:
            turn.barrier = True
            if turn.record is not None:
                self._finish(turn)
            elif turn.interrupts:
                self._loop.call_later(_RECORD_AFTER_BARRIER, self._without_record, turn)

    def _without_record(self, turn: Turn) -> None:
        if self._turn is turn and not turn.ended.done() and turn.barrier:
            self._finish(turn)

    def _display(self, name: str) -> None:
        if self._sink is None or not name.isalnum():
            return
        try:
            self._sink.display(read_spooled(self.session.file(name)))
        except (OSError, ValueError) as error:
            self._sink.notice(f"display: {error}")

    # -- the end of the child ------------------------------------------------------------------------------------------

    async def _bury(self) -> None:
        self.state = State.DEAD
        self._end_question()
        exited = await self._process.ended(2.0)
        if exited is None:
            # It lives without its terminal, and nobody can talk to it any more.
            self._process.signal(signal.SIGKILL)
            exited = await self._process.ended(2.0)
        self._read_records()
        self.exited = exited or Exit(None, None)
        if self._turn is not None and not self._turn.ended.done():
            self._finish(self._turn, self.exited)

    # -- interrupts ----------------------------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Interrupt the turn that runs. Each further one presses harder; between turns nothing happens."""
        turn = self._turn
        if turn is None or turn.ended.done() or self.state in (State.IDLE, State.DEAD):
            return
        if self.state is State.SENT:
            # Before the start is reported a signal could take the control line with it.
            turn.interrupt_wanted = True
            self._loop.call_later(_FORCED_INTERRUPT, self._force, turn)
        else:
            self._signal(turn)

    def _force(self, turn: Turn) -> None:
        if self._turn is turn and self.state is State.SENT and not turn.ended.done():
            self._process.signal(signal.SIGCONT)
            self._signal(turn)

    def _signal(self, turn: Turn) -> None:
        turn.interrupts += 1
        self._end_question()
        self.state = State.INTERRUPTING
        number = signal.SIGINT
        signalled = self._process.foreground_group()
        if signalled != self._process.pid:
            number = {3: signal.SIGTERM}.get(turn.interrupts, signal.SIGINT if turn.interrupts < 3 else signal.SIGKILL)
        self._process.signal_foreground(number)
        if turn.interrupts > 1:
            self._process.signal(signal.SIGCONT)  # it may have been stopped
        if number == signal.SIGINT:
            for pause in _LOST_SIGNAL:
                self._loop.call_later(pause, self._signal_again, turn, turn.interrupts, signalled)
        self._loop.call_later(_RESYNC, self._after_signal, turn, turn.interrupts)

    def _signal_again(self, turn: Turn, interrupts: int, signalled: int) -> None:
        """Repeat a signal that was lost: it met a program between fork and exec, or a shell just before a fork."""
        if self._turn is not turn or turn.ended.done() or turn.record is not None or turn.interrupts != interrupts:
            return
        group, child = self._process.foreground_group(), self._process.pid
        if group == child:
            lost = any(pid != child and dies_of(pid, signal.SIGINT) for pid in members(group, child))
        else:
            lost = signalled == child or group != signalled or dies_of(group, signal.SIGINT)
        if lost:
            self._process.signal_foreground(signal.SIGINT)
            if group not in (child, signalled):
                # One short program after the other, each gone before its signal comes: the shell must see it too. (It
                # goes by how the program ends, if that handles the signal.)
                self._process.signal(signal.SIGINT)
            self._loop.call_later(_RESYNC, self._after_signal, turn, interrupts)

    def _after_signal(self, turn: Turn, interrupts: int) -> None:
        """The end has not come: either the program goes on, or it is at its prompt and did not report."""
        if self._turn is not turn or turn.ended.done() or turn.interrupts != interrupts:
            return
        seen = self._keyboard.look(silence=_RESYNC, unfinished_line=False, deep=False)
        if seen.wants and seen.pid == self._process.pid:
            self._resync(turn)
        elif self._process.foreground_group() != self._process.pid and self._dialect.is_prompt(self._process.pid):
            # A copy of the shell that the signal met before it became the program: both wait for commands now.
            self._process.signal_foreground(signal.SIGKILL)
            self._resync(turn, lost_terminal=True)
        if self.state is State.INTERRUPTING:
            self.state = State.RUNNING
            self._watch_again()

    def _resync(self, turn: Turn, *, lost_terminal: bool = False) -> None:
        turn.resyncs += 1
        self._scanner.release()
        self._line_end = ""  # the prompt of a program that has lost ours
        self._process.restore_modes()
        self._process.write(self._dialect.end_line(turn.number, lost_terminal=lost_terminal).encode() + b"\n")

    # -- input ---------------------------------------------------------------------------------------------------------

    def _watch_again(self) -> None:
        self._stop_watching()
        self._timer = self._loop.call_later(SILENCES[0], self._check)

    def _stop_watching(self) -> None:
        self._checks = self._wanted = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        """Silence: look at what the foreground does."""
        self._timer = None
        turn = self._turn
        if turn is None or turn.ended.done() or self.state not in (State.RUNNING, State.WAITING, State.INTERRUPTING):
            return
        silence = self._loop.time() - self._last_output
        due = SILENCES[min(self._checks, len(SILENCES) - 1)]
        if self._checks < len(SILENCES) and silence < due:
            self._timer = self._loop.call_later(due - silence, self._check)
            return
        seen = self._keyboard.look(silence=silence, unfinished_line=bool(self._line_end), deep=self._checks > 0)
        self._wanted = self._wanted + 1 if seen.wants else 0
        self._checks += 1
        if not seen.wants:
            if self._checks == _RELEASE_AT:
                self._show([event for event in self._scanner.release_short() if isinstance(event, str)])
            # Not at the first look: on a busy machine a program takes longer from its prompt to its read.
            if self._checks > 1 and (not turn.interrupts or self._line_end.strip("\n")):
                self._show_line_end()
            self._end_question()
            if self.state is State.WAITING:
                self.state = State.RUNNING
        elif self._wanted >= 2 and self.state is State.RUNNING:
            self._demand(turn, seen.pid)
        following = SILENCES[min(self._checks, len(SILENCES) - 1)]
        self._timer = self._loop.call_later(max(0.004, following - silence) if self._checks < 5 else 0.25, self._check)

    def _demand(self, turn: Turn, pid: int) -> None:
        if turn.resyncs < 3 and self._dialect.is_prompt(pid):
            self._wanted = 0
            if pid == self._process.pid:
                self._resync(turn)
            else:  # a copy of the program that an interrupt met before it became another: it waits for commands
                turn.resyncs += 1
                self._process.signal_foreground(signal.SIGKILL)
            return
        self.state = State.WAITING
        self._show(list(filter(None, (event for event in self._scanner.release() if isinstance(event, str)))))
        prompt, self._line_end = self._line_end, ""
        if self._keyboard.reads_keys() and not turn.told_of_keys and "\x1b[?1049h" in prompt:
            turn.told_of_keys = True
            turn.sink.notice("[the program takes the whole screen; interrupt the cell to leave it]")
        password = self._keyboard.asks_for_password()
        self._question = asyncio.ensure_future(self._ask(turn, prompt, password=password))
        self._background.add(self._question)
        self._question.add_done_callback(self._background.discard)

    async def _ask(self, turn: Turn, prompt: str, *, password: bool) -> None:
        try:
            typing = self._keyboard.typing(await turn.sink.ask(prompt, password=password))
        except EOFError:
            typing = self._keyboard.end_of_file()
        except StdinNotImplementedError:
            turn.sink.text(prompt)
            now = self._loop.time()
            if turn.ends_of_file and now - self._refused_at < _SECOND_REFUSAL:
                turn.refused_input = True
                self._question = None
                self._signal(turn)
                return
            turn.ends_of_file += 1
            self._refused_at = now
            typing = self._keyboard.end_of_file()
        if self._turn is turn and not turn.ended.done():
            self._question = None
            self._scanner.skip(typing.echo)
            self._process.write(typing.data)
            self._last_output = self._loop.time()
            self.state = State.RUNNING
            self._watch_again()

    def _end_question(self) -> None:
        question, self._question = self._question, None
        if question is not None:
            question.cancel()

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
