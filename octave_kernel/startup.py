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
_FIGURES = "warning('off','Octave:gnuplot-graphics');"  # it says that another toolkit is recommended
_SCREEN = {"QT_LOGGING_RULES": "*.debug=false;*.warning=false"}
_SETTINGS = (
    "page_screen_output(false);page_output_immediately(true);"
    "crash_dumps_octave_core(false);sighup_dumps_octave_core(false);sigterm_dumps_octave_core(false);"
    "history_timestamp_format_string('');suppress_verbose_help_message(true);beep_on_error(false);"
)
_BEGIN = """function __k_begin__ ()
  warned = warning ("off", "all");
  {}
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

    figures: str = ""
    """What it is told of figures."""


def launch(session: Session, display: str, start: Start) -> Launch:
    """An interactive Octave without line editing, which runs the user's files and then ours."""
    here = f"struct('token','{session.token}','records',{quoted(session.at('records'))},'path',{quoted(session.there)})"
    session.write("__k_here__.m", f"function h = __k_here__ ()\n  h = {here};\nend\n")
    session.write("__k_begin__.m", _BEGIN.format(start.figures))
    ours = f"addpath({quoted(session.there)},{quoted(SCRIPTS)});"
    session.write("first.m", f"{_SETTINGS}\n{ours}{_FIGURES}\n__k_begin__();\n")
    options = ["--no-history", "--no-line-editing", "--interactive", "--quiet"]
    screen = {} if start.display is None else {"DISPLAY": start.display, **_SCREEN}
    if start.display is None:
        options.insert(0, "--no-window-system")
    if not start.octaverc:
        options.append("--norc")
    first = f"source({quoted(session.at('first.m'))});"
    return Launch(
        argv=[*start.command, *options, "--eval", first, "--persist"],
        env=environment({**_ENVIRONMENT, **screen, "JUPYTER_DISPLAY": display}),
        cwd=start.cwd,
    )
