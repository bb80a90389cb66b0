"""`BashKernel`: how a cell becomes a line that bash is told, and how what bash reports becomes a reply."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

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
    MimeBundle,
    Variable,
)
from sdk.repl import Launch, ReplKernel, environment

if TYPE_CHECKING:
    from bash_kernel.assistance import Assistance
    from bash_kernel.state import Saved
    from sdk.repl import Session

_HERE = os.path.dirname(os.path.abspath(__file__))
_SHELL = "bash"
_ENVIRONMENT = {
    "TERM": "xterm-256color",  # front-ends show colours
    "LC_TERMINAL": "iTerm2",  # its inline images are shown: programs that look for it print them
    "LESS": "-FR",  # what fits on the screen is printed
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "",
}
# What a terminal's user wants and a notebook's does not: pagers; traps that draw prompts, and would see what we type.
_AFTER_BASHRC = (
    "{ builtin trap - DEBUG; builtin export PAGER=cat GIT_PAGER=cat MANPAGER=cat SYSTEMD_PAGER=; } 2>/dev/null"
)
# Takes the status, and on the way to /dev/null what ran last: within the braces that would be the assignment. Without
# quotes, so that bash tells the right line of a quote that is left open in the cell.
_EPILOGUE = "{{ __k_s=$? __k_cap={token}; }} 2>/dev/null${{__k_none[${{__k_ran:=${{BASH_COMMAND:0:400}}}}]-}}"
# Where `set -x` is on, it is off for the line that runs the cell: what that shows depends on PS4.
_PROLOGUE = "{{ \\__k_trace {token}; }} 2>/dev/null; "
_QUIETLY = "__k_x=1; \\builtin set +x; "
# Where `set -e` may end the shell: which command it was.
_WATCH_ON = '\\builtin . "$__k_h/watch.bash" on; '
_WATCH_OFF = '\\__k_hold; \\builtin . "$__k_h/watch.bash" off; '
_STATUS_IS_READ = re.compile(r"\$\?|\$\{\?")
_ERREXIT = re.compile(r"\bset\s+-\w*e|errexit")
_DEBUG_TRAP = re.compile(r"\btrap\b.*\b(DEBUG|RETURN)\b")
_HERE_DOCUMENT = re.compile(r"<<-?\s*(?P<quote>['\"\\]?)(?P<word>[\w.-]+)")
_SNAPSHOT_LIMIT = 10.0  # seconds
_LONGEST_HISTORY_ENTRY = 16_384
_PROMPT_READ = "0x400"
"""How many bytes bash asks for when it reads a command from a terminal without line editing; `read` asks for others."""


class BashKernel(ReplKernel):
    """One interactive bash."""

    implementation = "bash_kernel"
    implementation_version = "0.1.0"
    banner = "bash: one interactive shell; `display FILE` shows images"
    program = "bash"
    attempts = 2
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
    shell: str = _SHELL
    stderr: str = "terminal"

    _saved: Saved | None = None
    _count: int = 0
    _saved_after: int = 0
    _errexit: bool = False
    _code: str = ""
    _ran: str = ""
    _last_line: int = 0
    _traced: bool = False

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

    async def answer(self, code: str, *, limit: float) -> str | None:
        """What `code`, run in the idle shell behind the user's back, writes; None when it cannot be run now."""
        session = await self.ask(lambda session, number: self._question_line(session, number, code), limit=limit)
        if session is None:
            return None
        with open(session.file("answer"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def _question_line(self, session: Session, number: int, code: str) -> str:
        question = shlex.quote(session.write("question", code))
        answer = shlex.quote(session.at("answer"))
        sending = session.sending("answer")
        return (
            f" {{ \\__k_ask {number}; \\builtin . {question} >{answer}; {sending}\\__k_end; }} </dev/null 2>/dev/null"
        )

    # -- talking to bash -----------------------------------------------------------------------------------------------

    def launch(self, session: Session, *, attempt: int) -> Launch:
        """An interactive bash without line editing, which reads the user's files and then ours."""
        if self.stderr not in ("terminal", "split"):
            raise LanguageStartError(f"BashKernel.stderr is {self.stderr!r}: 'terminal' or 'split' is expected")
        display = self.display_script(session)
        env = environment({**_ENVIRONMENT, "JUPYTER_DISPLAY": display})
        far = session.there != session.path
        scripts, programs = (session.there, session.there) if far else (_HERE, os.path.join(_HERE, "bin"))
        ours = (
            f"__k_d={shlex.quote(session.there)} __k_e=${{__k_e-}} __k_t={session.token} __k_h={shlex.quote(scripts)}"
            f" __k_bin={shlex.quote(programs)} JUPYTER_DISPLAY={shlex.quote(display)}"
        )
        saved = self._saved if attempt == 0 else None
        startup = shlex.quote(os.path.join(scripts, "startup.bash"))
        ours = f"{{ {ours}; }} 2>/dev/null"  # under `set -x` nothing of it is shown
        lines = [ours, f"{{ builtin . {startup}; }} 2>/dev/null", ""]
        if saved is not None:
            first = shlex.quote(session.write("first", saved.first(session.token, env)))
            second = shlex.quote(session.write("second", saved.second(session.token, self.cwd)))
            session.write("names", self._names)  # what is restored is the user's
            lines = [f"builtin . {first} 2>/dev/null", *lines[:2], f"builtin . {second} 2>/dev/null", ""]
        elif self.bashrc and attempt == 0:
            lines[:0] = ["[[ -r ~/.bashrc ]] && builtin . ~/.bashrc", _AFTER_BASHRC]
        self._errexit = saved is not None and saved.errexit
        if self.stderr == "split" and not far:
            lines.insert(0, f"IFS= builtin read -r __k_e <{shlex.quote(session.file('stderr'))} && exec 2>$__k_e")
        if far:
            for name in (name for name in os.listdir(_HERE) if name.endswith(".bash")):
                with open(os.path.join(_HERE, name), encoding="utf-8") as file:
                    session.write(name, file.read())
            lines = [ours, f"builtin . {shlex.quote(session.at('far.bash'))}", *lines[:-1], "\\__k_far_ready", ""]
            env = {**_ENVIRONMENT, "JUPYTER_DISPLAY": display}
        return Launch(
            argv=[self.shell, "--noediting", "--rcfile", session.write("rc", "\n".join(lines)), "-i"],
            env=env,
            cwd=self.cwd,
            stderr="" if far or self.stderr == "terminal" else session.file("stderr"),
        )

    def cell_line(self, session: Session, number: int, request: ExecuteRequest, context: Context) -> str:
        """Source the cell from a file named like its prompt, so that messages say `In[7]: line 2`."""
        code, count = request.code, context.execution_count
        self._count = count
        self.cells += 1
        self._code, self._ran, self._last_line = code, "", 0
        epilogue = "" if _open_here_document(code) else _EPILOGUE.format(token=session.token) + "\n"
        traced, self._traced = self._traced, False
        prologue = _PROLOGUE.format(token=session.token) if traced else ""
        path = session.write(f"In[{count}]", prologue + _lines(code) + epilogue)
        keep = not request.silent and request.store_history is not False
        length = f" {len(code)}" if keep and 0 < len(code) <= _LONGEST_HISTORY_ENTRY else ""
        # The status of the cell before is put back only for those who look: under `set -e` it would end the shell.
        begin = "__k_gos" if _STATUS_IS_READ.search(code) and not self._errexit else "__k_go"
        if _ERREXIT.search(code):
            self._errexit = True
        if _DEBUG_TRAP.search(code):
            # `.` puts back the traps that it found; eval does not.
            run = f"IFS= \\builtin read -r -d '' __k_c <{shlex.quote(path)}; \\builtin eval \"$__k_c\""
            run = f"{{ {run.partition(';')[0]}; }} 2>/dev/null;{run.partition(';')[2]}"
        else:
            run = f"\\builtin . {shlex.quote(path)}"
        quietly = _QUIETLY if traced else ""
        on, off = (_WATCH_ON, _WATCH_OFF) if self._errexit else ("", "")
        begin = f"{{ {quietly}\\{begin} {number} {count}{length}; {on}}} 2>/dev/null"
        return f" {begin}; {run}; {{ {off}\\__k_end; }} 2>/dev/null"

    def end_line(self, number: int, *, lost_terminal: bool = False) -> str:
        """The end of a cell, again."""
        token = self.session.token if self.session is not None else ""
        # A job in the foreground gives the terminal back to a shell that has lost it.
        job = "{ \\__k_hold; } 2>/dev/null; ( \\: ); " if lost_terminal else ""
        return f" {job}{{ \\__k_end {token}; }} 2>/dev/null"

    def hidden(self, session: Session, line: str) -> list[str]:
        """The session's path in messages; the epilogue and the line itself where `set -v` or `set -x` print them."""
        epilogue = _EPILOGUE.format(token=session.token)
        prompt_command = f"{{ \\__k_end {session.token}; }} 2>/dev/null\n"
        prologue = [_PROLOGUE.format(token=session.token)] if _QUIETLY in line else []
        return [f"{session.there}/", f"{epilogue}\n", prompt_command, *prologue]

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
            self._errexit = False
        elif kind == "X":
            self._traced = True

    def cell_ended(self, session: Session) -> None:
        """The file of the cell is not needed any more."""
        for name in os.listdir(session.path) if session.path else ():
            if name.startswith("In["):
                os.unlink(session.file(name))

    async def snapshot(self) -> None:
        """Let the shell write down what a new one would need."""
        count = self._count
        session = await self.ask(_save_line, limit=_SNAPSHOT_LIMIT)
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
            ran="" if self._ran.startswith(_OURS) else self._ran,
        )
        raise ExecutionError("ExitStatus", failure.signal_of(status) or text, where)

    def last_words(self, said: str) -> list[str]:
        """Where in the cell the shell ended, if it has told."""
        from bash_kernel import failure  # not needed while all goes well

        return failure.at_line(self._count, self._code, self._last_line, said, ran=self._ran)


def _save_line(session: Session, number: int) -> str:
    save = f'__k_to={shlex.quote(session.at("state.new"))}; \\builtin . "$__k_h/save.bash"'
    sending = session.sending("state.new")
    return f" {{ \\__k_ask {number}; {save}; {sending}\\__k_end; }} </dev/null 2>/dev/null"


_OURS = ("\\builtin . ", "\\__k_", '\\builtin eval "$__k_c"')  # what runs a cell: no command of the cell has run
_INTERRUPTED = (130, 137, 143)


def _lines(code: str) -> str:
    """The code with an end to its last line, also where a backslash continues it."""
    code = code if not code or code.endswith("\n") else f"{code}\n"
    return f"{code}\n" if code.endswith("\\\n") else code


def _open_here_document(code: str) -> bool:
    """Whether a here-document reaches the end of the code, so that whatever comes after would be part of it."""
    lines = code.split("\n")
    return any(
        found["word"] not in (line.strip("\t") for line in lines[number + 1 :])
        for number, line in enumerate(lines)
        for found in _HERE_DOCUMENT.finditer(line)
    )
