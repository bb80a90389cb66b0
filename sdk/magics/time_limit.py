"""`TimeLimit`: what runs in here is interrupted after a while, and again each second until it ends."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

from sdk.errors import ExecutionError

_AGAIN = 1.0  # seconds


class TimeLimit:
    """A context manager. What was interrupted ends with a TimeoutError, whatever it made of the interrupt."""

    def __init__(self, seconds: float, interrupt: Callable[[], None]) -> None:
        self._seconds = seconds
        self._interrupt = interrupt
        self._ended = Event()
        self._lock = Lock()
        self.expired = False

    def __enter__(self) -> Self:
        Thread(target=self._watch, name="time limit", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with self._lock:
                self._ended.set()
        except KeyboardInterrupt:  # ours, a little late
            self._ended.set()
        if self.expired and not isinstance(error, GeneratorExit):
            message = f"the code took longer than {self._seconds:g} s and was interrupted"
            where = [*getattr(error, "traceback", ())]
            last = [f"TimeoutError: {message}"] if where else []
            raise ExecutionError("TimeoutError", message, where + last) from None

    def _watch(self) -> None:
        wait = self._seconds
        while not self._ended.wait(wait):
            with self._lock:
                if self._ended.is_set():
                    return
                self.expired = True
                self._interrupt()
            wait = _AGAIN
