"""Ends what the user's code started and left behind: the other processes of the kernel's own process group."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from sdk.processes import has_ended, in_group

_PATIENCE = 1.0


def end_children() -> None:
    """SIGTERM to all others of our process group, SIGKILL to those that stay. Only if the group is ours alone."""
    group = os.getpgrp()
    if group != os.getpid() or not (others := _members(group)):
        return
    for number, patience in ((signal.SIGTERM, _PATIENCE), (signal.SIGKILL, _PATIENCE)):
        for pid in others:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        until = time.monotonic() + patience
        while (others := _members(group)) and time.monotonic() < until:
            _reap()
            time.sleep(0.005)
        if not others:
            return


def _members(group: int) -> list[int]:
    """The living processes of `group` but ourselves."""
    return [pid for pid in in_group(group) if pid != os.getpid() and not has_ended(pid)]


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
