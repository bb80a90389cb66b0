"""The files of cells, which debuggers know cells by: written when a client wants to set a breakpoint in one."""

from __future__ import annotations

import linecache
import os
import stat

from python_kernel import cell_files
from sdk.debugger import DebuggerError


def dump(code: str) -> str:
    """Write a cell's file; its name."""
    path = cell_files.name_of(code)
    folder = os.path.dirname(path)
    if folder == cell_files.folder():
        _make_ours(folder)
    temporary = f"{path}.{os.getpid()}.new"
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            file.write(code)
        os.replace(temporary, path)
    except OSError as error:
        raise DebuggerError(f"the cell's file could not be written: {error}") from None
    return path


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


def _make_ours(folder: str) -> None:
    """Everybody may write to the folder that this one lies in: somebody may have made it before us."""
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        found = os.lstat(folder)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
            raise DebuggerError(f"{folder} is not ours alone: remove it, or give the kernel another TMPDIR") from None
    except OSError as error:
        raise DebuggerError(f"the folder for the files of cells could not be made: {error}") from None
