"""`Tracing`: debugpy's debugger in this process, at the other end of a socket pair.

debugpy as its users start it opens a port at which anybody on this machine may run code in the process. Here its
debugger gets a connection that has no address: nobody else can reach it, and there is no port to choose.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sdk.debugger import DebuggerError

_AT_MOST = 1.0  # seconds until an interrupt is raised that was kept: the transport tries it every 20 ms


class Tracing:
    """Debugs this process between `begin` and `end`, as often as wanted."""

    def __init__(self) -> None:
        self._pydevd: Any = None
        self._debugger: Any = None
        self._hook: Callable[..., object] | None = None
        self._changes = 0  # of breakpoints, in all sessions
        self._waits_for_forks = False
        self._interrupted: set[int] = set()  # threads
        self._traced: set[int] = set()  # those that have been told in this session

    @property
    def is_on(self) -> bool:
        """Whether it debugs."""
        return self._debugger is not None

    def begin(self) -> socket.socket:
        """Start to debug; the end of the connection that speaks for the client. Raises DebuggerError."""
        pydevd = self._pydevd = _loaded()
        active = _active()
        if active is not None and active.reader is None:  # debugpy.debug_this_thread() has made it: it is of no use
            _forget(active)
        elif active is not None:
            raise DebuggerError(
                "another debugger is at work in this process (debugpy.listen() or debugpy.connect() was called): "
                "restart the kernel to debug it from here"
            )
        ours, theirs = socket.socketpair()
        try:
            with _connected_by(pydevd, theirs):
                pydevd.settrace(
                    host="127.0.0.1",  # it is not called: see _connected_by
                    port=0,
                    suspend=False,
                    wait_for_ready_to_run=False,
                    patch_multiprocessing=False,
                    notify_stdin=False,
                    protocol="dap",
                    dont_trace_start_patterns=(os.path.dirname(sys.modules["debugpy"].__file__ or ""),),
                    dont_trace_end_patterns=("debugpy_launcher.py",),
                )
        except Exception as error:
            ours.close()
            raise DebuggerError(f"debugpy did not start: {type(error).__name__}: {error}") from error
        self._traced.clear()
        self._debugger = _active()
        self._debugger.mtime += self._changes  # what pydevd remembers of functions is only of this number
        self._shield(self._debugger)
        self._forget_this_thread()
        self._after_forks()
        return ours

    def end(self) -> None:
        """Stop to debug: what was stopped goes on, and what was replaced is given back."""
        debugger, self._debugger = self._debugger, None
        if debugger is None:
            return
        self._changes = debugger.mtime + 1
        self.give_breakpoints_back()
        _resume()
        self._pydevd.stoptrace()
        _forget(debugger)

    def knows(self, command: str) -> bool:
        """Whether debugpy answers such a request. Of others it prints that it does not, and says nothing."""
        from _pydevd_bundle.pydevd_process_net_command_json import PyDevJsonCommandProcessor  # it comes with pydevd

        return hasattr(PyDevJsonCommandProcessor, f"on_{command.lower()}_request")

    # -- breakpoint() --------------------------------------------------------------------------------------------------

    def take_breakpoints(self) -> None:
        """From here on breakpoint() stops in the client's debugger, unless somebody else has taken it."""
        if sys.breakpointhook is sys.__breakpointhook__ and not os.environ.get("PYTHONBREAKPOINT"):
            self._hook = sys.breakpointhook = self._stop_here

    def give_breakpoints_back(self) -> None:
        """breakpoint() is pdb's again."""
        if self._hook is not None and sys.breakpointhook == self._hook:
            sys.breakpointhook = sys.__breakpointhook__
        self._hook = None

    def _stop_here(self, *args: object, **kwargs: object) -> None:
        if self._debugger is not None:
            self._pydevd.settrace(
                suspend=True,
                trace_only_current_thread=True,
                patch_multiprocessing=False,
                notify_stdin=False,
                stop_at_frame=sys._getframe().f_back,
            )

    # -- cells ---------------------------------------------------------------------------------------------------------

    def cell_begins(self) -> None:
        """A cell is about to run in this thread."""
        self._interrupted.discard(threading.get_ident())
        if self._debugger is not None:
            thread = threading.get_ident()
            if thread not in self._traced or not _in_thread():
                self._traced.add(thread)
                self._pydevd.settrace(
                    suspend=False, trace_only_current_thread=True, patch_multiprocessing=False, notify_stdin=False
                )
        elif self._pydevd is not None and _is_pydevds(sys.gettrace()):
            sys.settrace(None)

    def cell_ended(self) -> None:
        """A cell has ended in this thread: stepping ends with it."""
        info = getattr(threading.current_thread(), "additional_info", None)
        self._interrupted.discard(threading.get_ident())
        if self._debugger is None or info is None:
            return
        _run(info)

    def _shield(self, debugger: Any) -> None:
        """A thread that is stopped is not interrupted there: debugpy holds locks. It goes on first, and then is."""
        found = debugger.do_wait_suspend

        def shielded(*args: Any, **kwargs: Any) -> Any:
            __not_interrupted__ = True  # noqa: F841  # the transport looks for it
            return found(*args, **kwargs)

        def do_wait_suspend(thread: Any, *args: Any, **kwargs: Any) -> Any:
            if thread.ident in self._interrupted:
                _run(thread.additional_info)
                return None
            left = shielded(thread, *args, **kwargs)
            if thread.ident in self._interrupted:
                _meet_interrupt()
            return left

        debugger.do_wait_suspend = do_wait_suspend

    def interrupted(self, thread: int | None) -> None:
        """This thread is to be interrupted: until its cell has ended, it does not stop."""
        if thread is not None:
            self._interrupted.add(thread)

    # -- threads and processes -----------------------------------------------------------------------------------------

    def _forget_this_thread(self) -> None:
        """The thread that has begun it serves the debugger, and is none to be debugged."""
        _leave_thread()
        frame: Any = sys._getframe()
        while frame is not None:
            frame.f_trace = None
            frame = frame.f_back

    def _after_forks(self) -> None:
        if not self._waits_for_forks:
            self._waits_for_forks = True
            this = weakref.ref(self)
            os.register_at_fork(after_in_child=lambda: _forked(this()))

    def forked(self) -> None:
        """This is a forked child, whose debugger's threads are not there: it is not debugged."""
        if self._debugger is not None:
            self._debugger = None
            _leave_thread()
            threading.settrace(None)
            self._pydevd.settrace_forked(setup_tracing=False)


