"""`PromptOutput`: what the terminal says, in which a prompt is whatever looks like one at the very end."""

from __future__ import annotations

from collections.abc import Iterable

from sdk.repl.control_strings import plain
from sdk.repl.output import Output
from sdk.repl.prompt_turn import PromptTurn
from sdk.repl.prompts import LONGEST, Found, Prompts
from sdk.repl.scanner import Event, Scanner
from sdk.repl.session import Session
from sdk.repl.sink import Sink
from sdk.repl.spool import Spooled
from sdk.repl.turn import Turn

_ECHO_COMES_WITHIN = 4096  # characters
_PASTE_MODES = ("\x1b[?2004h", "\x1b[?2004l")


class PromptOutput(Output):
    """Holds the last unfinished line back, at most 512 characters of it, so that a cell's size costs nothing."""

    def __init__(self, session: Session, sink: Sink, prompts: Prompts) -> None:
        super().__init__(session, sink, on_barrier=lambda number: None)
        self.prompts = prompts
        self._heard = Scanner(session.token.encode())
        self._line = ""
        self._echo = ""
        self._since_typed = 0

    # -- prompts -------------------------------------------------------------------------------------------------------

    def prompt(self) -> Found | None:
        """The prompt with which all that was said ends."""
        return self.prompts.at_end(self._line) if self._line else None

    def expects_prompt(self) -> bool:
        """Whether a program that reads its terminal in silence probably waits for the next line, not for an answer."""
        return isinstance(self._turn, PromptTurn) and self._turn.expects_prompt

    def accept(self, found: Found) -> None:
        """It is a prompt: what stands before it is text."""
        text, self._line, self._echo = self._line[: found.start], "", ""
        if isinstance(self._turn, PromptTurn):
            text = self._turn.heard(text, whole=True)
        self._pass(text)

    # -- as Output -----------------------------------------------------------------------------------------------------

    @property
    def unfinished_line(self) -> str:
        """What is held back."""
        return self._line

    def begin(self, turn: Turn, hidden: Iterable[str]) -> None:
        """Text belongs to `turn`; of an earlier prompt nothing is kept."""
        self._line = self._echo = ""
        self._turn = turn
        self.listen(turn.sink)
        self._heard.hide(text.encode() for text in hidden)

    def end_turn(self, turn: Turn) -> None:
        """Nothing waits any longer."""
        self.show_line_end()

    def skip(self, echo: bytes) -> None:
        """The terminal is about to echo this; something else may still come before."""
        self._echo = echo.decode("utf-8", "replace")
        self._since_typed = 0

    @property
    def awaits_echo(self) -> bool:
        """Whether the terminal has not echoed yet what it is about to echo."""
        return bool(self._echo)

    def feed(self, data: bytes) -> None:
        """Take what was read."""
        self._take(self._heard.feed(data))

    def release(self) -> None:
        """Whatever the scanner keeps is text."""
        self._take(self._heard.release())

    def release_short(self) -> None:
        """As `release`, if it is so little that it is most likely text."""
        self._take(self._heard.release_short())

    def take_prompt(self) -> str:
        """The unfinished line, which is the prompt of a question, and so not shown as output."""
        self.release()
        prompt, self._line = self._line, ""
        return plain(prompt)

    def forget_prompt(self) -> None:
        """The unfinished line is a prompt of no interest."""
        self._heard.release()
        self._line = ""

    def show_line_end(self) -> None:
        """The unfinished line is no question; what may be a prompt waits on."""
        turn = self._turn
        if isinstance(turn, PromptTurn) and turn.runs and turn.holds(self._line):
            return
        found = self.prompt()
        end = len(self._line) if found is None else found.start
        text, self._line = self._line[:end], self._line[end:]
        self._pass(text)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _take(self, events: list[Event]) -> None:
        pieces: list[str] = []
        for event in events:
            if isinstance(event, str):
                pieces.append(event)
            elif isinstance(event, Spooled):
                self._receive("".join(pieces))
                pieces.clear()
                self.show_line_end()
                self._sink.display(event)
        self._receive("".join(pieces))

    def _receive(self, text: str) -> None:
        if not text:
            return
        text = self._line + text
        turn = self._turn
        if self._echo:
            text = self._without_echo(text)
        if isinstance(turn, PromptTurn):
            # As long as the echo has not come, an unfinished line may be a part of it.
            end = text.rfind("\n") + 1 if self._echo else len(text)
            text = turn.heard(text[:end], whole=bool(self._echo)) + text[end:]
        for mode in _PASTE_MODES:
            if mode in text:
                text = text.replace(mode, "")
        start = max(text.rfind("\n") + 1, len(text) - max(LONGEST, len(self._echo)))
        text, self._line = text[:start], text[start:]
        if isinstance(turn, PromptTurn):
            text = turn.without_prompt(text, self.prompts.sure)
        self._pass(text)
        if turn is None or not turn.runs:
            self._pass_between_turns()

    def _without_echo(self, text: str) -> str:
        at = text.find(self._echo)
        if at >= 0:
            text = text[:at] + text[at + len(self._echo) :]
            self._echo = ""
            return text
        self._since_typed += text.rfind("\n") + 1
        if self._since_typed > _ECHO_COMES_WITHIN:
            self._echo = ""  # it was shown otherwise, or not at all
        return text

    def _pass_between_turns(self) -> None:
        """A program that prints between two cells prints its prompt again, or not."""
        found = self.prompt()
        text, self._line = self._line if found is None else self._line[: found.start], ""
        self._pass(text)

    def _pass(self, text: str) -> None:
        turn = self._turn
        if not text:
            return
        if isinstance(turn, PromptTurn) and turn.runs:
            if turn.discards:
                return
            turn.remember(text)
        self._sink.text(text)
