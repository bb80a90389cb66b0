"""`Output`: what the terminal says becomes text, displays and barriers; a line's unfinished end may be a prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sdk.repl.control_strings import FullScreen, plain
from sdk.repl.scanner import Barrier, Display, Event, Piece, Record, Scanner
from sdk.repl.session import Session
from sdk.repl.sink import Sink
from sdk.repl.spool import Spooled, is_spooled, read_spooled
from sdk.repl.turn import Turn

_LONGEST_PROMPT = 512  # characters
_FULL_SCREEN = (
    "[the program takes the whole screen, which cannot be shown here; interrupt the cell, perhaps again, to leave it]"
)


class _Terminal:
    """What is kept of one terminal."""

    def __init__(self, token: bytes, *, errors: bool) -> None:
        self.scanner = Scanner(token)
        self.errors = errors
        self.line_end = ""
        self.barrier = -1


class Output:
    """Takes the terminal's bytes in order. Knows no clock: how long a line's end waits is decided elsewhere.

    With `split` there is a second terminal, for errors. A turn has been read when both have brought its barrier: the
    first one tells that the program is at its prompt. The unfinished line of one, of the one that spoke last if
    both have one, may be the prompt of a question.
    """

    def __init__(
        self,
        session: Session,
        sink: Sink,
        *,
        on_barrier: Callable[[int], None],
        on_prompt: Callable[[int], None] = lambda number: None,
        on_record: Callable[[str], None] = lambda body: None,
        split: bool = False,
    ) -> None:
        self._session = session
        self._sink = sink
        self._on_barrier = on_barrier
        self._on_prompt = on_prompt
        self._on_record = on_record
        token = session.token.encode()
        self._terminals = [_Terminal(token, errors=errors) for errors in ((False, True) if split else (False,))]
        self._latest = self._terminals[0]
        self._turn: Turn | None = None
        self.after_interrupt = False
        """Whether the turn before this one was interrupted."""

    @property
    def sink(self) -> Sink:
        """To whom text goes."""
        return self._sink

    @property
    def unfinished_line(self) -> str:
        """What is held back, because it may be a prompt."""
        return self._asking.line_end.rpartition("\n")[2]

    @property
    def _asking(self) -> _Terminal:
        """The one with an unfinished line; of two the one that spoke last."""
        first, *others = [self._latest, *self._terminals]
        return next((one for one in (first, *others) if one.line_end.rpartition("\n")[2]), first)

    def listen(self, sink: Sink) -> None:
        """Text goes to `sink` from now on."""
        self._sink = sink

    def begin(self, turn: Turn, hidden: Iterable[str]) -> None:
        """Text belongs to `turn`, and the pieces `hidden` are taken out of it."""
        self.after_interrupt = self._turn is not None and self._turn.interrupts > 0
        self._turn = turn
        self._sink = turn.sink
        self.hide(hidden)

    def hide(self, hidden: Iterable[str]) -> None:
        """From now on the pieces `hidden` are taken out of the text."""
        lines = [text.encode() for text in self._session.hidden_lines]
        sequences = [text.encode() for text in hidden]
        for terminal in self._terminals:
            terminal.scanner.hide(sequences, lines)

    def end_turn(self, turn: Turn) -> None:
        """Nothing waits any longer: no question will follow."""
        for terminal in self._terminals:
            if turn.interrupts and not terminal.line_end.strip("\n"):
                terminal.line_end = ""  # the line end that a shell says when ^C ended a program
        self.show_line_end()

    def skip(self, echo: bytes) -> None:
        """The terminal is about to echo this."""
        self._terminals[0].scanner.skip(echo)

    @property
    def awaits_echo(self) -> bool:
        """Whether the terminal has not echoed yet what it is about to echo."""
        return self._terminals[0].scanner.awaits_echo

    def feed(self, data: bytes) -> None:
        """Take what was read from the terminal."""
        self._feed(self._terminals[0], data)

    def feed_errors(self, data: bytes) -> None:
        """Take what was read from the terminal for errors."""
        self._feed(self._terminals[1], data)

    def _feed(self, terminal: _Terminal, data: bytes) -> None:
        pieces: list[str] = []
        for event in terminal.scanner.feed(data):
            if isinstance(event, str):
                if not self._session.is_unsettled:
                    pieces.append(event)
                continue
            if isinstance(event, Piece):
                self._session.receive_piece(event.name, event.data, hexadecimal=event.hexadecimal)
                continue
            if isinstance(event, Record):
                self._on_record(event.body)
                continue
            if self._is_late(event) and not "".join([terminal.line_end, *pieces]).strip("\n"):
                pieces, terminal.line_end = [], ""  # an interrupt that came at the prompt: the shell began a new line
            self._show(terminal, pieces)
            pieces.clear()
            self._mark(terminal, event)
        self._show(terminal, pieces)

    def _is_late(self, event: Event) -> bool:
        """Whether this ends what was said after an earlier turn."""
        return isinstance(event, Barrier) and self._turn is not None and event.turn != self._turn.number

    def release(self) -> None:
        """Whatever the scanner keeps as the possible start of a marker is text."""
        for terminal in self._terminals:
            self._show_events(terminal, terminal.scanner.release())

    def release_short(self) -> None:
        """As `release`, if it is so little that it is most likely text."""
        for terminal in self._terminals:
            self._show_events(terminal, terminal.scanner.release_short())

    def take_prompt(self) -> str:
        """The unfinished line, which is the prompt of a question, and so not shown as output."""
        self.release()
        latest = self._asking
        start = latest.line_end.rfind("\n") + 1
        prompt, latest.line_end = latest.line_end[start:], latest.line_end[:start]
        self.show_line_end()
        return plain(prompt)

    def forget_prompt(self) -> None:
        """The unfinished line is a prompt of no interest."""
        for terminal in self._terminals:
            terminal.scanner.release()
            terminal.line_end = ""

    def show_line_end(self) -> None:
        """The unfinished line is no prompt."""
        for terminal in self._terminals:
            text, terminal.line_end = terminal.line_end, ""
            self._say(terminal, text)

    async def drain(self) -> None:
        """Wait until clients have taken what there is."""
        await self._sink.drain()

    def _say(self, terminal: _Terminal, text: str) -> None:
        if text:
            (self._sink.error if terminal.errors else self._sink.text)(text)

    def _show(self, terminal: _Terminal, pieces: list[str]) -> None:
        """Pass text on; while a program runs, a short unfinished line waits for the first look: it may be a prompt."""
        if not pieces:
            return
        self._latest = terminal
        text = terminal.line_end + "".join(pieces)
        terminal.line_end = ""
        turn = self._turn
        if turn is not None and not text.strip("\n"):
            late = turn.interrupts if turn.over else self.after_interrupt and not turn.begun
            if late:
                return  # an interrupt that came at the prompt: the shell begins a new line
        if turn is not None and turn.runs:
            start = text.rfind("\n") + 1
            if turn.interrupts and not text[:start].strip("\n"):
                start = 0  # what a shell says when ^C ends a program; dropped if nothing follows
            elif self.after_interrupt and not text.strip("\n"):
                start = 0  # what it says when ^C comes at its prompt; dropped if the barrier of then follows
            if len(text) - start <= _LONGEST_PROMPT:
                text, terminal.line_end = text[:start], text[start:]
        self._say(terminal, text)

    def _show_events(self, terminal: _Terminal, events: list[Event]) -> None:
        self._show(terminal, [event for event in events if isinstance(event, str)])

    def _mark(self, terminal: _Terminal, event: Barrier | Display | Spooled | FullScreen) -> None:
        if isinstance(event, Barrier):
            terminal.barrier = event.turn
            if all(each.barrier == event.turn for each in self._terminals):
                self._on_barrier(event.turn)
            elif not terminal.errors:
                self._on_prompt(event.turn)
            return
        self.show_line_end()
        if isinstance(event, Spooled):
            self._sink.display(event)
            return
        if isinstance(event, FullScreen):
            self._sink.notice(_FULL_SCREEN)
            return
        if not is_spooled(event.name):
            return
        try:
            self._sink.display(read_spooled(self._session.file(event.name)))
        except (OSError, ValueError) as error:
            self._sink.notice(f"display: {error}")