def _forked(tracing: Tracing | None) -> None:
    if tracing is not None:
        tracing.forked()


def _loaded() -> Any:
    """pydevd, the part of debugpy that debugs. What importing it replaces is put back."""
    before = sys.breakpointhook
    try:
        import debugpy.server.api  # noqa: F401  # start-up time: most sessions debug nothing; with it comes pydevd
        import pydevd
    except Exception as error:  # it looks at the interpreter, and may not like it
        raise DebuggerError(f"debugpy could not be loaded: {type(error).__name__}: {error}") from error
    finally:
        sys.breakpointhook = before
    return pydevd


def _active() -> Any:
    from _pydevd_bundle.pydevd_constants import get_global_debugger  # it comes with pydevd

    return get_global_debugger()


def _monitors() -> bool:
    """Whether it is told by sys.monitoring (PEP 669, Python 3.12) what threads do, and not by sys.settrace."""
    from _pydevd_bundle.pydevd_constants import PYDEVD_USE_SYS_MONITORING  # it comes with pydevd

    return bool(PYDEVD_USE_SYS_MONITORING)


def _leave_thread() -> None:
    """It is not told any more what this thread does."""
    if _monitors():
        from _pydevd_sys_monitoring import pydevd_sys_monitoring  # it comes with pydevd

        pydevd_sys_monitoring.stop_monitoring(all_threads=False)
    else:
        from pydevd_tracing import SetTrace  # it comes with pydevd; sys.settrace itself warns of this while it debugs

        SetTrace(None)


def _in_thread() -> bool:
    """Whether it is still told what this thread does: the user's code may call sys.settrace."""
    return _monitors() or sys.gettrace() is not None


def _meet_interrupt() -> None:
    """The interrupt that was kept is raised in here."""
    end = time.monotonic() + _AT_MOST
    while time.monotonic() < end:
        time.sleep(0.001)


def _run(info: Any) -> None:
    """Let the thread go on that this is known of, without steps."""
    info.pydev_step_cmd = info.pydev_original_step_cmd = -1
    info.pydev_step_stop = None
    info.pydev_state = 1
    info.update_stepping_info()


def _forget(debugger: Any) -> None:
    """It has ended, or is about to: a thread of its own may have begun to end it, and does this last."""
    from _pydevd_bundle.pydevd_constants import set_global_debugger  # it comes with pydevd

    if _active() is debugger:
        set_global_debugger(None)


def _resume() -> None:
    from _pydevd_bundle.pydevd_thread_lifecycle import resume_threads  # it comes with pydevd

    resume_threads("*")


def _is_pydevds(trace: Any) -> bool:
    module: str = type(trace).__module__ if not hasattr(trace, "__module__") else trace.__module__ or ""
    return module.startswith(("_pydevd", "pydevd"))


@contextmanager
def _connected_by(pydevd: Any, connection: socket.socket) -> Iterator[None]:
    """In here debuggers get this connection in place of one that they would make."""
    found = pydevd.PyDB.connect
    pydevd.PyDB.connect = lambda debugger, host, port: debugger.initialize_network(connection)
    try:
        yield
    finally:
        pydevd.PyDB.connect = found
