"""`FarSession`: a session of a program that does not see this machine's files, because it runs behind a prefix.

The session has two directories: one here, for what the far side sends, and one there, for what the program reads. Both
ways go through the terminal: files to the far side as lines that the program is told (`FarLines`), records and files
from there as markers in the output, written by the helpers there.
"""

from __future__ import annotations

import re
import time
from binascii import Error, a2b_base64, unhexlify
from collections.abc import Iterator
from urllib.parse import unquote

from sdk.repl.far_lines import BashLines, FarLines, quietly
from sdk.repl.far_process import FarKeyboard, FarProcess
from sdk.repl.far_report import Reports
from sdk.repl.process import Process
from sdk.repl.session import Session

_PROGRAM = 0.001  # seconds of a turn in which a program may have run and changed the terminal
_LONGEST_LINE = 3500  # bytes; a terminal takes 4095
_NAME = re.compile(r"\w[\w.-]*", re.ASCII)
_MOST = 256 << 20  # bytes of one file that are taken from the far side


class FarSession(Session):
    """Both directories, and what is on the way between them."""

    def __init__(self, folder: str = "/tmp", lines: FarLines | None = None) -> None:
        """`lines`: how the program is told things; without them it is a bash."""
        super().__init__()
        self._there = f"{folder.rstrip('/')}/far-repl-{self.token}"
        self._to_type = bytearray()
        self.reports = Reports()
        self._began = self._lasted = 0.0
        self._unreported = False  # whether a turn has begun, and has not reported its end
        self._programs_lines = lines or BashLines()
        self._lines: FarLines = BashLines()  # first there is a bash, whose place the program takes
        self._launched = False

    def open(self) -> None:
        """Create the directory here (mode 0700)."""
        self.make_directory()

    @property
    def there(self) -> str:
        """The directory as the program sees it."""
        return self._there

    @property
    def is_of_bash(self) -> bool:
        """Whether the program is a bash."""
        return self._programs_lines.is_bash

    @property
    def hidden_lines(self) -> tuple[str, ...]:
        """How the lines begin whose echo is to be taken out."""
        beginnings = BashLines().beginnings(self)
        return beginnings if self.is_of_bash else (*beginnings, *self._programs_lines.beginnings(self))

    def folder(self, name: str) -> str:
        """Make a folder there, before the program starts; give its path there."""
        self._type(quietly(self, f"\\command mkdir -p '{self.at(name)}'; }}\n"))
        return self.at(name)

    def write(self, name: str, content: str | bytes) -> str:
        """Put a file into the directory there, before the next control line; give its path there."""
        for line in self.put_lines(name, content):
            self._type(line)
        return self.at(name)

    def put_lines(self, name: str, content: str | bytes) -> Iterator[str]:
        """The lines that make the program, or the bash before it, write the file `name`."""
        return self._lines.put(self, name, content)

    def remove(self, *names: str) -> None:
        """Remove files here, and there before the next control line."""
        super().remove(*names)
        self._type(self._lines.remove(self, names))

    def _type(self, line: str) -> None:
        self._to_type += line.encode("utf-8", "surrogateescape")

    def take_typing(self, line: bytes = b"") -> bytes:
        """What is to be typed for the control line `line`: files and the like, then the line itself."""
        typing, self._to_type = bytes(self._to_type), bytearray()
        lines = self._lines
        if typing:
            typing = lines.before(self).encode() + typing
        if self._lasted > _PROGRAM:
            typing += lines.after_program(self).encode()
            self._lasted = 0.0
        if lines.are_statements and line and len(typing) + len(line) < _LONGEST_LINE:
            typing = typing.replace(b"\n", b"")
        typing += line
        if self._unreported or self.reports.pressed:
            self.reports.unsettled = lines.loses_lines
            self._unreported = self.reports.pressed = False
        if self._launched:
            self._lines = self._programs_lines
        self.reports.typed()
        return typing

    @property
    def hush(self) -> tuple[bytes, bytes]:
        """What to type so that the terminal there does not echo and says so, and what so that it echoes again."""
        lines = self._programs_lines
        return lines.quiet(self).encode(), lines.echo(self).encode()

    @property
    def farewell(self) -> bytes:
        """What to type when the program shall end."""
        return self._programs_lines.farewell(self).encode()

    @property
    def is_unsettled(self) -> bool:
        """Whether what is said now is only what an interrupt has left behind."""
        return self.reports.unsettled

    def launch_line(self, command: str) -> None:
        """Let `command` be typed as what takes the place of the first shell there."""
        relay = "" if self.is_of_bash else f"\\builtin . {self.at('begin.bash')} {self.there} {self.token}; "
        self._type(quietly(self, f"{relay}\\exec {command}; }}\n"))
        self._launched = True

    def sending(self, name: str) -> str:
        """The command, to be run there, that sends the file `name` here."""
        return self._programs_lines.send(self, name)

    def keyboard(self, process: Process) -> FarKeyboard:
        """Who knows what the far side reports."""
        assert isinstance(process, FarProcess)
        return FarKeyboard(process)

    # -- what comes from there -----------------------------------------------------------------------------------------

    def receive_record(self, body: str) -> list[str]:
        """A record has come through the terminal; some are of no interest to the driver."""
        record = unquote(body, errors="surrogateescape")
        kind, _, rest = record.partition(" ")
        if kind == "W":
            self.reports.receive(rest)
            return []
        if kind == "Q":
            self.reports.unsettled = False
            self.reports.on_quiet()
            return []
        if kind == "S":
            self._unreported = True
            self.reports.begin()
            self._began = time.monotonic()
        elif kind == "D":
            self._unreported = False
            self._lasted = time.monotonic() - self._began
        return [record]

    def receive_piece(self, name: str, data: bytes, *, hexadecimal: bool) -> None:
        """A piece of the file `name` has come; an empty one begins it. What is not well formed is left out."""
        if not _NAME.fullmatch(name):
            return
        path = self.file(name)
        try:
            decoded = unhexlify(data) if hexadecimal else a2b_base64(data)
            with open(path, "ab" if data else "wb") as file:
                if file.tell() < _MOST:
                    file.write(decoded)
        except (Error, ValueError, OSError):
            return

    def records(self) -> list[str]:
        """There is no FIFO."""
        return []
