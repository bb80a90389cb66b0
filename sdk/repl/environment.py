"""`environment`: what a program is told of the world it is started in."""

from __future__ import annotations

import os
from collections.abc import Mapping

_OF_ANOTHER_TERMINAL = frozenset(
    (
        *("LINES", "COLUMNS", "JPY_PARENT_PID", "WINDOWID", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TERM_SESSION_ID"),
        *("LC_TERMINAL", "LC_TERMINAL_VERSION", "ITERM_SESSION_ID", "TMUX", "TMUX_PANE", "STY", "VTE_VERSION"),
        *("KITTY_PID", "KITTY_WINDOW_ID", "WEZTERM_PANE", "WT_SESSION", "KONSOLE_VERSION"),
    )
)


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's environment for a program: without what describes another terminal, and with `changes`."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER_TERMINAL}
    return {**kept, **changes}
