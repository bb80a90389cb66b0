"""`private_folder`: a directory that is nobody else's, in memory where the machine has such a place, gone after use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

_IN_MEMORY = "/dev/shm"
_BEGINNING = "kernel-values-"
_YOUNG = 60.0  # seconds in which a directory may not be locked yet


def places() -> list[str]:
    """Where to try: memory first, then the temporary directory."""
    import tempfile  # when values go from one language to another

    usual = os.path.realpath(tempfile.gettempdir())
    in_memory = [_IN_MEMORY] if os.access(_IN_MEMORY, os.W_OK | os.X_OK) else []
    return [*in_memory, *([usual] if usual not in in_memory else [])]


@contextmanager
def private_folder(place: str = "") -> Iterator[str]:
    """A new directory in `place` (by default the first of `places`); its files stay readable to who has them open."""
    import fcntl  # when values go from one language to another
    import shutil
    import tempfile

    parent = place or places()[0]
    _remove_leftovers(parent)
    path = tempfile.mkdtemp(prefix=_BEGINNING, dir=parent)
    held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(held)


class Kept:
    """A private folder that is there as long as somebody has this object."""

    def __init__(self, place: str) -> None:
        import weakref  # when values go from one language to another

        stack = ExitStack()
        self.folder = stack.enter_context(private_folder(place))
        self.close = weakref.finalize(self, stack.close)
        """Call it when the folder is no more wanted, or leave that to the object's end."""


def _remove_leftovers(parent: str) -> None:
    """Remove what killed kernels have left: memory that nobody would give back."""
    import shutil
    import time

    for entry in os.scandir(parent):
        with suppress(OSError):
            if not entry.name.startswith(_BEGINNING) or not entry.is_dir(follow_symlinks=False):
                continue
            found = entry.stat(follow_symlinks=False)
            if found.st_uid == os.getuid() and time.time() - found.st_ctime > _YOUNG and not _is_held(entry.path):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_held(path: str) -> bool:
    import fcntl

    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
