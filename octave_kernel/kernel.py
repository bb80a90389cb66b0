"""`OctaveKernel`: how a cell becomes a line that Octave is told, and how what Octave reports becomes a reply."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from octave_kernel import executable, lines, startup
from sdk import CompleteReply, CompleteRequest, Context, ExecuteRequest, ExecutionError, MimeBundle
from sdk.repl import Launch, ReplKernel

if TYPE_CHECKING:
    from sdk.repl import Session

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
    }
    executable: str | Sequence[str] = ""
    octaverc: bool = True
    start_limit: float = 60.0

    _cells: dict[str, str] = {}

    async def do_complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        """Nothing yet."""
        at = len(request.code) if request.cursor_pos is None else request.cursor_pos
        return CompleteReply([], at, at)

    # -- talking to Octave ---------------------------------------------------------------------------------------------

    def launch(self, session: Session, *, attempt: int) -> Launch:
        """An interactive Octave without line editing, which runs the user's files and then ours."""
        self._cells = {}
        start = startup.Start(executable.find(self.executable), self.cwd, self.octaverc and attempt == 0)
        return startup.launch(session, self.display_script(session), start)

    def cell_line(self, session: Session, number: int, request: ExecuteRequest, context: Context) -> str:
        """Source the cell from a file named like its prompt, so that messages say `In[7]`."""
        name = f"In[{context.execution_count}]"
        code = request.code
        self._cells[name] = code
        while len(self._cells) > _CELLS_KEPT:
            oldest = next(iter(self._cells))
            del self._cells[oldest]
            with suppress(OSError):
                os.unlink(session.file(oldest))
        defined = lines.class_name(code)
        if defined:
            session.write(f"{defined}.m", code)
            code = "rehash;"
        session.write(name, lines.script(code))
        return lines.cell(number, session.at(name), session.there, startup.SCRIPTS)

    def end_line(self, number: int, *, lost_terminal: bool = False) -> str:
        """The end of a cell, again."""
        there = self.session.there if self.session is not None else ""
        return lines.end(number, there, startup.SCRIPTS)

    def hidden(self, session: Session, line: str) -> list[str]:
        """The session's path in messages."""
        return [f"{session.there}/"]

    def on_record(self, record: str) -> None:
        """Octave says its version when it starts."""
        kind, _, value = record.partition(" ")
        if kind == "B":
            self.language_info = {**self.language_info, "version": value}

    def ended(self, session: Session) -> str:
        """Nothing of the workspace is kept."""
        return "; variables and functions are lost"

    def result(self, record: str, *, interrupted: bool, context: Context) -> MimeBundle | None:
        """Raises ExecutionError for what has failed."""
        report = json.loads(record)
        self.cwd = report.get("cwd") or self.cwd
        if report["how"] == 1:
            return None
        if report["how"] == _DEBUGGER_QUIT or interrupted:
            raise ExecutionError("KeyboardInterrupt", "", [f"In[{context.execution_count}]: interrupted"])
        from octave_kernel import failure  # start-up time: most cells do not fail

        session = self.session
        raise failure.error(report, self._cells, session.there if session is not None else "")
