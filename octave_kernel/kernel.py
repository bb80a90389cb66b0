"""`OctaveKernel`: how a cell becomes a line that Octave is told, and how what Octave reports becomes a reply."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from octave_kernel import executable, lines, startup
from octave_kernel.reading import Reading
from sdk import (
    CompleteReply,
    CompleteRequest,
    Context,
    ExecuteRequest,
    ExecutionError,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
    LanguageFinding,
    LanguageStartError,
    MagicSyntax,
    MimeBundle,
    PlotSettings,
    Variable,
)
from sdk.repl import Launch, ReplKernel

if TYPE_CHECKING:
    from octave_kernel.assistance.assistance import Assistance
    from octave_kernel.figures.figures import Figures
    from octave_kernel.figures.gnuplot import Gnuplot
    from sdk.repl import FarLines, Session, Sink

_CELLS_KEPT = 50  # whose code is shown when a function fails that was defined in one of them
_DEBUGGER_QUIT = 2


class OctaveKernel(ReplKernel):
    """One interactive Octave."""

    implementation = "octave_kernel"
    implementation_version = "0.1.0"
    banner = "GNU Octave: one interactive session; figures are shown in the notebook"
    program = "octave"
    attempts = 2
    record_comes_first = True
    magic_syntax = MagicSyntax(shell="", shared=True, comments="%#", block="{")
    own_magics = ("octave_kernel.magics",)
    own_interrupts = True
    language_info: Mapping[str, Any] = {
        "name": "octave",
        "version": "",
        "mimetype": "text/x-octave",
        "file_extension": ".m",
        "codemirror_mode": "octave",
        "pygments_lexer": "octave",
    }
    options = {
        "executable": "The command that starts Octave; empty: the first that is found (`sdk doctor octave` tells).",
        "octaverc": "Whether the site's and the user's start-up files (~/.octaverc) are run.",
        "stderr": "'warnings': warnings are a stream of their own; 'split': stderr; 'terminal': all is one, in order.",
        "prefix": "What leads to an Octave elsewhere: ssh -t HOST, docker exec -it NAME, sudo -u USER, chroot DIR, ...",
        "plot": "How figures are shown, in the words of a cell's `%plot` line: '--format svg --size 800,600'.",
    }
    executable: str | Sequence[str] = ""
    octaverc: bool = True
    stderr: str = "warnings"
    plot: str = ""
    start_limit: float = 60.0

    _cells: dict[str, str] = {}
    _reported: bool = True
    _reading: Reading

    cells: int = 0
    """How many were begun."""

    _assistance: Assistance | None = None
    _figures: Figures | None = None
    _gnuplot: Gnuplot | None = None
    _rows: frozenset[str] = frozenset()
    """The variables that others have set to matrices of one row."""

    # -- questions -----------------------------------------------------------------------------------------------------

    async def do_complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        """What Octave knows: names, fields, properties, files; while a cell runs, what was known before it."""
        return await self._assisted().complete(request)

    async def do_inspect(self, request: InspectRequest, context: Context) -> InspectReply:
        """The documentation of a function, the value of a variable; with more detail the source."""
        return await self._assisted().inspect(request)

    async def do_is_complete(self, request: IsCompleteRequest, context: Context) -> IsCompleteReply:
        """By a lexer that agrees with Octave's parser; Octave is not asked."""
        return await self._assisted().is_complete(request)

    async def do_variables(self, path: Sequence[str], context: Context) -> Sequence[Variable]:
        """The variables of the workspace; while a cell runs, as they were before it."""
        return await self._assisted().variables(path)

    async def do_user_expression(self, expression: str, context: Context) -> MimeBundle:
        """What the expression gives, as `disp` shows it."""
        return await self._assisted().expression(expression)

    async def get_variable(self, name: str) -> object:
        """The value of a variable, for Python (see `octave_kernel.values.values`). Raises VariableError."""
        with self.interruptible():
            return await self._assisted().get(name)

    async def give_variable(self, name: str) -> object:
        """The value for other languages (see `octave_kernel.values.plain`). Raises VariableError."""
        from octave_kernel.values.plain import plain, row  # few ask for it

        with self.interruptible():
            value = await self._assisted().get(name, shared=True)
        return row(value, name) if name in self._rows else plain(value, name)

    async def set_variable(self, name: str, value: object) -> None:
        """Give a variable a value (see `octave_kernel.values.values`). Raises VariableError."""
        with self.interruptible():
            await self._assisted().set(name, value)
        shape: Sequence[int] = getattr(value, "shape", ())
        self._rows = self._rows - {name} | ({name} if len(shape) == 2 and shape[0] == 1 else set())

    async def get_environment(self) -> Mapping[str, str]:
        """What Octave gives to the programs that it runs."""
        said = await self._assisted().expression("""strrep (nthargout (2, @system, 'env -0'), "\\0", "\\1")""")
        pairs = (entry.partition("=") for entry in str(said["text/plain"]).split("\1") if "=" in entry)
        return {name: value for name, _, value in pairs}

    async def set_environment(self, name: str, value: str | None, context: Context) -> None:
        """By `setenv` and `unsetenv`."""
        quoted = (value or "").replace("'", "''")
        code = f"unsetenv ('{name}');" if value is None else f"setenv ('{name}', '{quoted}');"
        await self.do_execute(ExecuteRequest(code, store_history=False), context)

    def _assisted(self) -> Assistance:
        if self._assistance is None:
            from octave_kernel.assistance import assistance  # not needed before the first cell

            self._assistance = assistance.of(self)
        return self._assistance

    async def answer(self, text: str, *, limit: float, data: bytes | None = None) -> bytes | None:
        """What the idle Octave says to the question `text`; None when it cannot be asked now.

        `data` is given to it in a file, whose name is the last thing that the question holds.
        """
        names: list[str] = []
        asked_of: list[Session] = []

        def line(session: Session, number: int) -> str:
            asked, answered, given = f"question{number}", f"answer{number}", f"data{number}"
            names[:] = [answered, asked, given]
            asked_of[:] = [session]
            if data is not None:
                session.write(given, data)
            session.write(asked, text if data is None else f"{text}{session.at(given)}\0")
            sending, scripts = session.sending(answered), startup.scripts(session)
            question = lines.question(
                number, session.at(asked), session.at(answered), session.there, scripts, sending=sending
            )
            return self._typed(session, question)

        try:
            if await self.ask(line, limit=limit) is None:
                return None
            self._reading.ended({})
            with open(asked_of[0].file(names[0]), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
        finally:
            for session in asked_of:
                session.remove(*names)

    # -- talking to Octave ---------------------------------------------------------------------------------------------

    def launch(self, session: Session, *, attempt: int) -> Launch:
        """An interactive Octave without line editing, which runs the user's files and then ours."""
        if self.stderr not in ("warnings", "split", "terminal"):
            said = f"OctaveKernel.stderr is {self.stderr!r}: 'warnings', 'split' or 'terminal' is expected"
            raise LanguageStartError(said)
        self._cells = {}
        self.cells += 1  # what was known of another Octave holds no more
        from octave_kernel.figures.gnuplot import Gnuplot  # start-up time: not needed before Octave starts

        self._gnuplot = Gnuplot(session)
        self._reading = Reading([session.there, startup.SCRIPTS])
        command = executable.there(self.executable) if self.prefix else executable.find(self.executable)
        display = self._shown().start()
        octaverc, split = self.octaverc and attempt == 0, self.stderr == "split"
        start = startup.Start(command, self.cwd, octaverc, display, split, self._shown().statement)
        return startup.launch(session, self.display_script(session), start)

    def find_language(self) -> LanguageFinding | None:
        """Every place where Octave is looked for, and its version."""
        from octave_kernel import found  # for `sdk doctor` alone

        return super().find_language() or found.finding(self.executable)

    async def stop(self, *, restart: bool) -> None:
        """End Octave, and its screen if it has one of its own."""
        if self._gnuplot is not None:
            self._gnuplot.close()
        await super().stop(restart=restart)
        self._shown().stop()

    async def do_interrupt(self) -> None:
        """Interrupt Octave; it may wait for a gnuplot that the interrupt has ended, too."""
        await super().do_interrupt()
        if self._gnuplot is not None:
            self._gnuplot.interrupted()

    def end_at_once(self) -> None:
        """Kill Octave; its screen, too."""
        super().end_at_once()
        self._shown().stop()

    def _shown(self) -> Figures:
        if self._figures is None:
            from octave_kernel.figures import figures  # start-up time: not needed before Octave starts

            self._figures = figures.Figures(self.plot, elsewhere=bool(self.prefix))
        return self._figures

    def plot_settings(self) -> PlotSettings:
        """How figures are shown now."""
        return self._shown().settings

    async def change_plots(self, settings: PlotSettings, context: Context) -> None:
        """Tell Octave, with the next code that it is given. Raises PlotError."""
        self._shown().change(settings)

    def sink(self, context: Context) -> Sink:
        """Warnings apart from the rest, if that is wanted."""
        from octave_kernel.warned import WarningSink  # not needed before the first cell

        sink = super().sink(context)
        return WarningSink(sink) if self.stderr == "warnings" else sink

    def far_lines(self) -> FarLines:
        """Calls of functions of ours."""
        from octave_kernel.far import OctaveLines  # few need it

        return OctaveLines()

    def cell_line(self, session: Session, number: int, request: ExecuteRequest, context: Context) -> str:
        """Source the cell from a file named like its prompt, so that messages say `In[7]`."""
        name = f"In[{context.execution_count}]"
        code = request.code
        first = self._shown().before()
        self.cells += 1
        self._cells[name] = code
        if len(self._cells) > _CELLS_KEPT:
            import asyncio  # start-up time; a loop runs

            asyncio.get_running_loop().call_soon(_forget_oldest, self._cells, session)  # while Octave runs
        script = self._with_class(session, code) if lines.class_name(code) else lines.script(code)
        file = f"{lines.CELL}{name}"
        session.write(file, script)
        # A cell that was interrupted may have taken our functions away.
        healed = "" if self._reported else lines.heal(session.there, startup.scripts(session))
        self._reported = False
        if self._gnuplot is not None:
            self._gnuplot.begun()
        line = lines.cell(number, session.at(file), session.there, startup.scripts(session), first=first)
        return self._typed(session, healed + line)

    def _typed(self, session: Session, line: str) -> str:
        return line if session.is_far else self._reading.line(line)

    def _with_class(self, session: Session, code: str) -> str:
        from octave_kernel import classes  # few cells define one

        defined = classes.split(code)
        file = f"{defined.name}.m"
        changed = self._cells.get(file, defined.text) != defined.text
        self._cells[file] = defined.text
        return classes.script(defined, session.write(file, defined.text), changed=changed)

    def cell_ended(self, session: Session) -> None:
        """Gnuplot may have nothing to do for a while."""
        if self._gnuplot is not None:
            self._gnuplot.ended()

    def folder_code(self, path: str) -> str:
        """A call of `cd`."""
        return f"""cd ('{path.replace("'", "''")}');"""

    def end_line(self, number: int, *, lost_terminal: bool = False) -> str:
        """The end of a cell, again."""
        session = self.session
        if session is None:
            return lines.end(number, "", startup.SCRIPTS)
        return lines.end(number, session.there, startup.scripts(session))

    def hidden(self, session: Session, line: str) -> list[str]:
        """The session's path in messages."""
        return [f"{session.there}/{lines.CELL}", f"{session.there}/"]

    def on_record(self, record: str) -> None:
        """Octave says its version when it starts, and that it draws by a gnuplot."""
        kind, _, value = record.partition(" ")
        if kind == "B":
            self.language_info = {**self.language_info, "version": value}
        elif kind == "G" and self._gnuplot is not None:
            self._gnuplot.started()

    def ended(self, session: Session) -> str:
        """Nothing of the workspace is kept."""
        self._shown().stop()
        if self._gnuplot is not None:
            self._gnuplot.close()
        return "; variables and functions are lost"

    def result(self, record: str, *, interrupted: bool, context: Context) -> MimeBundle | None:
        """Raises ExecutionError for what has failed."""
        self._reported = True
        report = json.loads(record)
        self._shown().ended()
        self.cwd = report.get("cwd") or self.cwd
        if report["how"] != _DEBUGGER_QUIT and not interrupted:
            self._reading.ended(report)
        if report["how"] == 1:
            return None
        if report["how"] == _DEBUGGER_QUIT or interrupted:
            raise ExecutionError("KeyboardInterrupt", "", [f"In[{context.execution_count}]: interrupted"])
        from octave_kernel import failure  # start-up time: most cells do not fail

        session = self.session
        raise failure.error(report, self._cells, session.there if session is not None else "")


def _forget_oldest(cells: dict[str, str], session: Session) -> None:
    names = [name for name in cells if name.startswith("In[")]
    for name in names[:-_CELLS_KEPT] if session.path else ():  # else it has gone meanwhile
        del cells[name]
        session.remove(f"{lines.CELL}{name}")
