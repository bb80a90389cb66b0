"""`GLibLoop`: GTK 3 and 4, whose windows live in GLib's main context."""

from __future__ import annotations

import math
import sys
import time

__event_loop__ = True  # an interrupt that comes in here meets no code of the user's

_LIMIT = 0.005  # seconds: a window that always has something to do shall not hold the kernel


class GLibLoop:
    """See `sdk.seam.Guest`."""

    def __init__(self, descriptor: int, version: str | None = None) -> None:
        import gi  # only who wants windows has it

        if "gi.repository.Gtk" not in sys.modules and version is not None:
            gi.require_version("Gtk", version)
        from gi.repository import GLib, Gtk

        if version is not None and Gtk.get_major_version() != int(float(version)):
            raise ImportError(f"GTK {Gtk.get_major_version()} is loaded already, and there can be only one")
        Gtk.init_check()
        self._glib = GLib
        self._context = GLib.MainContext.default()
        self._descriptor = descriptor
        self._sources: dict[str, int] = {}
        self._awake = False

    def run(self, seconds: float | None) -> None:
        """See `sdk.seam.Guest.run`."""
        context = self._context
        if seconds == 0:
            end = time.monotonic() + _LIMIT
            while context.pending() and time.monotonic() < end:
                context.iteration(False)
            return
        glib = self._glib
        self._awake = False
        sources = self._sources
        watch = (glib.PRIORITY_DEFAULT, self._descriptor, glib.IOCondition.IN)
        sources["readable"] = glib.unix_fd_add_full(*watch, lambda *_: self._woken("readable"))
        if seconds is not None:
            milliseconds = min(math.ceil(seconds * 1000), 2**31 - 1)
            sources["due"] = glib.timeout_add(milliseconds, lambda: self._woken("due"))
        try:
            while not self._awake:
                context.iteration(True)
        finally:
            while sources:
                glib.source_remove(sources.popitem()[1])

    def wake(self) -> None:
        """See `sdk.seam.Guest.wake`."""
        self._awake = True

    def _woken(self, source: str) -> bool:
        """Whether the source shall stay: no, a dialog's own loop must not spin on it."""
        del self._sources[source]
        self._awake = True
        return False

    def close(self) -> None:
        """Windows stay, and sleep."""
