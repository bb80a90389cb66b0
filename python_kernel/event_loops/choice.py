"""`EventLoops`: the names that %gui takes, and what each of them joins to the kernel's own loop."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from python_kernel.event_loops.functions import FunctionLoop
from python_kernel.event_loops.glib import GLibLoop
from python_kernel.event_loops.qt import QtLoop
from python_kernel.event_loops.tk import TkLoop
from python_kernel.event_loops.wx import WxLoop

if TYPE_CHECKING:
    from sdk.seam import Guest

Make = Callable[[int], "Guest"]
"""Makes a loop that runs until this descriptor is readable. Raises ImportError without the toolkit."""

OF_THE_KERNEL = (None, "", "asyncio", "inline", "nbagg", "notebook", "widget", "ipympl", "agg", "webagg")
"""What needs no loop, or asyncio's, in which cells run anyway."""

REMEDIES = {
    **dict.fromkeys(("qt", "qt6"), "install one with: pip install PySide6-Essentials"),
    "qt5": "install one with: pip install PyQt5",
    **dict.fromkeys(("gtk", "gtk3", "gtk4"), "install it with: pip install PyGObject"),
    "wx": "install it with: pip install wxPython",
    "tk": "Tk is a part of Python that some distributions keep apart: apt-get install python3-tk",
}


class EventLoops:
    """Of one kernel. At most one of them runs."""

    def __init__(
        self,
        join: Callable[[Make | None], None],
        show: Callable[[type[BaseException], BaseException, TracebackType | None], object],
    ) -> None:
        """`join` is the host's; `show` is called for what a callback raises and its toolkit gives to sys.excepthook."""
        self._join = join
        self._show = show
        self._hook_found: Any = None
        self.loops: MutableMapping[str, Make] = {
            "qt": QtLoop,
            "qt5": lambda descriptor: QtLoop(descriptor, "qt5"),
            "qt6": lambda descriptor: QtLoop(descriptor, "qt6"),
            "tk": TkLoop,
            "gtk": GLibLoop,
            "gtk3": lambda descriptor: GLibLoop(descriptor, "3.0"),
            "gtk4": lambda descriptor: GLibLoop(descriptor, "4.0"),
            "wx": WxLoop,
        }
        """By name; who knows another toolkit adds it here."""
        self.running: str | None = None
        """The name of the one that runs."""

    def enable(self, name: str | None) -> None:
        """Run this loop whenever the kernel waits, or with None none of them. Raises UsageError, which says why not."""
        if name in OF_THE_KERNEL:
            self._leave()
            return
        assert name is not None
        if name not in self.loops:
            known = ", ".join(sorted(self.loops))
            raise UsageError(f"no GUI event loop is named {name!r}; there are {known}, and asyncio, which always runs")
        if threading.current_thread() is not threading.main_thread():
            raise UsageError(f"%gui {name}: windows belong to the main shell; this is a subshell")
        if name == self.running:
            return
        try:
            self._join(self.loops[name])
        except (ImportError, ValueError) as error:  # ValueError: gi.require_version
            remedy = f"; {REMEDIES[name]}" if isinstance(error, ModuleNotFoundError) and name in REMEDIES else ""
            raise UsageError(f"%gui {name}: {error}{remedy}") from error
        self.running = name
        if self._hook_found is None:  # PyQt ends the process for what a slot raises, unless there is a hook
            self._hook_found, sys.excepthook = sys.excepthook, self._show

    def add(self, name: str, function: Callable[[Any], object], kernel: object) -> None:
        """Add a loop in ipykernel's form: a function of the kernel that runs it for about a hundredth of a second."""
        self.loops[name] = lambda descriptor: FunctionLoop(function, kernel)

    def _leave(self) -> None:
        if self.running is not None:
            self.running = None
            self._join(None)
        if self._hook_found is not None:
            if sys.excepthook == self._show:
                sys.excepthook = self._hook_found
            self._hook_found = None
