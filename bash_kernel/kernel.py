"""`BashKernel`: how a cell becomes a line that bash is told, and how what bash reports becomes a reply."""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sdk.errors import ExecutionError
from sdk.kernel.context import Context
from sdk.protocol.message import MimeBundle
from sdk.protocol.shell import (
    ExecuteRequest,
)
from sdk.repl import Launch, ReplKernel, environment

if TYPE_CHECKING:
    from sdk.repl.session import Session

_HERE = os.path.dirname(os.path.abspath(__file__))
_SHELL = "bash"
_ENVIRONMENT = {
    "TERM": "xterm-256color",  # front-ends show colours
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "",
}
_EPILOGUE = "{{ __k_s=$? __k_cap={token}; }} 2>/dev/null"
_STATUS_IS_READ = re.compile(r"\$\?|\$\{\?")
_ERREXIT = re.compile(r"\bset\s+-\w*e|errexit")
_DEBUG_TRAP = re.compile(r"\btrap\b.*\b(DEBUG|RETURN)\b")
_HERE_DOCUMENT = re.compile(r"<<-?\s*(?P<quote>['\"\\]?)(?P<word>[\w.-]+)")
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
    }
    bashrc: bool = True
    shell: str = _SHELL

    _state: str = ""

    # -- talking to bash -----------------------------------------------------------------------------------------------

    def launch(self, session: Session, *, attempt: int) -> Launch:
        """An interactive bash without line editing, which reads the user's files and then ours."""
        lines = [f"__k_d={shlex.quote(session.path)} __k_t={session.token}"]
        if self._state:
            session.write("restore", self._state)
            lines += [f"builtin . {shlex.quote(session.file('restore'))} 2>/dev/null", lines[0]]
        elif self.bashrc and attempt == 0:
            lines.append("[[ -r ~/.bashrc ]] && builtin . ~/.bashrc")
        lines.append(f"builtin . {shlex.quote(os.path.join(_HERE, 'startup.bash'))}\n")
        display = session.file("display")
        with open(os.path.join(_HERE, "display.sh"), "rb") as source, open(display, "wb") as script:
            script.write(source.read())
        os.chmod(display, 0o700)
        return Launch(
            argv=[self.shell, "--noediting", "--rcfile", session.write("rc", "\n".join(lines)), "-i"],
            env=environment({**_ENVIRONMENT, "JUPYTER_DISPLAY": display}),
            cwd=self.cwd,
        )

    def cell_line(self, session: Session, number: int, request: ExecuteRequest, context: Context) -> str:
        """Source the cell from a file named like its prompt, so that messages say `In[7]: line 2`."""
        code, count = request.code, context.execution_count
        epilogue = "" if _open_here_document(code) else f"\n\n{_EPILOGUE.format(token=session.token)}\n"
        path = session.write(f"In[{count}]", code + epilogue)
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
        return f" {{ \\{begin} {number} {count}{length}; }} 2>/dev/null; {run}; {{ \\__k_end; }} 2>/dev/null"

    _errexit: bool = False

    def end_line(self, number: int) -> str:
        """The end of a cell, again."""
        token = self.session.token if self.session is not None else ""
        return f" {{ \\__k_end {token}; }} 2>/dev/null"

    def hidden(self, session: Session, line: str) -> list[str]:
        """The session's path in messages; the epilogue and the line itself where `set -v` or `set -x` print them."""
        epilogue = _EPILOGUE.format(token=session.token)
        traced = [f"+ builtin . '{session.path}/In[{count}]'\n" for count in re.findall(r"In\[(\d+)\]", line)]
        return [f"{session.path}/", f"{epilogue}\n", f"\n{epilogue}\n", *traced]

    def is_prompt(self, pid: int) -> bool:
        """Bash reads commands in pieces of a size of their own."""
        try:
            with open(f"/proc/{pid}/syscall") as file:
                return file.read().split()[3] == _PROMPT_READ
        except (OSError, IndexError):
            return False

    def on_record(self, record: str) -> None:
        """Bash says its version when it starts."""
        kind, _, value = record.partition(" ")
        if kind == "B":
            self.language_info = {**self.language_info, "version": value}

    def cell_ended(self, session: Session) -> None:
        """The file of the cell is not needed any more."""
        for name in os.listdir(session.path) if session.path else ():
            if name.startswith("In["):
                os.unlink(session.file(name))

    def ended(self, session: Session) -> str:
        """Keep what the shell has saved of its state."""
        self._errexit = False
        try:
            with open(session.file("state"), encoding="utf-8", errors="surrogateescape") as file:
                state = file.read()
        except OSError:
            state = ""
        if state.endswith("__k_whole=1\n"):
            self._state = state
            return ", with its variables, functions and aliases"
        self._state = ""
        return "; variables and functions are lost"

    def result(self, record: str, *, interrupted: bool, context: Context) -> MimeBundle | None:
        """Status 0 is success. Raises ExecutionError for all others."""
        text, _, cwd = record.partition(" ")
        self.cwd = cwd or self.cwd
        status = int(text)
        if status == 0:
            return None
        if interrupted and status in _INTERRUPTED:
            raise ExecutionError("KeyboardInterrupt", "", [f"In[{context.execution_count}]: interrupted"])
        name = _SIGNALS.get(status - 128, "")
        said = f"status {status}" + (f" ({name})" if name else "")
        raise ExecutionError("ExitStatus", name or text, [f"In[{context.execution_count}]: {said}"])


_SIGNALS = {int(number): number.name for number in signal.Signals}
_INTERRUPTED = (130, 137, 143)


def _open_here_document(code: str) -> bool:
    """Whether a here-document reaches the end of the code, so that whatever comes after would be part of it."""
    lines = code.split("\n")
    return any(
        found["word"] not in (line.strip("\t") for line in lines[number + 1 :])
        for number, line in enumerate(lines)
        for found in _HERE_DOCUMENT.finditer(line)
    )
