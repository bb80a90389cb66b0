"""The files of cells, which debuggers know cells by: written when a client wants to set a breakpoint in one."""

from __future__ import annotations

import linecache
import os
import re
import stat
from contextlib import suppress

from python_kernel import cell_files
from sdk.debugger import DebuggerError

_LOCK = ".lock"  # in a folder that is ours: locked as long as its kernel lives
_FOLDER = re.compile(r"ipykernel_[0-9]+")


class CellFiles:
    """Writes them, and removes them when the kernel ends."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._folder = ""
        self._lock = -1

    def dump(self, code: str) -> str:
        """Write a cell's file; its name."""
        path = cell_files.name_of(code)
        folder = os.path.dirname(path)
        if folder == cell_files.folder():
            self._make_ours(folder)
        temporary = f"{path}.{os.getpid()}.new"
        try:
            with open(temporary, "w", encoding="utf-8", newline="") as file:
                file.write(code)
            os.replace(temporary, path)
        except OSError as error:
            raise DebuggerError(f"the cell's file could not be written: {error}") from None
        return path

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        folder, self._folder = self._folder, ""
        if folder and os.getpid() == self._pid:  # else it is another process's, which has forked this one
            os.close(self._lock)
            _remove(folder)

    def _make_ours(self, folder: str) -> None:
        """Everybody may write to the folder that this one lies in: somebody may have made it before us."""
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            found = os.lstat(folder)
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
                raise DebuggerError(
                    f"{folder} is not ours alone: remove it, or give the kernel another TMPDIR"
                ) from None
        except OSError as error:
            raise DebuggerError(f"the folder for the files of cells could not be made: {error}") from None
        if not self._folder:
            self._hold(folder)
            _remove_leftovers(os.path.dirname(folder))

    def _hold(self, folder: str) -> None:
        import fcntl  # start-up time: most sessions debug nothing

        lock = os.path.join(folder, _LOCK)
        with suppress(OSError):  # a file system without locks
            self._lock = os.open(f"{lock}-", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._folder = folder
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rename(f"{lock}-", lock)  # a lock of this name that nobody has is a killed kernel's


def text_of(path: str) -> str:
    """The source of a file, or of a cell that has no file. Raises DebuggerError."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        lines = linecache.getlines(path)  # where IPython keeps the cells that were run
        if not lines:
            raise DebuggerError(f"the source of {path} is not to be had: {error.strerror or error}") from None
        return "".join(lines)


def _remove_leftovers(parent: str) -> None:
    """Remove what killed kernels of this user have left; not what other programs have made, which lock nothing."""
    with suppress(OSError), os.scandir(parent) as entries:
        dead = [entry.path for entry in entries if _FOLDER.fullmatch(entry.name) and _is_dead(entry)]
        for path in dead:
            _remove(path)


def _is_dead(entry: os.DirEntry[str]) -> bool:
    import fcntl  # start-up time

    try:
        if not entry.is_dir(follow_symlinks=False) or entry.stat(follow_symlinks=False).st_uid != os.geteuid():
            return False
        lock = os.open(os.path.join(entry.path, _LOCK), os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


def _remove(folder: str) -> None:
    import shutil  # start-up time

    shutil.rmtree(folder, ignore_errors=True)
