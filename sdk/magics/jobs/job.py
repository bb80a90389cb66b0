"""`Job`: one cell in the background; `Jobs`: those of one kernel."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Protocol

from sdk.kernel.context import Context

_KEPT = 65_536  # characters of what a job has said, for `%fg`
_END = 3.0  # seconds that all jobs get to end with the kernel

Say = Callable[[str, str], None]


class Work(Protocol):
    """How a job runs."""

    def run(self, job: Job) -> str:
        """Wait until it has ended; "" for well, else how it failed. On a thread of its own."""

    def kill(self) -> None:
        """End it. Any thread; may block for two seconds."""


class Job:
    """One of them. `number` and `name` are what the user knows it by."""

    def __init__(self, number: int, name: str, context: Context, work: Work) -> None:
        self.number = number
        self.name = name
        self.context = context
        self.failure = ""
        """How it failed."""

        self.killed = False
        self.done = Event()
        self._work = work
        self._began = time.monotonic()
        self._ended = 0.0
        self._said: deque[tuple[str, str]] = deque()
        self._size = 0
        self._followers: list[Say] = []
        self._lock = Lock()

    def begin(self) -> None:
        """Start it."""
        Thread(target=self._run, name=f"job {self.number}", daemon=True).start()

    def kill(self) -> None:
        """End it, and wait until it has ended."""
        if not self.done.is_set():
            self.killed = True
            self._work.kill()
            self.done.wait(_END)

    @property
    def state(self) -> str:
        """In words."""
        if not self.done.is_set():
            return "running"
        return "killed" if self.killed else f"failed: {self.failure}" if self.failure else "done"

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return (self._ended or time.monotonic()) - self._began

    # -- what it says --------------------------------------------------------------------------------------------------

    def heard(self, name: str, text: str) -> None:
        """It has said something on the stream `name`, which its cell has got already."""
        with self._lock:
            self._said.append((name, text))
            self._size += len(text)
            while self._size > _KEPT and len(self._said) > 1:
                self._size -= len(self._said.popleft()[1])
            followers = [*self._followers]
        for say in followers:
            say(name, text)

    def follow(self, say: Say) -> None:
        """Let `say` have the end of what was said, and what comes."""
        with self._lock:
            said = [*self._said]
            self._followers.append(say)
        for name, text in said:
            say(name, text[-_KEPT:])

    def leave(self, say: Say) -> None:
        """Undo `follow`."""
        with self._lock:
            self._followers.remove(say)

    def _run(self) -> None:
        try:
            self.failure = self._work.run(self)
        except Exception as error:  # it is told where the job is asked for
            self.failure = f"{type(error).__name__}: {error}"
        self._ended = time.monotonic()
        if self.failure and not self.killed:
            self.context.stream("stderr", f"[job {self.number} failed: {self.failure}]\n")
        self.context.flush()
        self.done.set()


class Jobs:
    """The jobs of one kernel, by number."""

    def __init__(self) -> None:
        self.by_number: dict[int, Job] = {}
        self._count = 0

    def new(self, name: str, context: Context, work: Work) -> Job:
        """A job that is not begun yet."""
        self._count += 1
        job = self.by_number[self._count] = Job(self._count, name, context, work)
        return job

    def close(self) -> None:
        """The kernel ends."""
        enders = [Thread(target=job.kill, daemon=True) for job in self.by_number.values() if not job.done.is_set()]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join(_END)
