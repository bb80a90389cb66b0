"""Where a run of the tests has its home and its temporary files: a folder of its own, gone when the run has ended.

What tests and kernels leave behind is in the temporary directory: nothing of ours may be there at the end.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from sdk.repl.leftovers import remove_leftovers

_BEGINNING = "t-"  # short: the paths of sockets are no longer than 107 characters, and podman's than 50
_MARK = "tests-of-the-jupyter-kernel-sdk"
# For who reads it when the kernel has ended; and what the next kernel removes a minute after one was killed.
_STAYS = re.compile(r"kernel-output-\d+|.*\.crash|kernel-values-\w+")
# What kernels and tests make. Browsers, IPython, distributed and others leave folders of other names.
_OURS = re.compile(r"(far-|)repl-.*|kernel-.*|ipykernel_.*|ipython_profile_.*|unprivileged-.*|forgotten-.*")
_PATIENCE = 10.0  # seconds in which the last processes of a run end


class Place:
    """The folder of a run, with one for each of its workers in it."""

    def __init__(self, folder: str = "") -> None:
        """`folder`: that of the run which this process is a worker of; without it, this process makes one."""
        self._lock = -1
        self.folder = Path(folder) if folder else self._made()

    @property
    def is_ours(self) -> bool:
        """Whether this process has made it."""
        return self._lock >= 0

    def _made(self) -> Path:
        parent = tempfile.gettempdir()
        _remove_leftovers(Path(parent))
        folder = Path(tempfile.mkdtemp(prefix=_BEGINNING, dir=parent))
        folder.chmod(0o755)  # tests are other users, too
        self._lock = os.open(folder / _MARK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return folder

    def of(self, worker: str) -> dict[str, str]:
        """The environment of a worker."""
        home, temporary = self.folder / worker / "home", self.folder / worker / "tmp"
        home.mkdir(parents=True)
        temporary.mkdir()
        temporary.chmod(0o1777)
        return {"HOME": str(home), "TMPDIR": str(temporary)}

    def left(self) -> list[str]:
        """What there still is in the temporary directories after a while, and the next kernel does not remove."""
        for folder in self.folder.glob("*/tmp"):
            remove_leftovers(str(folder))
        end = time.monotonic() + _PATIENCE
        while (found := self._there()) and time.monotonic() < end:
            time.sleep(0.05)  # it is looked again
        return found

    def _there(self) -> list[str]:
        paths = [path for path in self.folder.glob("*/tmp/*") if _OURS.fullmatch(path.name)]
        return sorted(self._shown(path) for path in paths if not _STAYS.fullmatch(path.name))

    def _shown(self, path: Path) -> str:
        held = sorted(one.name for one in path.glob("*")) if path.is_dir() else []
        return str(path.relative_to(self.folder)) + (f" ({', '.join(held[:5])})" if held else "")

    def close(self) -> None:
        """Remove it, if this process has made it."""
        if self.is_ours:
            shutil.rmtree(self.folder, ignore_errors=True)
            os.close(self._lock)


def _remove_leftovers(parent: Path) -> None:
    """Those of runs that were killed."""
    for mark in parent.glob(f"{_BEGINNING}????????/{_MARK}"):
        with suppress(OSError):
            lock = os.open(mark, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(mark.parent, ignore_errors=True)
            finally:
                os.close(lock)
