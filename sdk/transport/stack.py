"""Whose code is a thread in? Looks at its stack, from the innermost frame outwards.

An exception that comes from outside may be raised in the user's code alone: ours may hold a lock or be in the middle of
a message. Where ours calls the user's and holds nothing (the callback of a comm), it says so by a local variable
`__user_code_below__`. A magic of ours that awaits the language or a magic of the user's holds nothing: it is as
if it were not there. What must not be left half done (the entry of a lock that is written in Python) says so by a local
variable `__not_interrupted__`: it counts as ours, with all that it calls. A module that runs the loop, and the user's
code only as its callbacks, says so by a global `__event_loop__`.
"""

from __future__ import annotations

import sys
from collections.abc import Set
from enum import Enum
from types import CodeType, FrameType

_MAGICS = "sdk.magics."
_OURS = ("sdk.kernel.", "sdk.transport.", "sdk.protocol.", _MAGICS, "sdk.app")
_LOOPS = {"asyncio", "selectors", "contextvars", "nest_asyncio"}
_LOOPS |= {"PyQt5", "PyQt6", "PySide2", "PySide6", "enum", "gi", "shiboken2", "shiboken6", "tkinter", "wx"}
"""Packages that run loops, and toolkits, whose code stands below every callback; `enum` is the one that they use."""
_MARK = "__user_code_below__"
_SHIELD = "__not_interrupted__"
_LOOP = "__event_loop__"
_COROUTINE = 0x80  # inspect.CO_COROUTINE: start-up time
_FORGETTING: tuple[str, ...] = (
    "STORE_NAME",
    "STORE_FAST",
    "STORE_GLOBAL",
    "STORE_DEREF",
    "DELETE_NAME",
    "DELETE_FAST",
    "DELETE_GLOBAL",
    "DELETE_DEREF",
    "POP_TOP",
)
"""Instructions that call nothing but the finalizers of what they take the name from."""
_CONVERSIONS = {"enum", "shiboken6", "shibokensupport", "PySide6"}
"""What Qt for Python runs to make the arguments of a slot: it crashes when that raises."""


class Place(Enum):
    """Where a thread is."""

    USER = "in the code of a cell, or of a callback that we called"
    CALLBACK = "in a callback or a task of the user's, which blocks the loop"
    FINALIZER = "in a `__del__` of the user's, where what is raised is dropped, by Python or by an `except: pass`"
    LOOP = "in the loop: nothing runs, or the cell awaits"
    OURS = "in our code"


def place(frame: FrameType | None, boundaries: Set[CodeType | None], bottom: CodeType | None = None) -> Place:
    """Where the thread is whose innermost frame this is.

    `boundaries` are the codes of ours that step the user's coroutines; `bottom` is the code that runs the loop.
    """
    converts = False
    if "shiboken6" in sys.modules:
        while frame is not None and _package(frame.f_globals.get("__name__")) in _CONVERSIONS:
            frame, converts = frame.f_back, True
    met = _place(frame, boundaries, bottom)
    return Place.OURS if converts and met is not Place.LOOP else met


def _package(module: str | None) -> str:
    return (module or "").partition(".")[0]


def _place(frame: FrameType | None, boundaries: Set[CodeType | None], bottom: CodeType | None) -> Place:
    users = finalizes = awaited = False
    while frame is not None:
        code = frame.f_code
        if code in boundaries:
            return (Place.FINALIZER if finalizes else Place.USER) if users else Place.OURS
        if code is bottom:
            return (Place.FINALIZER if finalizes else Place.CALLBACK) if users else Place.LOOP
        module = frame.f_globals.get("__name__") or ""
        if _LOOP in frame.f_globals:
            frame = frame.f_back
            continue
        if _SHIELD in code.co_varnames:
            return Place.OURS
        if module.startswith(_OURS):
            if users and _MARK in code.co_varnames:
                return Place.FINALIZER if finalizes else Place.USER
            if not (users and awaited and module.startswith(_MAGICS)):
                return Place.OURS
        elif _package(module) not in _LOOPS:
            finalizes = finalizes or code.co_name == "__del__" or (users and _calls_nothing(frame))
            users = True
        awaited = bool(code.co_flags & _COROUTINE)
        frame = frame.f_back
    return Place.OURS


def is_finalizing(frame: FrameType | None, boundaries: Set[CodeType | None]) -> bool:
    """Whether a `__del__` runs between this frame and the code that steps the user's coroutine."""
    inner = None
    while frame is not None and frame.f_code not in boundaries:
        if frame.f_code.co_name == "__del__" or (inner is not None and _calls_nothing(frame)):
            return True
        inner, frame = frame, frame.f_back
    return False


def _calls_nothing(frame: FrameType) -> bool:
    """Whether this frame's instruction only forgets an object, so that whatever it has called is a finalizer.

    One in C drops what is raised in it, and tells nobody: an unclosed socket asks for its own `repr`.
    """
    # Loaded where there is code of a user's; the interrupt may have come while it is being loaded.
    names = getattr(sys.modules.get("opcode"), "opname", None)
    if names is None or frame.f_lasti < 0:
        return False
    name: str = names[frame.f_code.co_code[frame.f_lasti]]
    return name.startswith(_FORGETTING)
