"""`Finished`: what a small program said and how it ended. A module of its own because it costs a start nothing."""

from __future__ import annotations

from typing import NamedTuple


class Finished(NamedTuple):
    """A program that has ended."""

    status: int
    output: str
    error: str
