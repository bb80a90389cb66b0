"""`ErrorTerminal`: a second pseudo terminal for what programs write to their standard error.

They see a terminal there too, and write line by line; which of the two was written to first, the system does not tell.
The keyboard and the jobs belong to the first one. The program itself opens it when it is up: a shell that began with it
would take it for the terminal of its jobs.
"""

from __future__ import annotations

import fcntl
import os
import struct
import termios

_OFLAG, _LFLAG = 1, 3


class ErrorTerminal:
    """Both ends. Ours of the program's side stays open, so that a program may close its own and open it again."""

    def __init__(self, fd: int, theirs: int) -> None:
        self.fd = fd
        self.name = os.ttyname(theirs)
        self._theirs = theirs

    @classmethod
    def make(cls, file: str, dimensions: tuple[int, int] | None) -> ErrorTerminal:
        """Make one, and write its name into `file`, for the program."""
        fd, theirs = os.openpty()
        os.set_blocking(fd, False)
        modes = termios.tcgetattr(theirs)
        modes[_OFLAG] &= ~termios.OPOST
        modes[_LFLAG] &= ~termios.ECHO
        termios.tcsetattr(theirs, termios.TCSANOW, modes)
        made = cls(fd, theirs)
        if dimensions is not None:
            made.set_size(*dimensions)
        with open(file, "w", encoding="utf-8") as named:
            named.write(f"{made.name}\n")
        return made

    def set_size(self, rows: int, columns: int) -> None:
        """As the first terminal's."""
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self) -> bytes:
        """What can be read now."""
        try:
            return os.read(self.fd, 65536)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """Close both ends."""
        if self.fd >= 0:
            os.close(self.fd)
            os.close(self._theirs)
            self.fd = self._theirs = -1
