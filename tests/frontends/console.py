"""`jupyter console` on a terminal of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pexpect
import psutil

from tests.frontends.programs import LIMIT, PYTHON, end

_SEQUENCE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|[ -/]*[0-~])|\r")
_UNFINISHED = re.compile(r"\x1b(\[[0-?]*[ -/]*|\][^\x07\x1b]*)?$")


class Console:
    """What stands on the terminal, in the order in which it came, without colours."""

    def __init__(self, child: pexpect.spawn[str]) -> None:
        self.child = child
        self._raw = ""
        self._seen = 0

    def shows(self, pattern: str) -> re.Match[str]:
        """Wait until `pattern` comes after what was last found."""
        regex = re.compile(pattern)

        def found() -> re.Match[str] | None:
            return regex.search(self._text(), self._seen)

        while (match := found()) is None:
            try:
                self._raw += cast("str", self.child.read_nonblocking(size=65536, timeout=LIMIT))
            except (pexpect.TIMEOUT, pexpect.EOF) as error:
                raise AssertionError(f"no {pattern!r} after {type(error).__name__} in:\n{self._text()}") from None
        self._seen = match.end()
        return match

    def prompt(self, number: int) -> None:
        """Wait for `In [number]:`."""
        self.shows(rf"In \[{number}\]: ")

    def type(self, keys: str) -> None:
        """Type `keys`."""
        self.child.send(keys)

    def line(self, text: str) -> None:
        """Type `text` and Enter."""
        self.child.send(f"{text}\r")

    def ends(self) -> int | None:
        """Wait for the end; the exit status."""
        while True:
            try:
                self._raw += cast("str", self.child.read_nonblocking(size=65536, timeout=LIMIT))
            except pexpect.EOF:
                break
        self.child.wait()
        return self.child.exitstatus

    @property
    def raw(self) -> str:
        """All that came so far, with its sequences."""
        return self._raw

    def kernel(self) -> psutil.Process:
        """The kernel that the console has started."""
        return next(one for one in psutil.Process(self.child.pid).children() if "-f" in one.cmdline())

    def _text(self) -> str:
        whole = _UNFINISHED.sub("", self._raw)
        return _SEQUENCE.sub("", whole)


@contextmanager
def console(environment: Mapping[str, str], folder: Path, arguments: Sequence[str]) -> Iterator[Console]:
    """A running console; whatever happens, it and its kernel are ended."""
    # What does not answer where the cursor is must say so.
    env = {**environment, "PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm-256color"}
    child = pexpect.spawn(
        PYTHON,
        ["-m", "jupyter_console", *arguments],
        env=env,
        cwd=str(folder),
        dimensions=(40, 120),
        encoding="utf-8",
        timeout=LIMIT,
    )
    child.delaybeforesend = None
    try:
        yield Console(child)
    finally:
        if child.isalive():
            end(psutil.Process(child.pid), reaped=lambda: not child.isalive())
        child.close()
