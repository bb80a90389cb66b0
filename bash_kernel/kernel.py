"""`BashKernel`: how a cell becomes a line that bash is told, and how what bash reports becomes a reply."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bash_kernel import lines, startup
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
    LanguageStartError,
    MagicSyntax,
    MimeBundle,
    Variable,
)
from sdk.repl import Launch, ReplKernel

if TYPE_CHECKING:
    from bash_kernel.assistance import Assistance
    from bash_kernel.state import Saved
    from sdk.repl import Session

_SNAPSHOT_LIMIT = 10.0  # seconds
_INTERRUPTED = (130, 137, 143)
_PROMPT_READ = "0x400"
"""How many bytes bash asks for when it reads a command from a terminal without line editing; `read` asks for others."""


class BashKernel(ReplKernel):
    """One interactive bash."""

    implementation = "bash_kernel"
    implementation_version = "0.1.0"
    banner = "bash: one interactive shell; `display FILE` shows images"
    program = "bash"
    attempts = 2
    magic_syntax = MagicSyntax(shell="", shared=True, comments="#")
    language_info: Mapping[str, Any] = {
        "name": "bash",
        "version": "",
        "mimetype": "text/x-sh",
        "file_extension": ".sh",
        "codemirror_mode": "shell",
        "pygments_lexer": "bash",
    }
    options = {
        "bashrc": "Whether the user's ~/.bashrc is read when the shell starts.",
        "shell": "The bash to run: a name to be found in PATH, or a path.",
        "stderr": "'terminal': stderr is shown with stdout, in exact order; 'split': as a stream of its own.",
        "prefix": "What leads to a bash elsewhere: ssh -t HOST, docker exec -it NAME, sudo -u USER, chroot DIR, ...",
    }
    bashrc: bool = True
    shell: str = "bash"
    stderr: str = "terminal"

    _saved: Saved | None = None
    _count: int = 0
    _saved_after: int = 0
    _token: str = ""
    _code: str = ""
    _ran: str = ""
    _last_line: int = 0
    _options: lines.Options = lines.Options()

    cells: int = 0
    """How many were begun."""

    _assistance: Assistance | None = None
    _names: str = ""

    # -- questions -----------------------------------------------------------------------------------------------------

    async def do_complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        """The shell's own completion; while a cell runs, what is known without it."""
        return await self._assisted().complete(request)

    async def do_inspect(self, request: InspectRequest, context: Context) -> InspectReply:
        """What the shell knows of the name; its manual page."""
        return await self._assisted().inspect(request)

    async def do_is_complete(self, request: IsCompleteRequest, context: Context) -> IsCompleteReply:
        """What a bash says that only parses."""
        return await self._assisted().is_complete(request)

    async def do_variables(self, path: Sequence[str], context: Context) -> Sequence[Variable]:
        """The shell's variables, the user's own first; while a cell runs, as they were before it."""
        return await self._assisted().variables(path)

    async def do_user_expression(self, expression: str, context: Context) -> MimeBundle:
        """What the command writes, as in `$(...)`."""
        from bash_kernel import expression as expressions  # rarely asked for

        return expressions.value(await self.answer(expressions.question(expression), limit=expressions.LIMIT))

    def _assisted(self) -> Assistance:
        if self._assistance is None:
            from bash_kernel import assistance  # not needed before the first cell

            self._assistance = assistance.of(self)
        return self._assistance

    def saved(self, name: str) -> str:
        """What the shell has written to the file `name` of its session; empty when there is none."""
        return self._written(self.session, name) if self.session is not None else ""

    @staticmethod
    def _written(session: Session, name: str) -> str:
        try:
            with open(session.file(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    async def get_variable(self, name: str) -> object:
        """The value of a variable (see `bash_kernel.values`). Raises VariableError."""
        from bash_kernel import values  # few ask for them

        return values.given(name, await self._asked_for(values.asking(values.checked(name)).encode(), values.LIMIT))

    async def set_variable(self, name: str, value: object) -> None:
        """Give a variable a value (see `bash_kernel.values`). Raises VariableError."""
        from bash_kernel import values  # few ask for them

        code = values.setting(values.checked(name), value)
        self.cells += 1  # what was known of the variables holds no more
        values.well_set(name, await self._asked_for(code, values.LIMIT))

    async def _asked_for(self, code: bytes, limit: float) -> bytes | None:
        """As `_answer`, in a cell of the user's. Raises ExecutionError when that is interrupted."""
        with self.interruptible():
            return await self._answer(code, limit=limit)

    async def answer(self, code: str, *, limit: float) -> str | None:
        """What `code`, run in the idle shell behind the user's back, writes; None when it cannot be run now."""
        said = await self._answer(code, limit=limit)
        return None if said is None else said.decode("utf-8", "replace")

    async def _answer(self, code: str | bytes, *, limit: float) -> bytes | None:

        def line(session: Session, number: int) -> str:
            question = session.write("question", code)
            return lines.question(number, question, session.at("answer"), session.sending("answer"))

        session = await self.ask(line, limit=limit)
        if session is None:
            return None
        with open(session.file("answer"), "rb") as file:
            return file.read()

    async def get_environment(self) -> Mapping[str, str]:
        """What the shell exports."""
        from bash_kernel import exported  # rarely asked for

        return exported.read(await self.answer(exported.QUESTION, limit=exported.LIMIT))

    async def set_environment(self, name: str, value: str | None, context: Context) -> None:
        """Let the shell export it, or forget it."""
        code = f"builtin unset -v {name}" if value is None else f"builtin export {name}={shlex.quote(value)}"
        await self.do_execute(ExecuteRequest(code, store_history=False), context)

    def job_code(self, code: str, terminal: str, status: str) -> str:
        """A job of the shell, a copy of it, whose end the shell does not tell."""
        from bash_kernel import background  # rarely asked for

        return background.code(code, terminal, status)

    # -- talking to bash -----------------------------------------------------------------------------------------------

    def launch(self, session: Session, *, attempt: int) -> Launch:
        """An interactive bash without line editing, which reads the user's files and then ours."""
        if self.stderr not in ("terminal", "split"):
            raise LanguageStartError(f"BashKernel.stderr is {self.stderr!r}: 'terminal' or 'split' is expected")
        self._token = session.token
        saved = self._saved if attempt == 0 else None
        self._options = lines.Options(errexit=saved is not None and saved.errexit)
        start = startup.Start(
            self.shell, self.cwd, self.bashrc and attempt == 0, self.stderr == "split", saved, self._names
        )
        return startup.launch(session, self.display_script(session), start)

    def cell_line(self, session: Session, number: int, request: ExecuteRequest, context: Context) -> str:
        """Source the cell from a file named like its prompt, so that messages say `In[7]: line 2`."""
        code, count, options = request.code, context.execution_count, self._options
        self._count = count
        self.cells += 1
        self._code, self._ran, self._last_line = code, "", 0
        path = session.write(f"In[{count}]", lines.script(code, session.token, traced=options.traced))
        kept = not request.silent and request.store_history is not False
        self._options = lines.Options(errexit=options.errexit or lines.may_set_errexit(code))
        return lines.cell(number, count, path, code, options, kept=kept)

    def end_line(self, number: int, *, lost_terminal: bool = False) -> str:
        """The end of a cell, again."""
        return lines.end(self._token, lost_terminal=lost_terminal)

    def hidden(self, session: Session, line: str) -> list[str]:
        """The session's path in messages; the epilogue and the line itself where `set -v` or `set -x` print them."""
        return [f"{session.there}/", *lines.hidden(line, session.token)]

    def folder_code(self, path: str) -> str:
        """Works in whatever `cd` has become."""
        return f"builtin cd -- {shlex.quote(path)} >/dev/null"

    def run_code(self, path: str, arguments: Sequence[str]) -> str:
        """The file sees the arguments as `$1`, `$2`, ..., and the session's are as before when it has ended."""
        return shlex.join(["source", "--", path, *arguments])

    def is_prompt(self, pid: int) -> bool:
        """Bash, or a copy of it, reads commands in pieces of a size of their own."""
        token = self.session.token if self.session is not None else ""
        try:
            with open(f"/proc/{pid}/syscall") as call, open(f"/proc/{pid}/cmdline") as command:
                return call.read().split()[3] == _PROMPT_READ and token in command.read()
        except (OSError, IndexError):
            return False

    def on_record(self, record: str) -> None:
        """Bash says its version when it starts, and what ran last in a cell that fails."""
        kind, _, value = record.partition(" ")
        if kind == "B":
            self.language_info = {**self.language_info, "version": value}
        elif kind == "C":
            self._ran = value
        elif kind == "E":
            line, _, self._ran = value.partition(" ")
            self._last_line = int(line)
        elif kind == "e":
            self._options = self._options._replace(errexit=False)
        elif kind == "X":
            self._options = self._options._replace(traced=True)

    def cell_ended(self, session: Session) -> None:
        """The file of the cell is not needed any more."""
        for name in os.listdir(session.path) if session.path else ():
            if name.startswith("In["):
                os.unlink(session.file(name))

    async def snapshot(self) -> None:
        """Let the shell write down what a new one would need."""
        count = self._count

        def line(session: Session, number: int) -> str:
            return lines.save(number, session.at("state.new"), session.sending("state.new"))

        session = await self.ask(line, limit=_SNAPSHOT_LIMIT)
        if session is not None:
            from bash_kernel import state  # when idle

            if state.replace(session.file("state.new"), session.file("state")):
                self._saved_after = count

    def ended(self, session: Session) -> str:
        """Keep what the shell has saved of its state: at its end, else the last time that it was idle."""
        from bash_kernel import state  # not needed while all goes well

        when = f" as they were after In[{self._saved_after}]"
        saved = state.read(session.file("state.exit"), session.token)
        self._saved = saved or state.read(session.file("state"), session.token, when) or self._saved
        self._names = self._written(session, "names") or self._names
        if self._saved is None:
            return "; variables and functions are lost"
        return f", with its variables, functions, aliases and options{self._saved.when}"

    def forget(self) -> None:
        """The next shell begins anew."""
        self._saved, self._names = None, ""
        self.cells += 1  # what was known of its variables holds no more

    def result(self, record: str, *, interrupted: bool, context: Context) -> MimeBundle | None:
        """Status 0 is success. Raises ExecutionError for all others."""
        text, _, cwd = record.partition(" ")
        self.cwd = cwd or self.cwd
        status = int(text)
        if status == 0:
            return None
        if interrupted and status in _INTERRUPTED:
            raise ExecutionError("KeyboardInterrupt", "", [f"In[{context.execution_count}]: interrupted"])
        from bash_kernel import failure  # start-up time: most cells do not fail

        where = failure.traceback(
            context.execution_count,
            self._code,
            status,
            reached_end=bool(self._ran),
            ran="" if lines.is_ours(self._ran) else self._ran,
        )
        raise ExecutionError("ExitStatus", failure.signal_of(status) or text, where)

    def last_words(self, said: str) -> list[str]:
        """Where in the cell the shell ended, if it has told."""
        from bash_kernel import failure  # not needed while all goes well

        return failure.at_line(self._count, self._code, self._last_line, said, ran=self._ran)
