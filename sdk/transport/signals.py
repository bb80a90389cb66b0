"""Signals are the main thread's: other threads of ours block them, and a forked child has none of our handlers."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Set
from threading import local

_OURS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def has_signals() -> bool:
    """Whether this is the thread that signals' handlers run in."""
    return threading.current_thread() is threading.main_thread()


def raise_in_thread(thread: int, exception: type[BaseException]) -> None:
    """Let a thread raise this at its next bytecode."""
    import ctypes  # start-up time

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(exception))


def take_back() -> None:
    """What may be about to be raised in this thread is not.

    The interpreter's own way to take it back leaves the mark that something is: every thread looks for it from then on,
    and in Python 3.11 one that is traced (by a debugger, by coverage) never stops to look.
    """
    try:
        raise_in_thread(threading.get_ident(), _Nothing)
        while True:
            pass
    except _Nothing:
        return


class _Nothing(BaseException):
    """Raised in place of what has not hit in time."""


def block_signals() -> None:
    """Let no signal that a handler of ours takes be delivered to this thread."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, _OURS)


def forget_signals_in_children() -> None:
    """A forked child gets Python's own handlers: what signals it must not reach ours by the pipe that it inherits.

    (`multiprocessing.Pool` ends its workers with SIGTERM.) While the process forks they are held back, so that none
    meets the child before that. Cannot be taken back; where no kernel runs it does nothing.
    """
    if hasattr(os, "register_at_fork"):
        fork = _Fork()
        os.register_at_fork(before=fork.before, after_in_parent=fork.in_parent, after_in_child=fork.in_child)


class _Fork(local):
    """One thread's fork."""

    mask: Set[int] = frozenset()

    def before(self) -> None:
        self.mask = signal.pthread_sigmask(signal.SIG_BLOCK, _OURS)

    def in_parent(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self.mask)

    def in_child(self) -> None:
        if signal.set_wakeup_fd(-1) >= 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.mask)
