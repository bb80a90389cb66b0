"""`Life`: keeps one program alive: starts it, starts another when it has ended, and says so.

The driver, and asyncio and pexpect with it, is imported when the program is started.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Protocol

from sdk.errors import LanguageStartError, NotReachedError
from sdk.repl.beginning import Beginning

if TYPE_CHECKING:
    from sdk.repl.far_lines import FarLines
    from sdk.repl.launch import Launch
    from sdk.repl.place import Place
    from sdk.repl.process import Exit, Process
    from sdk.repl.repl import Repl
    from sdk.repl.session import Session
    from sdk.repl.sink import Sink


class Program(Protocol):
    """What is known of the program; `ReplKernel` says what each means."""

    attempts: ClassVar[int]
    prefix: str | Sequence[str]
    start_limit: float
    rows: int
    columns: int

    @property
    def program(self) -> str:
        """What people call it."""

    def launch(self, session: Session, *, attempt: int) -> Launch:
        """How it is started."""

    def far_lines(self) -> FarLines | None:
        """How it is told things behind a prefix; None: as a bash is."""

    def driver(self, process: Process, session: Session, sink: Sink) -> Repl:
        """What drives it."""

    def ended(self, session: Session) -> str:
        """It has ended; what will be restored."""

    def forget(self) -> None:
        """Restore nothing."""


class Life:
    """One program after the other, of one kind. Belongs to the event loop's thread."""

    def __init__(self, program: Program) -> None:
        self.repl: Repl | None = None
        """The driver of the one that lives, or of the one that has ended last and was not replaced yet."""
        self._program = program
        self._ending: Repl | None = None
        self._place: Place | None = None
        self._untold = ""
        self._failed_first = False
        self._given_up = 0  # programs in a row, each before it had run a cell to its end

    async def running(self, sink: Sink) -> Repl:
        """The driver of one that lives. Raises LanguageStartError."""
        from sdk.repl.turn import State

        repl = self.repl
        if repl is not None and repl.state is not State.DEAD:
            return repl
        if repl is not None:
            await self.replace(repl.exited, sink)
        return self.repl or await self.start(sink)

    async def start(self, sink: Sink) -> Repl:
        """Start the program. Raises LanguageStartError, which names each command tried and what it said."""
        problems = []
        for attempt in range(self._program.attempts):
            beginning = Beginning()
            try:
                repl = await self._try(attempt, beginning, sink)
            except NotReachedError:
                raise
            except LanguageStartError as error:
                problems.append(_problem(error, beginning.heard))
                continue
            self._failed_first = bool(problems)
            if problems:
                self._untold = f"[{problems[0]}\nIt was started again with less of the user's set-up.]"
            elif beginning.heard:
                self._untold = f"[{self._program.program} said while it started:]\n{beginning.heard}"
            repl.listen(sink)
            self.repl = repl
            return repl
        raise LanguageStartError("\n".join(dict.fromkeys(problems)))  # each once

    def tell(self, sink: Sink) -> None:
        """Say, once, what is to be said of the last start."""
        untold, self._untold = self._untold, ""
        if untold:
            sink.notice(untold)

    async def replace(self, exited: Exit | None, sink: Sink) -> None:
        """Put a new program in the place of the one that has ended, and say so; not when it was stopped meanwhile."""
        repl, program = self.repl, self._program
        if repl is None:
            return
        restored = program.ended(repl.session)
        self._given_up = (0 if repl.has_served else self._given_up) + 1 if repl.given_up else 0
        if self._given_up > 1:  # most likely by what each of them was restored to
            self._given_up = 0
            program.forget()
            restored = ", without what the last ones held, because none of them worked"
        await repl.close()
        self.repl = None
        happened = str(repl.exited or exited or "ended")  # when the end was seen, it may not have been known yet
        if program.prefix:  # whoever cannot be reached now has the next cell to say so
            sink.notice(f"[{program.program} {happened}; a new one is started when a cell needs it{restored}]")
            return
        await self.start(sink)
        if restored and self._failed_first:
            restored = "; what it held could not be restored"
        sink.notice(f"[{program.program} {happened}; a new one was started{restored}]")

    def interrupt(self) -> None:
        """Interrupt what runs, or the way to where it shall run."""
        if self._place is not None:
            self._place.give_up()
        if self.repl is not None:
            self.repl.interrupt()

    async def stop(self) -> None:
        """End the program and what it has left running."""
        repl, self.repl = self.repl, None
        if self._place is not None:
            self._place.give_up()
        if repl is not None:
            self._ending = repl
            await repl.close()
            self._ending = None

    def kill(self) -> None:
        """End the program by force, also one that is about to end. Any thread."""
        for repl in (self.repl, self._ending):
            if repl is not None:
                with suppress(OSError):  # the event loop's thread may do the same just now
                    repl.kill()

    async def _try(self, attempt: int, beginning: Beginning, sink: Sink) -> Repl:
        from sdk.repl.place import Place  # start-up time

        program = self._program
        place = self._place = Place(program.prefix, program.far_lines)
        session = place.session
        try:
            session.open()
            launch = program.launch(session, attempt=attempt)
            if launch.dimensions is None:
                launch = launch._replace(dimensions=(program.rows, program.columns))
            process = await place.spawn(launch, sink, limit=program.start_limit)
        except BaseException:
            session.close()
            raise
        repl = program.driver(process, session, beginning)
        try:
            await repl.start(limit=program.start_limit, alone=not program.prefix)
        except BaseException as error:
            await repl.close()
            if isinstance(error, LanguageStartError):
                raise LanguageStartError(f"{_command(launch.argv)}: {error}") from None
            raise
        return repl


def _command(argv: Sequence[str]) -> str:
    import shlex  # only for messages

    return shlex.join(argv)


def _problem(error: LanguageStartError, heard: str) -> str:
    said = f"\nIt said:\n{heard}" if heard else ""
    return f"{error}{said}"
