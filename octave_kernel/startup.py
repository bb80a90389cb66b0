"""How an Octave is started: its command, its environment, and what it runs first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from octave_kernel.lines import quoted
from sdk.repl import Launch, environment

if TYPE_CHECKING:
    from sdk.repl import Session

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "m")
_ENVIRONMENT = {"TERM": "dumb", "PAGER": "cat"}
_SCRIPTS_THERE = "m"
_REMEDY = "install Octave there (Debian and Ubuntu: apt install octave), or say where it is: OctaveKernel.executable"
_FIGURES = "warning('off','Octave:gnuplot-graphics');"  # it says that another toolkit is recommended
_SCREEN = {"QT_LOGGING_RULES": "*.debug=false;*.warning=false"}
_TUNABLES = "GLIBC_TUNABLES"
_MEMORY = {_TUNABLES: "glibc.malloc.tcache_count=500"}
"""An Octave that may keep 500 small pieces of memory of each size at hand, not 7, takes an eighth less time."""
_SPLIT = 'read -r name <"$0" && exec "$@" 2>"$name"'
_SETTINGS = (
    "page_screen_output(false);page_output_immediately(true);"
    "crash_dumps_octave_core(false);sighup_dumps_octave_core(false);sigterm_dumps_octave_core(false);"
    "history_timestamp_format_string('');suppress_verbose_help_message(true);beep_on_error(false);"
)
_BEGIN = """function __k_begin__ ()
  warned = warning ("off", "all");
  {}
  try
    if (isempty (stat ([__octave_config_info__("octfontsdir") "/FreeSans.otf"])))
      __k_fonts__ ();
    end
  end
  __k_record__ (sprintf ("B %s", OCTAVE_VERSION ()));
  __k_record__ ("S 0");
  __k_end__ (0, 1);
  warning (warned);
end
"""


class Start(NamedTuple):
    """What the new Octave shall be like."""

    command: Sequence[str]
    cwd: str | None
    octaverc: bool
    """Whether the user's and the site's start-up files are run."""

    display: str | None = None
    """The screen that it may draw on."""

    split: bool = False
    """Whether stderr is a terminal of its own."""

    figures: str = ""
    """What it is told of figures."""


def launch(session: Session, display: str, start: Start) -> Launch:
    """An interactive Octave without line editing, which runs the user's files and then ours."""
    far = session.is_far
    split = start.split and not far
    here = (
        f"struct('token','{session.token}','records',{quoted(session.at('records'))},'path',{quoted(session.there)},"
        f"'far',{far:d},'split',{split:d})"
    )
    if far:
        _take_along(session)
    session.write(
        "__k_here__.m", f"function h = __k_here__ ()\n  persistent here = {here};\n  mlock ();\n  h = here;\nend\n"
    )
    memory = {} if far or _TUNABLES in os.environ else _MEMORY
    # Octave has read it by then, and it is not for what Octave starts.
    forgotten = f"unsetenv ('{_TUNABLES}');" if memory else ""
    session.write("__k_begin__.m", _BEGIN.format(forgotten + start.figures))
    ours = f"addpath({quoted(session.there)},{quoted(scripts(session))});"
    # Here the new Octave begins in the right folder; there it must go into the one that the last Octave was in.
    folder = f"try,cd({quoted(start.cwd)});end\n" if far and start.cwd else ""
    session.write("first.m", f"{folder}{_SETTINGS}\n{ours}{_FIGURES}\n__k_begin__();\n")
    options = ["--no-history", "--no-line-editing", "--interactive", "--quiet"]
    screen = {}
    if start.display is None:
        options.insert(0, "--no-window-system")
    else:
        screen = {"DISPLAY": start.display, **_SCREEN}
        if not os.environ.get("XDG_RUNTIME_DIR"):
            screen["XDG_RUNTIME_DIR"] = session.there  # else Qt makes a folder for temporary files, and leaves it
    if not start.octaverc:
        options.append("--norc")
    first = f"source({quoted(session.at('first.m'))});"
    ours_alone = {**_ENVIRONMENT, **screen, **memory, "JUPYTER_DISPLAY": display}
    command = [*start.command, *options, "--eval", first, "--persist"]
    return Launch(
        argv=["/bin/sh", "-c", _SPLIT, session.file("stderr"), *command] if split else command,
        env=ours_alone if far else environment(ours_alone),
        cwd=start.cwd,
        stderr=session.file("stderr") if split else "",
        remedy=_REMEDY,
    )


def scripts(session: Session) -> str:
    """The folder of our functions as Octave sees it."""
    return session.at(_SCRIPTS_THERE) if session.is_far else SCRIPTS


def _take_along(session: Session) -> None:
    """Our functions, for an Octave that cannot read them here."""
    for folder, _, names in os.walk(SCRIPTS):
        inside = os.path.relpath(folder, SCRIPTS)
        place = {".": _SCRIPTS_THERE, "far": ""}.get(inside, f"{_SCRIPTS_THERE}/{inside}")
        if place:
            session.folder(place)
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                session.write(f"{place}/{name}".lstrip("/"), file.read())
