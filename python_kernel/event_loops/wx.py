"""`WxLoop`: wxPython. It cannot watch a descriptor, so a thread does and wakes it."""

from __future__ import annotations

import math
import os
import select
import signal
import threading
import time
from typing import Any

__event_loop__ = True  # an interrupt that comes in here meets no code of the user's

_LIMIT = 0.005  # seconds: a window that always has something to do shall not hold the kernel
_AGAIN = 0.005  # seconds


class WxLoop:
    """See `sdk.seam.Guest`."""

    def __init__(self, descriptor: int) -> None:
        found = signal.getsignal(signal.SIGINT)
        import wx  # only who wants windows has it

        self._wx: Any = wx
        self._app = wx.GetApp() or wx.App(redirect=False)
        if wx.GetApp() is None:  # wx does not say so itself when the display refuses its second connection
            raise ValueError(f"wx cannot use the display {os.environ.get('DISPLAY')}; is it there? Try again")
        self._app.SetExitOnFrameDelete(False)
        if signal.getsignal(signal.SIGINT) is not found:
            signal.signal(signal.SIGINT, found)  # wx takes it
        self._loop = wx.GUIEventLoop()
        self._descriptor = descriptor
        self._reader, self._writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._asked = threading.Event()
        self._told = threading.Event()
        self._awake = self._closed = False
        threading.Thread(target=self._watch, name="wx-watch", daemon=True).start()

    def run(self, seconds: float | None) -> None:
        """See `sdk.seam.Guest.run`."""
        wx, loop = self._wx, self._loop
        self._awake = False
        with wx.EventLoopActivator(loop):
            if seconds != 0:
                self._told.clear()
                self._asked.set()
                if seconds is None:
                    loop.Dispatch()
                else:
                    loop.DispatchTimeout(min(math.ceil(seconds * 1000), 2**31 - 1))
                os.write(self._writer, b"x")
                self._told.wait()
            end = time.monotonic() + _LIMIT
            while loop.Pending() and time.monotonic() < end:
                loop.DispatchTimeout(0)  # what was pending may be gone, and nobody wakes it now
            self._app.ProcessPendingEvents()
            loop.ProcessIdle()

    def wake(self) -> None:
        """See `sdk.seam.Guest.wake`."""
        self._awake = True

    def _watch(self) -> None:
        """The thread: waits for the descriptor whenever it is asked to."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        poll.register(self._reader, select.POLLIN)
        while True:
            self._asked.wait()
            self._asked.clear()
            if self._closed:
                break
            ready = [descriptor for descriptor, _ in poll.poll()]
            if self._reader not in ready:
                self._wx.WakeUpIdle()
                while not select.select([self._reader], [], [], _AGAIN)[0]:
                    self._wx.WakeUpIdle()  # the one before came when it was about to sleep, and was lost
            os.read(self._reader, 4096)
            self._told.set()
        os.close(self._reader)
        os.close(self._writer)

    def close(self) -> None:
        """Windows stay, and sleep."""
        self._closed = True
        self._asked.set()
