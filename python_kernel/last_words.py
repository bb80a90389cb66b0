"""`LastWords`: a file beside the connection file that says what a kernel was doing, should its process die of it.

It is there while the kernel lives. Python's fault handler writes the stacks of all threads into it when a fatal signal
ends the process; who kills it outright (a lack of memory does) leaves what the file says already: which cell ran. The
next kernel of the session finds it and tells the user. Where the connection file is gone there is no next one: then any
kernel that begins beside it removes it, at once if it tells nothing, after a week if somebody may want to read it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sdk import Context
from sdk.named_tuple import NamedTuple

_ENDING = ".crash"
_HEAD = 512  # bytes: what the kernel says; behind it stands what the fault handler says
_LINES = 60
_KEPT = 7 * 24 * 3600.0  # seconds that an account stays which no kernel will tell


class Account(NamedTuple):
    """What a dead kernel left. `number` is that of the cell that ran, "" if none did."""

    pid: str
    number: str = ""
    cell_id: str = ""
    code: str = ""
    stacks: str = ""

    def text(self) -> str:
        """For the user."""
        doing = f"while it ran cell [{self.number}]" if self.number else "while no cell ran"
        if self.cell_id:
            doing += f" (id {self.cell_id})"
        if self.code:
            doing += f": {self.code}"
        if not self.stacks:
            why = "It left no traceback: it was killed (for lack of memory?) or ended by os._exit()."
        else:
            lines = self.stacks.splitlines()
            left_out = [f"... {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
            why = "\n".join([*lines[:_LINES], *left_out])
        return f"The kernel before this one (process {self.pid}) died {doing}\n{why}"


class LastWords:
    """Keeps the file."""

    def __init__(self, connection_file: str, tell: Callable[[str], None], stderr: Callable[[], int]) -> None:
        """`tell` says what the kernel before has left; `stderr` gives the descriptor for forked children's faults."""
        self._path = connection_file.removesuffix(".json") + _ENDING if connection_file else ""
        self._tell = tell
        self._stderr = stderr
        self._descriptor = -1
        self._longest = 0  # bytes of what was said: each is written over by the next
        self._pid = os.getpid()
        self._enable = faulthandler.enable

    @contextmanager
    def kept(self) -> Iterator[None]:
        """In here the file is there."""
        if self._path:
            with contextlib.suppress(OSError):  # a folder that cannot be written: then there is none
                self._begin()
        try:
            yield
        finally:
            if self._descriptor >= 0 and os.getpid() == self._pid:
                self._end()

    def _begin(self) -> None:
        account = read(self._path)
        if account is not None:
            self._tell(account.text())
        remove_orphans(os.path.dirname(self._path))
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with contextlib.suppress(OSError):  # the disk is full
            os.pwrite(self._descriptor, b"\n".rjust(_HEAD), 0)
        self.idle()
        os.lseek(self._descriptor, _HEAD, os.SEEK_SET)
        self._enable = faulthandler.enable
        if not faulthandler.is_enabled():  # else the user wants its words elsewhere
            faulthandler.enable(self._descriptor)
        faulthandler.enable = self._enable_here

    def _end(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        faulthandler.enable = self._enable
        faulthandler.disable()
        os.close(descriptor)
        self.discard()

    def discard(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):
            os.unlink(self._path)

    def forked(self) -> None:
        """In a forked child: its faults are shown in the cell."""
        if self._descriptor >= 0:
            faulthandler.enable = self._enable
            if faulthandler.is_enabled():
                faulthandler.enable(self._stderr())
        self._descriptor = -1

    def _enable_here(self, file: Any = None, all_threads: bool = True) -> None:
        """As faulthandler.enable, but without a file to our own: sys.stderr is read by the process that dies."""
        self._enable(self._descriptor if file is None else file, all_threads)

    def running(self, context: Context, code: str) -> None:
        """This cell runs."""
        if self._descriptor >= 0:
            first = code.lstrip().partition("\n")[0][:100].replace("\t", " ")
            self._say(f"{self._pid}\t{context.execution_count}\t{context.cell_id or ''}\t{first}")

    def idle(self) -> None:
        """No cell runs."""
        if self._descriptor >= 0:
            self._say(f"{self._pid}")

    def _say(self, text: str) -> None:
        data = text.encode("utf-8", "replace")[: _HEAD - 1]
        self._longest = max(len(data), self._longest)
        with contextlib.suppress(OSError):  # the disk is full
            os.pwrite(self._descriptor, data.ljust(self._longest), 0)


def read(path: str) -> Account | None:
    """What the file says; None when there is no such file, or it says nothing."""
    try:
        with open(path, "rb") as file:
            head, stacks = file.read(_HEAD), file.read(1 << 16)
    except OSError:
        return None
    fields = head.decode("utf-8", "replace").strip().split("\t")
    if not fields[0].isdecimal():
        return None
    pid, number, cell_id, code = (*fields, "", "", "")[:4]
    return Account(pid, number, cell_id, code, stacks.decode("utf-8", "replace").strip())


def remove_orphans(folder: str) -> None:
    """Remove the files in `folder` that dead kernels of this user have left, whose connection file is gone."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder or "."):
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):  # another kernel does the same
                if name.endswith(_ENDING) and _is_orphan(path):
                    os.unlink(path)


def _is_orphan(path: str) -> bool:
    connection_file = path.removesuffix(_ENDING)
    if os.path.lexists(connection_file) or os.path.lexists(f"{connection_file}.json"):
        return False
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_size < _HEAD:
        return False
    account = read(path)
    if account is None or _lives(int(account.pid)):
        return False
    return not (account.number or account.stacks) or time.time() - found.st_mtime > _KEPT


def _lives(pid: int) -> bool:
    """Whether a process of this user has that number, and is no corpse that nobody has waited for."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    except OverflowError:
        return True
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    return True
