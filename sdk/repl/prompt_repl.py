"""`PromptRepl`: drives a program that is known only by its prompt.

Lines are typed at prompts; a turn has ended when its last line is followed by a prompt. A prompt is one when all of
this holds: what was said ends with it, nothing more can be read, and the program is seen to read the terminal (where
the system shows that). Prompts that can be set are random, so that output cannot be one; for others a word of our own
is printed after the cell. After an interrupt nothing is believed until a prompt, or word, that is new has come.
"""

from __future__ import annotations

import asyncio
import select
import signal
import termios
from collections.abc import Callable, Sequence
from contextlib import suppress

from sdk.errors import LanguageStartError, StdinNotImplementedError
from sdk.repl.dialect import Dialect
from sdk.repl.input_detection import Demand, look
from sdk.repl.keyboard import Keyboard
from sdk.repl.process import Process
from sdk.repl.prompt_form import PromptForm
from sdk.repl.prompt_interrupts import PromptInterrupts
from sdk.repl.prompt_lines import PromptLines
from sdk.repl.prompt_output import PromptOutput
from sdk.repl.prompt_turn import PromptTurn, Verdict, Words
from sdk.repl.prompts import Prompts, RandomPrompts
from sdk.repl.questions import Questions
from sdk.repl.repl import Parts, Repl
from sdk.repl.session import Session
from sdk.repl.sink import Sink
from sdk.repl.spool import Spooled
from sdk.repl.turn import State, Turn

_PAUSES = (0.0, 0.001, 0.002, 0.004, 0.008, 0.016, 0.03, 0.06, 0.12, 0.25)  # seconds between looks at a prompt
_UNSEEN = 0.03  # seconds of silence after a prompt, where the foreground cannot be looked into
_UNCONFIRMED = 2.0  # seconds of silence after a random prompt, until it is believed although nobody seems to read
_BEGUN = 0.05  # seconds after a line was typed, until the program that has read it may be interrupted
_RESYNC = 1.0  # seconds that an answer to a resynchronisation may take
_MOST_RESYNCS = 3
_LONGEST_LINE = 4095  # bytes that a terminal takes in one line, with its end
_END_OF_QUIT = 1.0  # seconds


