"""`CellNumbers`: which number has the cell that this thread is about to run? Subshells run cells at once."""

from __future__ import annotations

from threading import Lock, local


class _Here(local):
    """What a thread has been given."""

    number: int | None = None


class CellNumbers:
    """IPython reads one attribute, `execution_count`, and adds one to it; here each thread reads its own cell's."""

    def __init__(self) -> None:
        self._next = 1
        self._lock = Lock()
        self._here = _Here()

    @property
    def next(self) -> int:
        """The number of the next cell that begins, in whatever thread."""
        return self._next

    def give(self, number: int) -> None:
        """The cell that this thread is about to run has this number, and no other one will have it."""
        with self._lock:
            self._here.number = number
            self._next = number + 1

    def take_back(self) -> None:
        """The cell has ended; if it did not use its number (there was nothing in it), the next one may."""
        with self._lock:
            number, self._here.number = self._here.number, None
            if number is not None and self._next == number + 1:
                self._next = number

    @property
    def execution_count(self) -> int:
        """As IPython reads it."""
        number = self._here.number
        return self._next if number is None else number

    @execution_count.setter
    def execution_count(self, count: int) -> None:
        with self._lock:
            number, self._here.number = self._here.number, None
            # Its own number used up: others may have begun meanwhile. Anything else is somebody who sets it.
            self._next = max(self._next, count) if number is not None and count == number + 1 else count
