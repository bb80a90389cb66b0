"""How a bash is started: its command, its environment, and what it reads first."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, NamedTuple

from sdk.repl import Launch, environment

if TYPE_CHECKING:
    from bash_kernel.state import Saved
    from sdk.repl import Session

_HERE = os.path.dirname(os.path.abspath(__file__))
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


class Start(NamedTuple):
    """What the new shell shall be like."""

    shell: str
    """A name to be found in PATH, or a path."""

    cwd: str | None
    bashrc: bool
    """Whether the user's ~/.bashrc is read."""

    split: bool
    """Whether stderr is a terminal of its own."""

    saved: Saved | None = None
    """The state of another shell, whose place this one takes."""

    names: str = ""
    """The variables that were not the user's in that shell."""


def launch(session: Session, display: str, start: Start) -> Launch:
    """An interactive bash without line editing, which reads the user's files and then ours."""
    far = session.is_far
    ours = {**_ENVIRONMENT, "JUPYTER_DISPLAY": display}
    env = environment(ours)
    scripts, programs = (session.there, session.there) if far else (_HERE, os.path.join(_HERE, "bin"))
    settings = (
        f"__k_d={shlex.quote(session.there)} __k_e=${{__k_e-}} __k_t={session.token} __k_h={shlex.quote(scripts)}"
        f" __k_bin={shlex.quote(programs)} JUPYTER_DISPLAY={shlex.quote(display)}"
    )
    settings = f"{{ {settings}; }} 2>/dev/null"  # under `set -x` nothing of it is shown
    begin = f"{{ builtin . {shlex.quote(os.path.join(scripts, 'startup.bash'))}; }} 2>/dev/null"
    if start.saved is not None:
        first = shlex.quote(session.write("first", start.saved.first(session.token, env)))
        second = shlex.quote(session.write("second", start.saved.second(session.token, start.cwd)))
        session.write("names", start.names)  # what is restored is the user's
        lines = [f"builtin . {first} 2>/dev/null", settings, begin, f"builtin . {second} 2>/dev/null"]
    elif start.bashrc:
        # Where HISTFILESIZE is set, bash shortens the file of that name.
        lines = ["HISTFILE=", "[[ -r ~/.bashrc ]] && builtin . ~/.bashrc", _AFTER_BASHRC, settings, begin]
    else:
        lines = [settings, begin]
    if far:
        _take_along(session)
        lines = [settings, f"builtin . {shlex.quote(session.at('far.bash'))}", *lines, "\\__k_far_ready"]
    elif start.split:
        lines.insert(0, f"IFS= builtin read -r __k_e <{shlex.quote(session.file('stderr'))} && exec 2>$__k_e")
    return Launch(
        argv=[start.shell, "--noediting", "--rcfile", session.write("rc", "\n".join([*lines, ""])), "-i"],
        env=ours if far else env,
        cwd=start.cwd,
        stderr=session.file("stderr") if start.split and not far else "",
    )


def _take_along(session: Session) -> None:
    """Our scripts, for a shell that cannot read them here."""
    for name in os.listdir(_HERE):
        if name.endswith(".bash"):
            with open(os.path.join(_HERE, name), encoding="utf-8") as file:
                session.write(name, file.read())
