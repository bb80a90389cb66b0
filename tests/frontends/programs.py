"""Programs of others: started with an environment of their own, waited for, and ended for sure."""

from __future__ import annotations

import ctypes
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.waiting import until

PYTHON = sys.executable
LIMIT = 30.0
"""Seconds that anything may take on a slow machine: to have waited longer is a failure."""

_PR_SET_PDEATHSIG = 1


def run(
    argv: Sequence[str], env: Mapping[str, str], *, cwd: Path, limit: float = LIMIT
) -> subprocess.CompletedProcess[str]:
    """What `argv` wrote. Fails with all of it when the program does."""
    done = subprocess.run(
        argv, env=env, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=limit, check=False
    )
    assert done.returncode == 0, f"{argv} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@contextmanager
def running(argv: Sequence[str], env: Mapping[str, str], *, cwd: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The running program; at the end it and all below it are ended, also when these tests are killed."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            argv,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 (nothing but a system call)
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            end(psutil.Process(process.pid), reaped=lambda: process.poll() is not None)


def end(process: psutil.Process, *, reaped: Callable[[], object]) -> None:
    """Ask the process to end, end it, and end what it leaves behind. `reaped` tells whether this child has ended."""
    below = process.children(recursive=True)
    for signal_to_send, limit in ((signal.SIGTERM, 20.0), (signal.SIGKILL, LIMIT)):
        if reaped():
            break
        process.send_signal(signal_to_send)
        with suppress(AssertionError):
            until(reaped, f"{process} to end", limit=limit)
    for one in below:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    _, left = psutil.wait_procs(below, timeout=LIMIT)
    assert not left


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def chromium() -> str:
    """The path of a Chromium."""
    return next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
