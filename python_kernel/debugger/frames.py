"""The kernel's own frames: the debugger neither stops in them nor shows them, whatever it is to debug besides."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import PathFinder
from types import TracebackType
from typing import Any

_PACKAGES = ("sdk", "python_kernel", "IPython", "debugpy", "zmq", "comm", "traitlets", "pexpect")
_BOTTOM = ("asyncio", "selectors", "runpy", "threading")
"""Modules of the standard library that run the kernel, and with it the cells."""


def rules() -> list[dict[str, Any]]:
    """debugpy's rules by which the kernel's own files are no place to stop at."""
    return [{"path": path, "include": False} for path in _places(_PACKAGES)]


def shown(frames: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A thread's frames, the innermost first, without those at the bottom that run the user's code."""
    kept = list(frames)
    bottom = tuple(_places(_PACKAGES + _BOTTOM))
    while kept and _path(kept[-1]).startswith((*bottom, "<frozen")):
        kept.pop()
    return kept or list(frames)


def cut(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the debugger's frames, where an interrupt has met a thread that was stopped."""
    before, one = None, trace
    while one is not None:
        if str(one.tb_frame.f_globals.get("__name__")).startswith(("_pydevd", "pydevd", __package__)):
            if before is not None:
                before.tb_next = None
            return trace
        if before is None or before.tb_frame is not one.tb_frame:  # what traces a frame adds it again
            before = one
        one = one.tb_next
    return trace


def _path(frame: Mapping[str, Any]) -> str:
    source = frame.get("source") or {}
    return str(source.get("path") or "")


def _places(names: Sequence[str]) -> list[str]:
    found = []
    for name in names:
        module = sys.modules.get(name)
        origin = getattr(module, "__file__", None)
        if origin is None:
            spec = PathFinder.find_spec(name)
            origin = None if spec is None else spec.origin
        if origin is not None:
            folder, file = os.path.split(os.path.realpath(origin))
            found.append(folder + os.sep if file == "__init__.py" else os.path.join(folder, file))
    return found