class PromptRepl(Repl):
    """One child, from start to end. Belongs to the event loop's thread."""

    def __init__(  # noqa: PLR0913  # what it must know, by keyword
        self,
        process: Process,
        session: Session,
        dialect: Dialect,
        sink: Sink,
        *,
        form: PromptForm,
        prompts: Prompts,
        opening: Sequence[str],
        on_greeting: Callable[[str], None],
    ) -> None:
        """`prompts`: those with which the program begins; `opening`: the lines that it is told first."""
        self._form = form
        self._prompts = prompts
        self._on_greeting = on_greeting
        self._said = 0
        self._start_problem = ""
        super().__init__(process, session, dialect, sink, on_record=lambda record: None)
        self._beginning = sink
        # A greeting is no news: it is shown only if the start fails.
        self._turn = self._new_turn(
            0, opening, _Capture(), tells=bool(form.prelude) and "{ok}" in (form.load or form.run)
        )

    def _parts(self, process: Process, session: Session, dialect: Dialect, sink: Sink) -> Parts:
        keyboard = Keyboard(process)
        self._prompt_output = output = PromptOutput(session, sink, self._prompts)
        self._prompt_lines = lines = PromptLines(
            process, keyboard, output, session, form=self._form, at_prompt=self._at_prompt
        )
        questions = Questions(process, keyboard, output, lines, hear=self._hear, refuse=lambda turn: None)
        interrupts = PromptInterrupts(process, lines, questions, kill=self._form.interrupt == "kill")
        return Parts(output, lines, questions, interrupts)

    # -- life ----------------------------------------------------------------------------------------------------------

    async def start(self, *, limit: float, alone: bool = True) -> None:
        """Wait for the prompt, and say the opening lines. Raises LanguageStartError."""
        turn = self._turn
        assert isinstance(turn, PromptTurn)
        try:
            await super().start(limit=limit, alone=alone)
            if self._start_problem:
                raise LanguageStartError(self._start_problem)
            if turn.verdict in (Verdict.FAILED, Verdict.UNFINISHED):
                raise LanguageStartError("what it is told first (the prelude) does not run")
        except LanguageStartError:
            self._beginning.text(turn.tail)
            raise
        with suppress(termios.error):  # a line editor has modes of its own
            self._process.modes = termios.tcgetattr(self._process.fd)

    async def close(self) -> None:
        """End the program, and leave nothing behind."""
        if self._form.quit and self.state is State.IDLE:
            self._process.write(f"{self._form.quit}\n".encode())
            await self._process.ended(_END_OF_QUIT)
        await super().close()

    # -- turns ---------------------------------------------------------------------------------------------------------

    async def answer(self, line: str) -> str | None:
        """What the program prints when it is told `line`, behind the user's back; None when that ended it."""
        user, listener = self._output.sink, _Capture()
        try:
            outcome = await self.run(lambda number: line, listener)
        finally:
            self.listen(user)
        return None if outcome.exit is not None or outcome.interrupted else "".join(listener.heard)

    def _begin(self, compose: Callable[[int], str], sink: Sink) -> Turn:
        number = self._turn.number + 1
        text = compose(number)
        is_question = isinstance(sink, _Capture)
        lines = self._as_lines(text)
        turn = self._turn = self._new_turn(number, lines, sink, tells=not is_question and "{ok}" in self._form.run)
        turn.is_question = is_question
        self._prompt_lines.begin(turn, lines)
        self._said = 0
        if self._process.poll() is not None:
            turn.begun = False  # its terminal says so in a moment
            return turn
        self._type_next(turn)
        self._loop.call_later(_BEGUN, self._look_for_start, turn)
        return turn

    def _new_turn(self, number: int, lines: Sequence[str], sink: Sink, *, tells: bool) -> PromptTurn:
        turn = PromptTurn(number, lines, Words(self.session.token, number), sink, tells=tells)
        turn.sink = _Asking(
            sink, refusal=lambda prompt: self._refusal_of(turn, prompt), refuse=lambda: self._refuse_input(turn)
        )
        return turn

    def _as_lines(self, text: str) -> list[str]:
        text = text.rstrip("\n")
        if "\n" not in text:
            return [text]
        if self._form.bracketed_paste:
            return [f"\x1b[200~{text}\x1b[201~"]
        return text.split("\n")

    def _type_next(self, turn: PromptTurn) -> None:
        self._said += 1
        line = turn.lines.popleft()
        if RESET in line:
            line = self._with_new_prompts(line)
        self._prompt_lines.type(turn, line)

    def _with_new_prompts(self, line: str) -> str:
        prompts = RandomPrompts(None if "{continuation}" in self._form.set_prompt else self._form.continuation)
        self._prompt_output.prompts = prompts
        return prompts.fill(line.replace(RESET, ""))

    def _look_for_start(self, turn: Turn) -> None:
        """The program can be interrupted when it has read its line."""
        if turn.over or turn.state is not State.SENT:
            return
        if self._process.unread_input():
            self._loop.call_later(_BEGUN, self._look_for_start, turn)
            return
        turn.state = State.RUNNING
        self._questions.watch(turn)
        if turn.interrupt_wanted:
            self._interrupts.signal(turn)

    # -- prompts -------------------------------------------------------------------------------------------------------

    def _receive(self, data: bytes) -> None:
        super()._receive(data)
        self._said += 1
        if self._turn.runs and self._prompt_output.prompt() is not None:
            self._confirm(self._turn, self._said, 0, self._loop.time())

    def _confirm(self, turn: Turn, said: int, tries: int, since: float) -> None:
        """What looks like a prompt is the end of what was said. Does the program wait for a line now?"""
        if turn.over or said != self._said:
            return
        if not select.select([self._process.fd], [], [], 0)[0] and self._waits(self._loop.time() - since, tries):
            self._at_prompt(turn)
            return
        pause = _PAUSES[min(tries + 1, len(_PAUSES) - 1)]
        self._loop.call_later(pause, self._confirm, turn, said, tries + 1, since)

    def _waits(self, silence: float, tries: int) -> bool:
        process = self._process
        seen = look(process.foreground_group(), process.device, child=process.pid, deep=tries > 3).demand
        if seen is Demand.READS:
            return True
        return silence >= (_UNSEEN if seen is Demand.UNKNOWN else _UNCONFIRMED)

    def _at_prompt(self, turn: Turn) -> None:
        found = self._prompt_output.prompt()
        if turn.over or not isinstance(turn, PromptTurn):
            return
        if found is None:
            if turn.expects_prompt and not turn.resyncs:
                self._type_resync(turn)  # something was said after the prompt, or the cell has set another
            return
        self._prompt_output.accept(found)
        if turn.interrupts:
            self._resynchronise(turn)
        elif turn.lines:
            self._type_next(turn)
        elif found.continuation:
            self._abandon_input(turn)
        elif self._wants_sentinel(turn):
            self._type_sentinel(turn)
        else:
            self._end(turn)

    def _end(self, turn: PromptTurn) -> None:
        if not turn.interrupts or turn.unfinished:
            turn.record = f"{turn.verdict.name}\n{turn.tail}"
        if turn.number == 0:
            self._on_greeting(turn.tail)
        self._finish(turn)

    def _abandon_input(self, turn: PromptTurn) -> None:
        """The program wants more, and there is no more."""
        if not self._form.abandon or turn.unfinished:
            self._unfinished(turn)
            return
        turn.unfinished += 1
        turn.discards = True
        self._prompt_lines.type(turn, self._form.abandon)

    # -- finding the program again -------------------------------------------------------------------------------------

    @property
    def _can_reset(self) -> bool:
        return bool(self._form.set_prompt)

    def _wants_sentinel(self, turn: PromptTurn) -> bool:
        if not self._form.sentinel or self._can_reset or turn.number == 0:
            return False
        return not turn.sentinel_seen and not turn.came_to_end

    def _resynchronise(self, turn: PromptTurn) -> None:
        """At a prompt after an interrupt: it may be an old one. Go on when something new has come."""
        turn.lines.clear()
        turn.discards = True
        if turn.resyncs and (self._can_reset or turn.sentinel_seen or not self._form.sentinel):
            self._end(turn)
        elif turn.resyncs == 0:
            self._type_resync(turn)

    def _type_resync(self, turn: PromptTurn) -> None:
        if turn.over:
            return
        turn.resyncs += 1
        if turn.interrupts:
            turn.discards = True
            self._prompt_output.forget_prompt()
        if turn.resyncs > _MOST_RESYNCS:
            self._process.signal(signal.SIGKILL)
            return
        if self._can_reset:
            self._prompt_lines.type(turn, self._with_new_prompts(self._form.set_prompt))
        elif self._form.sentinel:
            self._type_sentinel(turn)
        else:
            self._prompt_lines.type(turn, "")
        self._loop.call_later(_RESYNC, self._type_resync, turn)

    def _type_sentinel(self, turn: PromptTurn) -> None:
        turn.sentinel_typed = True
        self._prompt_lines.type(turn, self._form.sentinel.replace("{sentinel}", turn.words.sentinel))

    def _refusal_of(self, turn: PromptTurn, prompt: str) -> Callable[[], None] | None:
        """What to do instead of asking the user; None to ask."""
        if turn.number == 0:
            return lambda: self._fail_to_start(turn, prompt)
        if self._form.asks == "prompted" and not prompt.strip():
            return lambda: self._unfinished(turn)
        return None

    def _fail_to_start(self, turn: PromptTurn, prompt: str) -> None:
        self._start_problem = f"it waits for input after {prompt!r}, which is not the prompt that was expected"
        turn.end()

    def _unfinished(self, turn: PromptTurn) -> None:
        turn.unfinished += 1
        turn.discards = True
        self._interrupts.signal(turn)

    def _refuse_input(self, turn: PromptTurn) -> None:
        # Not the end of the input: many programs take it as the end of everything.
        turn.refused_input = True
        self._interrupts.signal(turn)


