"""`QtLoop`: Qt 5 and 6, by PySide or PyQt, whichever is loaded or installed."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from typing import Any

__event_loop__ = True  # an interrupt that comes in here meets no code of the user's

_MODULES = {"pyside6": "PySide6", "pyqt6": "PyQt6", "pyqt5": "PyQt5", "pyside2": "PySide2"}
_APIS = {"qt": tuple(_MODULES), "qt5": ("pyqt5", "pyside2"), "qt6": ("pyside6", "pyqt6")}

_CALLS = 100


class QtLoop:
    """See `sdk.seam.Guest`."""

    def __init__(self, descriptor: int, version: str | None = None) -> None:
        _choose(_APIS[version or "qt"])
        # Only who wants windows has Qt.
        from IPython.external.qt_for_kernel import QtCore, QtGui, enum_helper

        self._app = QtGui.QApplication.instance() or QtGui.QApplication([" "])
        flags = enum_helper("QtCore.QEventLoop.ProcessEventsFlag")
        self._now, self._wait = flags.AllEvents, flags.AllEvents | flags.WaitForMoreEvents
        self._loop = QtCore.QEventLoop()
        self._notifier = QtCore.QSocketNotifier(descriptor, enum_helper("QtCore.QSocketNotifier.Type").Read)
        self._notifier.activated.connect(self._woken)
        self._notifier.setEnabled(False)
        self._timer: Any = QtCore.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setTimerType(enum_helper("QtCore.Qt.TimerType").PreciseTimer)
        self._timer.timeout.connect(self.wake)
        self._awake = False
        self._keep_none()

    def run(self, seconds: float | None) -> None:
        """See `sdk.seam.Guest.run`."""
        if seconds == 0:
            self._loop.processEvents(self._now)
            return
        self._awake = False
        self._notifier.setEnabled(True)
        if seconds is not None:
            self._timer.start(min(math.ceil(seconds * 1000), 2**31 - 1))
        try:
            (getattr(self._loop, "exec", None) or self._loop.exec_)()
            while not self._awake:  # somebody has called QApplication.quit(), and `exec` ends at once for good
                self._loop.processEvents(self._wait)
        finally:
            self._notifier.setEnabled(False)
            self._timer.stop()

    def wake(self) -> None:
        """See `sdk.seam.Guest.wake`."""
        self._awake = True
        self._loop.quit()

    def _woken(self) -> None:  # without arguments: making them would run Python code, which an interrupt could meet
        self._notifier.setEnabled(False)  # readable until asyncio has read: a dialog's own loop must not spin on it
        self.wake()

    def _keep_none(self) -> None:
        """Mend what some PySide (6.12) does to Python before 3.12: every call that returns nothing takes a None away.

        When no reference to None is left, the process ends.
        """
        before = sys.getrefcount(None)
        for _ in range(_CALLS):
            self._notifier.setEnabled(False)
        if sys.implementation.name == "cpython" and before - sys.getrefcount(None) > _CALLS // 2:
            import ctypes  # where it is needed alone

            ctypes.c_ssize_t.from_address(id(None)).value += 1 << 48

    def close(self) -> None:
        """The application stays: there is only one in the life of a process."""
        self._notifier.setEnabled(False)
        self._timer.stop()


def _choose(wanted: Sequence[str]) -> None:
    """Let IPython load one of these. Raises ImportError when another one is loaded, or none is installed."""
    from importlib.util import find_spec

    from IPython.external.qt_loaders import loaded_api

    loaded = loaded_api()
    if loaded is not None:
        if loaded not in wanted:
            raise ImportError(f"{_MODULES.get(loaded, loaded)} is loaded already, and there can be only one Qt")
        return
    known = os.environ.get("QT_API", "")
    if known in wanted and find_spec(_MODULES[known]) is not None:
        return
    api = next((api for api in wanted if find_spec(_MODULES[api]) is not None), None)
    if api is None:
        raise ModuleNotFoundError(f"there is none of {', '.join(_MODULES[api] for api in wanted)}")
    os.environ["QT_API"] = api  # where IPython and matplotlib look
