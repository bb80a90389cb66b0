"""What bash is told: the lines that are typed for a cell, for its end, and for questions of the kernel's own. Pure."""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

# Takes the status, and on the way to /dev/null what ran last: within the braces that would be the assignment. Without
# quotes, so that bash tells the right line of a quote that is left open in the cell.
_EPILOGUE = "{{ __k_s=$? __k_cap={token}; }} 2>/dev/null${{__k_none[${{__k_ran:=${{BASH_COMMAND:0:400}}}}]-}}\n"
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
_LONGEST_HISTORY_ENTRY = 16_384
_WHOLE_FILE = 2**31 - 1
_OURS = ("\\builtin . ", "\\__k_", '\\builtin eval "$__k_c"')


class Options(NamedTuple):
    """Which of the shell's options are known to be on, or may be."""

    traced: bool = False
    """`set -x`."""

    errexit: bool = False
    """`set -e`."""


def may_set_errexit(code: str) -> bool:
    """Whether the code may switch on `set -e`."""
    return _ERREXIT.search(code) is not None


def is_ours(command: str) -> bool:
    """Whether the command is one that runs a cell, so that no command of the cell has run."""
    return command.startswith(_OURS)


def script(code: str, token: str, *, traced: bool) -> str:
    """What is written into the file that is run for a cell."""
    prologue = _PROLOGUE.format(token=token) if traced else ""
    epilogue = "" if _open_here_document(code) else _EPILOGUE.format(token=token)
    return prologue + _ended(code) + epilogue


def cell(number: int, count: int, path: str, code: str, options: Options, *, kept: bool) -> str:
    """The line that runs the file `path`, which `script` made of `code`, as turn `number`; `kept` in bash's history."""
    length = f" {len(code)}" if kept and 0 < len(code) <= _LONGEST_HISTORY_ENTRY else ""
    errexit = options.errexit or may_set_errexit(code)
    # The status of the cell before is put back only for those who look: under `set -e` it would end the shell.
    begin = "__k_gos" if _STATUS_IS_READ.search(code) and not options.errexit else "__k_go"
    if _DEBUG_TRAP.search(code):
        # `.` puts back the traps that it found; eval does not. What is counted is read whole, whatever IFS is.
        read = f"\\builtin read -r -N {_WHOLE_FILE} __k_c <{shlex.quote(path)}"
        run = f'{{ {read} || \\builtin :; }} 2>/dev/null; \\builtin eval "$__k_c"'
    else:
        run = f"\\builtin . {shlex.quote(path)}"
    quietly = _QUIETLY if options.traced else ""
    on, off = (_WATCH_ON, _WATCH_OFF) if errexit else ("", "")
    begin = f"{{ {quietly}\\{begin} {number} {count}{length}; {on}}} 2>/dev/null"
    return f" {begin}; {run}; {{ {off}\\__k_end; }} 2>/dev/null"


def end(token: str, *, lost_terminal: bool) -> str:
    """The line that asks for the end of a cell again."""
    # A job in the foreground gives the terminal back to a shell that has lost it.
    job = "{ \\__k_hold; } 2>/dev/null; ( \\: ); " if lost_terminal else ""
    return f" {job}{{ \\__k_end {token}; }} 2>/dev/null"


def question(number: int, script: str, answer: str, sending: str) -> str:
    """The line that runs the file `script` behind the user's back, and writes what it says into the file `answer`."""
    return _aside(number, f"\\builtin . {shlex.quote(script)} >{shlex.quote(answer)}; {sending}")


def save(number: int, path: str, sending: str) -> str:
    """The line that makes the shell write down its state."""
    return _aside(number, f'__k_to={shlex.quote(path)}; \\builtin . "$__k_h/save.bash"; {sending}')


def _aside(number: int, commands: str) -> str:
    return f" {{ \\__k_ask {number}; {commands}\\__k_end; }} </dev/null 2>/dev/null"


def hidden(line: str, token: str) -> list[str]:
    """What `set -v` and `set -x` show that is not the user's."""
    prompt_command = f"{{ \\__k_end {token}; }} 2>/dev/null\n"
    prologue = [_PROLOGUE.format(token=token)] if _QUIETLY in line else []
    return [_EPILOGUE.format(token=token), prompt_command, *prologue]


def _ended(code: str) -> str:
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