RESET = "\0"
"""Begins an opening line that sets the prompts."""


class _Asking:
    """A turn's sink. Where there is nobody to be asked, or nothing to ask, something else is done."""

    def __init__(
        self, sink: Sink, *, refusal: Callable[[str], Callable[[], None] | None], refuse: Callable[[], None]
    ) -> None:
        self._sink = sink
        self._refusal = refusal
        self._refuse = refuse

    def text(self, text: str) -> None:
        self._sink.text(text)

    def error(self, text: str) -> None:
        self._sink.error(text)

    def notice(self, text: str) -> None:
        self._sink.notice(text)

    def display(self, spooled: Spooled) -> None:
        self._sink.display(spooled)

    async def ask(self, prompt: str, *, password: bool) -> str:
        if (instead := self._refusal(prompt)) is not None:
            return await _withdrawn_by(instead)
        try:
            return await self._sink.ask(prompt, password=password)
        except StdinNotImplementedError:
            self._sink.text(prompt)
            return await _withdrawn_by(self._refuse)

    async def drain(self) -> None:
        await self._sink.drain()


async def _withdrawn_by(interrupt: Callable[[], None]) -> str:
    """Wait for the interrupt, which withdraws the question."""
    loop = asyncio.get_running_loop()
    loop.call_soon(interrupt)
    never: asyncio.Future[str] = loop.create_future()
    return await never


class _Capture:
    """Keeps what is said to a question of the kernel's own."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def text(self, text: str) -> None:
        self.heard.append(text)

    def error(self, text: str) -> None:
        """There is one terminal."""

    def notice(self, text: str) -> None:
        """Nobody is told."""

    def display(self, spooled: Spooled) -> None:
        """Nobody is shown it."""

    async def ask(self, prompt: str, *, password: bool) -> str:
        raise StdinNotImplementedError(prompt)

    async def drain(self) -> None:
        """It is never slow."""
