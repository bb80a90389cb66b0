"""input(), getpass.getpass() and sys.stdin, which ask the user of the client that runs the cell."""

from __future__ import annotations

import builtins
import contextlib
import getpass
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from IPython.core.error import StdinNotImplementedError

from python_kernel.contexts import Contexts
from sdk import StdinNotImplementedError as CannotAskError


class Questions:
    """Asks in the name of the request that the asking code works for."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts

    def input(self, prompt: object = "", /) -> str:
        """Read a line from the user. Raises EOFError, and StdinNotImplementedError when the client cannot ask."""
        return self._ask(str(prompt), password=False)

    def getpass(self, prompt: object = "Password: ", stream: Any = None, *, echo_char: str | None = None) -> str:
        """Read a line that is not shown. `stream` and `echo_char` mean something on terminals only."""
        return self._ask(str(prompt), password=True)

    def _ask(self, prompt: str, *, password: bool) -> str:
        context = self._contexts.current()
        if context is None:
            raise StdinNotImplementedError("no cell has been run, so there is nobody to ask")
        self._contexts.catch_up()
        try:
            return context.input_blocking(prompt, password=password)
        except CannotAskError as error:
            raise StdinNotImplementedError(str(error)) from None

    @contextmanager
    def asked_by_the_user(self) -> Iterator[None]:
        """In here the user's input(), getpass() and sys.stdin are ours, and children read nothing."""
        found = builtins.input, getpass.getpass, sys.stdin
        builtins.input = self.input
        getpass.getpass = self.getpass
        sys.stdin = InputStream(self)
        try:
            with _nothing_to_read():
                yield
        finally:
            builtins.input, getpass.getpass, sys.stdin = found


class InputStream(io.TextIOBase):
    """sys.stdin. A line is asked of the user; where nobody can be asked the stream is at its end.

    Many front-ends cannot send an end of input, so an empty answer ends what reads all there is (`read()`).
    """

    encoding = "UTF-8"
    errors = "strict"
    name = "<stdin>"
    mode = "r"

    def __init__(self, questions: Questions) -> None:
        super().__init__()
        self._questions = questions
        self._rest = ""

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # TextIOBase's does not take None
        """One line, or its first `size` characters; "" at the end."""
        line = self._rest or self._line()
        length = len(line) if size is None or size < 0 else size
        self._rest = line[length:]
        return line[:length]

    def read(self, size: int | None = -1, /) -> str:
        """`size` characters of a line, or all lines up to the end of input or to an empty one."""
        if size is not None and size >= 0:
            return self.readline(size)
        lines = [self._rest]
        self._rest = ""
        while (line := self._line()) not in ("", "\n"):
            lines.append(line)
        return "".join(lines)

    def _line(self) -> str:
        try:
            return f"{self._questions.input()}\n"
        except (EOFError, StdinNotImplementedError):
            return ""

    @property
    def buffer(self) -> io.BufferedIOBase:
        """A stream of bytes."""
        return cast(io.BufferedIOBase, io.BufferedReader(_Bytes(self), 1))

    def fileno(self) -> int:
        """The descriptor that children inherit."""
        return 0

    def isatty(self) -> bool:
        """No."""
        return False

    def readable(self) -> bool:
        """Yes."""
        return True

    def close(self) -> None:
        """Nothing: other cells read it too."""


class _Bytes(io.RawIOBase):
    """`sys.stdin.buffer`."""

    def __init__(self, stream: InputStream) -> None:
        super().__init__()
        self._stream = stream
        self._rest = b""

    def readinto(self, target: Any) -> int:
        data = self._rest or self._stream.readline().encode("utf-8", "surrogatepass")
        taken, self._rest = data[: len(target)], data[len(target) :]
        target[: len(taken)] = taken
        return len(taken)

    def readable(self) -> bool:
        return True


@contextmanager
def _nothing_to_read() -> Iterator[None]:
    """In here descriptor 0 is at its end: a child that reads it must not wait for a terminal, or for ever."""
    try:
        found = os.dup(0)
    except OSError:  # closed: so children have none
        yield
        return
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # the user's code closed it
            os.dup2(found, 0)
        os.close(found)
