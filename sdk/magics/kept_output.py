"""The files in which all of a long cell's output is: a bounded number, in a private folder of the temporary directory.

They stay when their kernel has ended, for who reads them after a run without a front-end.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from typing import IO

MOST = 50
"""Files that are kept, of all kernels of a user together."""

LARGEST = 2 * 2**30
"""Bytes that all but the newest may have."""


def new_kept_file() -> IO[str]:
    """A file for one cell, open; older ones make room for it. Raises OSError."""
    folder = _folder()
    _make_room(folder)
    return tempfile.NamedTemporaryFile(  # whoever asked closes it
        "w", encoding="utf-8", errors="replace", prefix="cell-output-", suffix=".txt", dir=folder, delete=False
    )


def _folder() -> str:
    path = os.path.join(tempfile.gettempdir(), f"kernel-output-{os.getuid()}")
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        return tempfile.mkdtemp(prefix="kernel-output-")  # somebody else has made it
    return path


def _make_room(folder: str) -> None:
    """Remove the oldest, until there are not too many. Another kernel may do the same."""
    found = []
    for entry in os.scandir(folder):
        with suppress(OSError):
            if entry.is_file(follow_symlinks=False):
                known = entry.stat(follow_symlinks=False)
                found.append((known.st_mtime, known.st_size, entry.path))
    size = 0
    for number, (_, length, path) in enumerate(sorted(found, reverse=True), start=1):
        size += length
        if number >= MOST or (number > 1 and size > LARGEST):
            with suppress(OSError):
                os.unlink(path)
