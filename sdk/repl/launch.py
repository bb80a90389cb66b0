"""`Launch`: how to start a program. A module of its own because it costs a start nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Launch(NamedTuple):
    """How to start the program: its terminal has `dimensions` rows and columns (None: as the kernel is configured)."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str | None = None
    dimensions: tuple[int, int] | None = None
    stderr: str = ""
    """A file that gets the name of a second terminal, for standard error; empty: there is one terminal."""

    remedy: str = ""
    """What to do when there is no such program: the end of a message."""
