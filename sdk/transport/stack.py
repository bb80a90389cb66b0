"""Whose code is a thread in? Looks at its stack, from the innermost frame outwards.

An exception that comes from outside may be raised in the user's code alone: ours may hold a lock or be in the middle of
a message. Where ours calls the user's and holds nothing (the callback of a comm), it says so by a local variable
`__user_code_below__`.
"""

from __future__ import annotations

from collections.abc import Set
from enum import Enum
from types import CodeType, FrameType

_OURS = ("sdk.kernel.", "sdk.transport.", "sdk.protocol.", "sdk.app")
_LOOPS = ("asyncio", "selectors", "contextvars", "nest_asyncio")
_MARK = "__user_code_below__"


class Place(Enum):
    """Where a thread is."""

    USER = "in the code of a cell, or of a callback that we called"
    CALLBACK = "in a callback or a task of the user's, which blocks the loop"
    LOOP = "in the loop: nothing runs, or the cell awaits"
    OURS = "in our code"


def place(frame: FrameType | None, boundaries: Set[CodeType | None], bottom: CodeType | None = None) -> Place:
    """Where the thread is whose innermost frame this is.

    `boundaries` are the codes of ours that step the user's coroutines; `bottom` is the code that runs the loop.
    """
    users = False
    while frame is not None:
        code = frame.f_code
        if code in boundaries:
            return Place.USER if users else Place.OURS
        if code is bottom:
            return Place.CALLBACK if users else Place.LOOP
        module = frame.f_globals.get("__name__") or ""
        if module.startswith(_OURS):
            return Place.USER if users and _MARK in code.co_varnames else Place.OURS
        if not module.startswith(_LOOPS):
            users = True
        frame = frame.f_back
    return Place.OURS
