"""A session's private directory: cells, helper files, spooled displays, and the FIFO for the child's records."""

from __future__ import annotations

import fcntl
import os
import stat
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress

from sdk.repl.keyboard import Keyboard
from sdk.repl.leftovers import remove_leftovers
from sdk.repl.process import Process
from sdk.repl.scanner import RECORD
from sdk.repl.temporary import remove, temporary_directory

_MOST_REMEMBERED = 1 << 16  # bytes of one file


class Session:
    """Made when a child is started, gone when it has ended. `token` is in the directory's name and in every marker."""

    def __init__(self) -> None:
        self.token = os.urandom(8).hex()
        self.path = ""
        self.fifo = ""
        self.fifo_fd = -1
        self._unfinished = b""
        self._remembered: dict[str, tuple[int, bytes]] = {}
        self._lock_fd = -1

    def open(self) -> None:
        """Create the directory (mode 0700) and the FIFO."""
        self.make_directory()
        self.fifo = os.path.join(self.path, "records")
        self._open_fifo()

    def _open_fifo(self) -> None:
        # A FIFO of this name that nobody has open is that of a killed kernel: it gets its name once it is open.
        unnamed = f"{self.fifo}-"
        with suppress(FileNotFoundError):
            os.unlink(unnamed)
        os.mkfifo(unnamed, 0o600)
        # Open for reading and writing: no end of file between two writers, and a writer never waits for us.
        self.fifo_fd = os.open(unnamed, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        os.rename(unnamed, self.fifo)

    def make_directory(self) -> None:
        """Create the directory alone."""
        # The token stands in the name, so that the path can be found in output and taken out of it.
        parent = temporary_directory()
        remove_leftovers(parent)
        self.path = os.path.join(parent, f"repl-{self.token}")
        os.mkdir(self.path, 0o700)
        self._lock()

    def _lock(self) -> None:
        """As long as we live, systemd-tmpfiles leaves the directory alone."""
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
        self._lock_fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with suppress(OSError):  # a file system without locks
            fcntl.flock(self._lock_fd, fcntl.LOCK_SH | fcntl.LOCK_NB)

    # -- somebody cleans up temporary files ----------------------------------------------------------------------------

    def remember(self) -> None:
        """Keep a copy of the small files that are there: the program is ready, and goes on using some of them."""
        for entry in os.scandir(self.path):
            if entry.is_file(follow_symlinks=False) and (found := entry.stat()).st_size <= _MOST_REMEMBERED:
                with open(entry.path, "rb") as file:
                    self._remembered[entry.name] = stat.S_IMODE(found.st_mode), file.read()

    @property
    def is_whole(self) -> bool:
        """Whether the FIFO is still where the program looks for it."""
        if self.fifo_fd < 0:
            return True
        try:
            there, ours = os.lstat(self.fifo), os.fstat(self.fifo_fd)
        except OSError:
            return False
        return (there.st_ino, there.st_dev) == (ours.st_ino, ours.st_dev)

    def mend(self) -> None:
        """Put back what is gone. Raises OSError; then the next cell tries again."""
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with suppress(FileExistsError):
            os.mkdir(self.path, 0o700)
        found = os.lstat(self.path)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise PermissionError(f"{self.path} was removed, and somebody else has put something else in its place")
        self._lock()
        for name, (mode, content) in self._remembered.items():
            if not os.path.lexists(self.file(name)):
                with open(self.file(name), "wb") as file:
                    file.write(content)
                os.chmod(self.file(name), mode)
        with suppress(FileNotFoundError):
            os.unlink(self.fifo)  # a file that the program has made by writing
        if self.fifo_fd >= 0:
            os.close(self.fifo_fd)
            self.fifo_fd = -1
        self._open_fifo()

    def close(self) -> None:
        """Remove it all."""
        if self.fifo_fd >= 0:
            os.close(self.fifo_fd)
            self.fifo_fd = -1
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1
        if self.path:
            remove(self.path)
            self.path = ""

    def file(self, name: str) -> str:
        """The path of a file of this session."""
        return os.path.join(self.path, name)

    @property
    def is_far(self) -> bool:
        """Whether the program does not see our files: all goes through the terminal, records by a way of their own."""
        return self.there != self.path

    @property
    def there(self) -> str:
        """The directory as the program sees it."""
        return self.path

    def at(self, name: str) -> str:
        """The path of a file as the program sees it."""
        return f"{self.there}/{name}"

    @property
    def is_unsettled(self) -> bool:
        """Whether what is said now is of no interest."""
        return False

    @property
    def hidden_lines(self) -> tuple[str, ...]:
        """How lines begin that are typed and whose echo is to be taken out."""
        return ()

    def take_typing(self, line: bytes = b"") -> bytes:
        """What is to be typed for the control line `line`: it is the end of that."""
        return line

    def sending(self, name: str) -> str:
        """What the program must run so that the file `name`, which it has written, can be read here."""
        return ""

    def receive_record(self, body: str) -> list[str]:
        """A record has come through the terminal, not the FIFO; the records that the driver is to be told of."""
        return [body]

    def receive_piece(self, name: str, data: bytes, *, hexadecimal: bool) -> None:
        """A piece of a file has come through the terminal."""

    def keyboard(self, process: Process) -> Keyboard:
        """Who sees whether the program waits for the keyboard."""
        return Keyboard(process)

    def write(self, name: str, content: str | bytes) -> str:
        """Write a file, and give its path. Lone surrogates become the bytes they stand for."""
        path = self.file(name)
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogateescape" if _escaped(content) else "strict")
        try:
            with open(path, "wb") as file:
                file.write(content)
        except OSError as error:
            error.filename = path  # else it is not said which disk is full
            raise
        return path

    def folder(self, name: str) -> str:
        """Make a folder in the session's; give its path as the program sees it. Only before the program starts."""
        os.makedirs(self.file(name), exist_ok=True)
        return self.at(name)

    def remove(self, *names: str) -> None:
        """Remove files, if they are there."""
        for name in names:
            with suppress(OSError):
                os.unlink(self.file(name))

    def watch(self, loop: AbstractEventLoop, callback: Callable[[], None]) -> None:
        """Call `callback` whenever there are records in the FIFO, if there is one."""
        if self.fifo_fd >= 0:
            loop.add_reader(self.fifo_fd, callback)

    def watch_no_more(self, loop: AbstractEventLoop) -> None:
        """Records are of no interest any more."""
        if self.fifo_fd >= 0:
            loop.remove_reader(self.fifo_fd)

    def records(self) -> list[str]:
        """The records that have come since the last call, without the NUL that ends each.

        One may be written as if it came through the terminal, where an interrupt may lead it.
        """
        pieces = []
        while True:
            try:
                piece = os.read(self.fifo_fd, 65536)
            except BlockingIOError:
                break
            pieces.append(piece)
            if len(piece) < 65536:
                break
        *complete, self._unfinished = (self._unfinished + b"".join(pieces)).split(b"\0")
        return [self._bare(record).decode("utf-8", "surrogateescape") for record in complete]

    def _bare(self, record: bytes) -> bytes:
        _, marked, body = record.rpartition(RECORD % self.token.encode())
        return body.removesuffix(b"\a") if marked else record


def _escaped(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else False
