"""`Folders`: whether files in the folders of Octave's path have come or gone, so that Octave has to read them anew."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

_SECOND = 1_000_000_000  # nanoseconds
_SETTLED, _SETTLED_IN_SECONDS = _SECOND // 20, 2 * _SECOND
"""After which a further change shows in a folder's time, and where the file system counts whole seconds."""


class Folders:
    """The folders of the path, and when each was changed last."""

    def __init__(self) -> None:
        self._changed: dict[str, int] = {}
        self._unsettled = False

    def use(self, folders: Iterable[str]) -> None:
        """Octave has read these."""
        self._note({place: _time(place) for folder in folders for place in (folder, *_within(folder))})

    def changed(self) -> bool:
        """Whether one has changed since the last look; that is taken note of."""
        before, unsettled = self._changed, self._unsettled
        times = {folder: _time(folder) for folder in before}
        if times == before and not unsettled:
            return False
        self._note(times)
        return True

    def _note(self, times: dict[str, int]) -> None:
        self._changed = times
        now = time.time_ns()
        self._unsettled = any(now - changed < _settled(changed) for changed in times.values())


def _time(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0


def _settled(changed: int) -> int:
    return _SETTLED if changed % _SECOND else _SETTLED_IN_SECONDS


def _within(folder: str) -> Iterator[str]:
    """The folders in it that hold a package's, a class's and private functions."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if (entry.name[0] in "+@" or entry.name == "private") and entry.is_dir():
                yield entry.path
                yield from _within(entry.path)
