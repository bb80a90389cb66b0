"""`ReplKernel`: a kernel whose language is an interactive program. A subclass says how to start it and talk to it.

The driver, and asyncio and pexpect with it, is imported when the program is started: kernel_info is answered before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from sdk.errors import ExecutionError
from sdk.kernel.base import Kernel, WhileBusy
from sdk.kernel.context import Context
from sdk.protocol.message import MimeBundle
from sdk.protocol.shell import ExecuteRequest
from sdk.repl.beginning import Beginning
from sdk.repl.environment import environment
from sdk.repl.finished import Finished
from sdk.repl.life import Life

if TYPE_CHECKING:
    from sdk.kernel.language_finding import LanguageFinding
    from sdk.repl.far_lines import FarLines
    from sdk.repl.launch import Launch
    from sdk.repl.process import Exit, Process
    from sdk.repl.repl import Repl
    from sdk.repl.session import Session
    from sdk.repl.sink import Sink
    from sdk.repl.turn import Outcome
    from sdk.repl.when_idle import WhenIdle

_LONGEST_SIDE = 65_535  # what the system's structure holds
_PLAIN = {"LC_ALL": "C.UTF-8", "MANWIDTH": "80", "TERM": "dumb"}


class ReplKernel(Kernel):
    """Subclass it and write `launch`, `cell_line`, `end_line` and `result`; the driver does the rest."""

    while_busy: ClassVar[WhileBusy] = WhileBusy.LOOP

    program: ClassVar[str] = "the language"
    """What people call the program, for messages."""

    start_limit: float = 15.0
    """Seconds in which the program must be ready."""

    options: ClassVar[Mapping[str, str]] = {
        "rows": "Lines of the program's terminal.",
        "columns": "Characters in a line of the program's terminal.",
        "snapshot_after": "Seconds without a cell after which the program's state is saved; 0: never.",
    }
    rows: int = 24
    columns: int = 80
    snapshot_after: float = 1.0

    prefix: str | Sequence[str] = ""
    """What to put before a command so that it runs elsewhere (`ssh -t HOST`); the program is started there."""

    _life: Life | None = None
    _when_idle: WhenIdle | None = None
    _interrupt_noted: bool = False

    # -- what a language package writes --------------------------------------------------------------------------------

    def launch(self, session: Session, *, attempt: int) -> Launch:
        """Write the helper files into `session`, and say how to start the program.

        `attempt` counts from 0; a second one is made when the first failed and `attempts` allows it. The program
        reports the end of turn 0 when it is ready.
        """
        raise NotImplementedError

    attempts: ClassVar[int] = 1
    """How often to try to start the program; later tries should want less of the user's set-up."""

    record_comes_first: ClassVar[bool] = False
    """Whether a turn's record, if there is one, is always in the FIFO when its barrier is written.

    Then an interrupted turn without a record has ended when the barrier is seen.
    """

    own_interrupts: ClassVar[bool] = False
    """Whether the program takes interrupts itself, whatever runs in it, and its children share its process group.

    Such a program reads the answers to its questions where it reads its commands: it would end with that input.
    """

    def far_lines(self) -> FarLines | None:
        """How the program is told things beside turns where it does not see this machine's files; None: as a bash."""
        return None

    def cell_line(self, session: Session, number: int, request: ExecuteRequest, context: Context) -> str:
        """Write the cell to a file, and give the control line that runs it as turn `number`."""
        raise NotImplementedError

    def end_line(self, number: int, *, lost_terminal: bool = False) -> str:
        """The control line that makes the program report the end of turn `number`, and take back a lost terminal."""
        raise NotImplementedError

    def result(self, record: str, *, interrupted: bool, context: Context) -> MimeBundle | None:
        """What the program's own record of the end says: the cell's value. Raises ExecutionError."""
        raise NotImplementedError

    def folder_code(self, path: str) -> str:
        """Code of the language that makes `path` its working directory."""
        raise NotImplementedError(f"it is not known how {self.program} changes its working directory")

    def hidden(self, session: Session, line: str) -> list[str]:
        """Further text to take out of the output; each piece contains the session's token."""
        return []

    def is_prompt(self, pid: int) -> bool:
        """Whether the program, seen to read the terminal in the middle of a turn, reads its next command."""
        return False

    def on_record(self, record: str) -> None:
        """A record of the language's own has come through the FIFO."""

    async def snapshot(self) -> None:
        """Save what a new program would need, if this one should die; nothing runs, and nothing has for a while."""

    def ended(self, session: Session) -> str:
        """The program has ended; save what can be saved before its session goes. Says what will be restored."""
        return ""

    def forget(self) -> None:
        """Restore nothing: programs that were made like the one that has ended do not work."""

    def last_words(self, said: str) -> list[str]:
        """The traceback of the cell in which the program ended; `said` tells how. None is made without one."""
        return []

    def cell_ended(self, session: Session) -> None:
        """A cell has ended, well or not."""

    def sink(self, context: Context) -> Sink:
        """To whom a cell's output and questions go."""
        from sdk.repl.sink import ContextSink  # start-up time

        return ContextSink(context)

    def driver(self, process: Process, session: Session, sink: Sink) -> Repl:
        """The driver of the program that was started."""
        from sdk.repl.repl import Repl

        return Repl(process, session, self, sink, on_record=self.on_record)

    def find_language(self) -> LanguageFinding | None:
        """Behind a prefix nothing is looked for from here."""
        if not self.prefix:
            return None
        import shlex  # start-up time

        from sdk.kernel.language_finding import LanguageFinding

        words = self.prefix if isinstance(self.prefix, str) else shlex.join(self.prefix)
        detail = f"elsewhere, where {words!r} leads; only a cell goes there: what it finds there is not looked for"
        return LanguageFinding(True, detail, elsewhere=True)

    # -- the kernel ----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the program. Raises LanguageStartError, which names the command, what it said and the remedy."""
        if self.life.repl is None and not self.prefix:  # on the way elsewhere questions may be asked: by a cell
            await self.life.start(Beginning())

    async def stop(self, *, restart: bool) -> None:
        """End the program and what it has left running."""
        if self._when_idle is not None:
            self._when_idle.close()
            self._when_idle = None
        await self.life.stop()

    def end_at_once(self) -> None:
        """Kill the program with all that it has started, if it is still there."""
        self.life.kill()

    async def do_execute(self, request: ExecuteRequest, context: Context) -> MimeBundle | None:
        """Run the cell as one turn."""
        self._interrupt_noted = False
        if self._when_idle is not None:
            self._when_idle.cancel()
        sink = self.sink(context)
        size = _size(context.metadata)
        if size is not None:
            self.rows, self.columns = size
        repl = await self.life.running(sink)
        if size is not None:
            repl.set_size(*size)
        self.life.tell(sink)
        if self._interrupt_noted:
            raise ExecutionError("KeyboardInterrupt")
        outcome = await self._run_cell(repl, request, context, sink)
        if outcome.exit is not None and not outcome.begun:
            repl = await self.life.running(sink)  # it had ended before, and that was not known yet
            outcome = await self._run_cell(repl, request, context, sink)
        if outcome.exit is not None:
            await self._after_exit(outcome, outcome.exit, sink)
            return None
        if outcome.refused_input:
            raise ExecutionError(
                "StdinNotImplementedError",
                "the code waits for input, and the client that runs it cannot be asked (allow_stdin is false)",
            )
        if outcome.record is None:
            raise ExecutionError("KeyboardInterrupt")
        return self.result(outcome.record, interrupted=outcome.interrupted, context=context)

    async def _after_exit(self, outcome: Outcome, exited: Exit, sink: Sink) -> None:
        await self.life.replace(exited, sink)
        if exited.status != 0:
            name = "KeyboardInterrupt" if outcome.interrupted else f"{self.program.capitalize()}Ended"
            said = f"{self.program} {exited}"
            raise ExecutionError(name, said, self.last_words(said))

    async def _run_cell(self, repl: Repl, request: ExecuteRequest, context: Context, sink: Sink) -> Outcome:
        outcome = await repl.run(lambda number: self.cell_line(repl.session, number, request, context), sink)
        self.cell_ended(repl.session)
        self._snapshot_later()
        return outcome

    def _snapshot_later(self) -> None:
        if self.snapshot_after <= 0 or self.life.repl is None or type(self).snapshot is ReplKernel.snapshot:
            return
        if self._when_idle is None:
            from sdk.repl.when_idle import WhenIdle  # start-up time

            self._when_idle = WhenIdle(self.snapshot, pause=self.snapshot_after)
        self._when_idle.restart()

    async def restart_language(self, context: Context) -> str:
        """End the program with all that it has started, and start another, which is restored to nothing."""
        self.forget()
        await self.stop(restart=True)
        if not self.prefix:
            await self.life.start(self.sink(context))
        where = f"; the folder is still {self.cwd}" if self.cwd else ""
        begun = "was ended, and is started anew when a cell needs it" if self.prefix else "was started anew"
        return f"{self.program} {begun}: variables, functions and jobs are gone{where}"

    async def do_interrupt(self) -> None:
        """Interrupt what runs in the foreground of the terminal."""
        self._interrupt_noted = True
        self.life.interrupt()

    async def change_folder(self, path: str, context: Context) -> None:
        """Let the program do it."""
        await self.do_execute(ExecuteRequest(self.folder_code(path), store_history=False), context)

    async def ask(self, compose: Callable[[Session, int], str], *, limit: float) -> Session | None:
        """Let the program, if nothing runs, answer a question of ours by a turn of its own; None when it cannot.

        The turn leaves its answer in a file of the session. After `limit` seconds it is interrupted.
        """
        import asyncio  # start-up time; a loop runs

        repl = self.idle_repl
        if repl is None:
            return None
        try:
            async with asyncio.timeout(limit):
                outcome = await repl.run(lambda number: compose(repl.session, number))
        except (TimeoutError, OSError):  # too slow, or there is no room for the question
            return None
        return repl.session if outcome.exit is None and not outcome.interrupted else None

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """For what is asked in a cell of the user's: raises ExecutionError at its end when there was an interrupt."""
        self._interrupt_noted = False
        try:
            yield
        finally:
            if self._interrupt_noted:
                raise ExecutionError("KeyboardInterrupt")

    @staticmethod
    async def finished(argv: Sequence[str], *, text: str = "", limit: float, cwd: str | None = None) -> Finished | None:
        """Run a small program beside the language; None when it cannot be run or takes longer than `limit` seconds."""
        from sdk.repl.helper import finished

        try:
            return await finished(argv, text=text, limit=limit, env=environment(_PLAIN), cwd=cwd)
        except (OSError, TimeoutError):
            return None

    @staticmethod
    def display_script(session: Session) -> str:
        """Put the program `display` into `session`, and give its path, which is for the language's JUPYTER_DISPLAY."""
        from sdk.repl.place import put_display  # start-up time

        return put_display(session)

    @property
    def idle_repl(self) -> Repl | None:
        """The driver, if the program is up and no cell runs: for questions that the program itself answers."""
        repl = self.life.repl
        return repl if repl is not None and repl.free else None

    @property
    def session(self) -> Session | None:
        """The session of the program that runs."""
        return self.life.repl.session if self.life.repl is not None else None

    @property
    def life(self) -> Life:
        """Keeps the program alive."""
        if self._life is None:
            self._life = Life(self)
        return self._life


def _size(metadata: Mapping[str, Any]) -> tuple[int, int] | None:
    """The rows and columns that a request's metadata asks for: `{"terminal": {"rows": 24, "columns": 80}}`."""
    terminal = metadata.get("terminal")
    if not isinstance(terminal, dict) or not {"rows", "columns"} <= terminal.keys():
        return None
    rows, columns = terminal["rows"], terminal["columns"]
    return (rows, columns) if _is_side(rows) and _is_side(columns) else None


def _is_side(number: object) -> bool:
    return type(number) is int and 0 < number <= _LONGEST_SIDE
