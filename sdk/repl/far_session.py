"""`FarSession`: a session of a program that does not see this machine's files, because it runs behind a prefix.

The session has two directories: one here, for what the far side sends, and one there, for what the program reads. Both
ways go through the terminal: files to the far side as lines that its bash is told (`put_lines`), records and files from
there as markers in the output, written by the helpers of `far_setup`.
"""

from __future__ import annotations

import re
import time
from binascii import Error, a2b_base64, unhexlify
from collections.abc import Iterator
from urllib.parse import unquote

from sdk.repl.far_process import FarKeyboard, FarProcess
from sdk.repl.far_report import Reports
from sdk.repl.process import Process
from sdk.repl.session import Session

_PIECE = 1800  # characters of a file in one line, which must stay below 4096 bytes: the terminal takes no longer ones
_PROGRAM = 0.001  # seconds of a turn in which a program may have run and changed the terminal
_NAME = re.compile(r"\w[\w.-]*", re.ASCII)
_MOST = 256 << 20  # bytes of one file that are taken from the far side
_SPECIAL = {code: f"\\{code:03o}" for code in (*range(1, 32), 127, ord("!"), ord("'"), ord("\\"))}
_SPECIAL |= {0: "", ord("\n"): "\\n", ord("\t"): "\\t"}  # a NUL cannot stand in a variable of bash


class FarSession(Session):
    """Both directories, and what is on the way between them."""

    def __init__(self, folder: str = "/tmp") -> None:
        super().__init__()
        self._there = f"{folder.rstrip('/')}/far-repl-{self.token}"
        self._to_type = bytearray()
        self._arrived: list[str] = []
        self.reports = Reports()
        self._began = self._lasted = 0.0

    def open(self) -> None:
        """Create the directory here (mode 0700)."""
        self.make_directory()

    @property
    def there(self) -> str:
        """The directory as the program sees it."""
        return self._there

    @property
    def hidden_lines(self) -> tuple[str, ...]:
        """How the lines begin whose echo is to be taken out."""
        return (f" {{ \\__k_far_put {self.token} ", self._quietly(""))

    def write(self, name: str, text: str) -> str:
        """Put a file into the directory there, before the next control line; give its path there."""
        for line in self.put_lines(name, text):
            self._to_type += line.encode("utf-8", "surrogateescape")
        return self.at(name)

    def put_lines(self, name: str, text: str) -> Iterator[str]:
        """The lines that make bash write `text` into the file `name`. They need no program, only bash's own quoting."""
        pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)] or [""]
        while pieces:
            piece = pieces.pop(0)
            quoted = piece.translate(_SPECIAL)
            if len(quoted.encode("utf-8", "surrogateescape")) > 2 * _PIECE:
                pieces[:0] = [piece[: len(piece) // 2], piece[len(piece) // 2 :]]
                continue
            more = " +" if pieces else ""
            yield f" {{ \\__k_far_put {self.token} '{name}' $'{quoted}'{more}; }} 2>/dev/null\n"

    def take_typing(self) -> bytes:
        """What is to be typed before the next control line."""
        typing, self._to_type = bytes(self._to_type), bytearray()
        if self._lasted > _PROGRAM:
            typing += self._quietly("\\__k_far_tty; } 2>/dev/null\n").encode()
            self._lasted = 0.0
        self.reports.typed()
        return typing

    @property
    def hush(self) -> tuple[bytes, bytes]:
        """What to type so that the terminal there does not echo and says so, and what so that it echoes again."""
        quiet, again = (self._quietly(f"\\{name}; }} 2>/dev/null\n") for name in ("__k_far_hush", "__k_far_tty"))
        return quiet.encode(), again.encode()

    @property
    def farewell(self) -> bytes:
        """What to type when the program shall end."""
        return self._quietly("\\__k_far_bye; } 2>/dev/null\n").encode()

    def launch_line(self, command: str) -> None:
        """Let `command` be typed as what takes the place of the first shell there."""
        self._to_type += self._quietly(f"\\exec {command}; }}\n").encode()

    def _quietly(self, command: str) -> str:
        return f" {{ : {self.token}; {command}"

    def sending(self, name: str) -> str:
        """The shell command, to be run there, that sends the file `name` here."""
        return f"\\sh '{self.at('send')}' '{name}'; "

    def keyboard(self, process: Process) -> FarKeyboard:
        """Who knows what the far side reports."""
        assert isinstance(process, FarProcess)
        return FarKeyboard(process)

    # -- what comes from there -----------------------------------------------------------------------------------------

    def receive_record(self, body: str) -> None:
        """A record has come through the terminal."""
        record = unquote(body, errors="surrogateescape")
        kind, _, rest = record.partition(" ")
        if kind == "W":
            self.reports.receive(rest)
            return
        if kind == "Q":
            self.reports.on_quiet()
            return
        if kind == "S":
            self.reports.begin()
            self._began = time.monotonic()
        elif kind == "D":
            self._lasted = time.monotonic() - self._began
        self._arrived.append(record)

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
        """The records that have come since the last call."""
        arrived, self._arrived = self._arrived, []
        return arrived
