"""`PromptOutput`: what the terminal says, in which a prompt is whatever looks like one at the very end."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sdk.repl.output import Output
from sdk.repl.prompt_turn import PromptTurn
from sdk.repl.prompts import LONGEST, Found, Prompts
from sdk.repl.session import Session
from sdk.repl.sink import Sink
from sdk.repl.turn import Turn

_ECHO_COMES_WITHIN = 4096  # characters
_PASTE_MODES = ("\x1b[?2004h", "\x1b[?2004l")


class PromptOutput(Output):
    """Holds the last unfinished line back, at most 512 characters of it, so that a cell's size costs nothing."""

    def __init__(
        self, session: Session, sink: Sink, prompts: Prompts, *, on_barrier: Callable[[int], None] = lambda number: None
    ) -> None:
        super().__init__(session, sink, on_barrier=on_barrier)
        self.prompts = prompts
        self._echo = ""
        self._since_typed = 0

    def prompt(self) -> Found | None:
        """The prompt with which all that was said ends."""
        return self.prompts.at_end(self._line_end) if self._line_end else None

    def expects_prompt(self) -> bool:
        """Whether a program that reads its terminal in silence probably waits for the next line, not for an answer."""
        return isinstance(self._turn, PromptTurn) and self._turn.expects_prompt

    def accept(self, found: Found) -> None:
        """It is a prompt: what stands before it is text."""
        text, self._line_end = self._line_end[: found.start], ""
        self._say(text)

    def begin(self, turn: Turn, hidden: Iterable[str]) -> None:
        """As in `Output`; of an earlier prompt nothing is kept."""
        self._line_end = ""
        super().begin(turn, hidden)

    def skip(self, echo: bytes) -> None:
        """The terminal is about to echo this; something else may still come before."""
        self._echo = echo.decode("utf-8", "replace")
        self._since_typed = 0

    def show_line_end(self) -> None:
        """The unfinished line is no question; what may be a prompt waits on."""
        turn = self._turn
        if isinstance(turn, PromptTurn) and turn.runs and turn.holds(self._line_end):
            return
        found = self.prompt()
        end = len(self._line_end) if found is None else found.start
        text, self._line_end = self._line_end[:end], self._line_end[end:]
        self._say(text)

    def _show(self, pieces: list[str]) -> None:
        if not pieces:
            return
        text = self._line_end + "".join(pieces)
        turn = self._turn
        if self._echo:
            text = self._without_echo(text)
        if isinstance(turn, PromptTurn):
            text = turn.heard(text)
        for mode in _PASTE_MODES:
            if mode in text:
                text = text.replace(mode, "")
        start = max(text.rfind("\n") + 1, len(text) - max(LONGEST, len(self._echo)))
        text, self._line_end = text[:start], text[start:]
        if isinstance(turn, PromptTurn):
            text = turn.without_prompt(text, self.prompts.sure)
        self._say(text)
        if turn is None or not turn.runs:
            self._show_between_turns()

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

    def _show_between_turns(self) -> None:
        """A program that prints between two cells prints its prompt again, or not."""
        found = self.prompt()
        if found is not None:
            self._line_end = self._line_end[: found.start]
        text, self._line_end = self._line_end, ""
        self._say(text)

    def _say(self, text: str) -> None:
        turn = self._turn
        if not text:
            return
        if isinstance(turn, PromptTurn) and turn.runs:
            if turn.discards:
                return
            turn.remember(text)
        self._sink.text(text)
