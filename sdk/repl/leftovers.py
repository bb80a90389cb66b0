"""Removes the directories of sessions whose kernel has been killed."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import time
from contextlib import suppress

from sdk.repl.temporary import remove

_SESSION = re.compile(r"repl-[0-9a-f]{16}")
_YOUNG = 60.0  # seconds in which a directory may not be locked yet


def remove_leftovers(parent: str) -> None:
    """Remove the sessions' directories in `parent` that are this user's and no living kernel's."""
    with suppress(OSError), os.scandir(parent) as entries:
        dead = [entry.path for entry in entries if _SESSION.fullmatch(entry.name) and _is_dead(entry)]
        for path in dead:
            remove(path)


def _is_dead(entry: os.DirEntry[str]) -> bool:
    """A kernel keeps its session's FIFO open for reading, from before it has its name to its own end.

    Where there is none, because the program is far, it keeps a lock.
    """
    try:
        if not entry.is_dir(follow_symlinks=False) or entry.stat(follow_symlinks=False).st_uid != os.geteuid():
            return False
        os.close(os.open(os.path.join(entry.path, "records"), os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW))
    except OSError as error:
        return error.errno == errno.ENXIO or (error.errno == errno.ENOENT and _is_unlocked(entry))
    return False


def _is_unlocked(entry: os.DirEntry[str]) -> bool:
    descriptor = -1
    try:
        if time.time() - entry.stat(follow_symlinks=False).st_ctime < _YOUNG:
            return False
        descriptor = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        if descriptor >= 0:
            os.close(descriptor)
    return True
