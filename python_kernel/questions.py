"""input() and getpass.getpass(), which ask the user of the client that runs the cell."""

from __future__ import annotations

import builtins
import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
        try:
            return context.input_blocking(prompt, password=password)
        except CannotAskError as error:
            raise StdinNotImplementedError(str(error)) from None

    @contextmanager
    def asked_by_the_user(self) -> Iterator[None]:
        """In here the user's input() and getpass() are ours."""
        found = builtins.input, getpass.getpass
        builtins.input = self.input
        getpass.getpass = self.getpass
        try:
            yield
        finally:
            builtins.input, getpass.getpass = found
