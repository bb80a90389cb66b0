"""`ipykernel.inprocess.ipkernel`: a Python kernel that a program holds in its hands."""

from __future__ import annotations

import builtins
import getpass
import sys
from collections.abc import Sequence
from typing import Any

from jupyter_client.session import Session
from traitlets import Any as AnyTrait
from traitlets import List, Type

from python_kernel.shell import ZMQInteractiveShell

from ..ipkernel import IPythonKernel
from .constants import INPROCESS_KEY
from .socket import DummySocket


class InProcessInteractiveShell(ZMQInteractiveShell):
    """Leaves the program's environment alone, and the loop of its GUI."""

    def init_environment(self) -> None:
        """Nothing: it is the program's."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Nothing: the program has a loop of its own, or none."""
        self.active_eventloop = gui or None


class InProcessKernel(IPythonKernel):
    """`frontends` get what it says."""

    frontends: Any = List()
    raw_input_str: Any = AnyTrait()
    stdout: Any = AnyTrait()
    stderr: Any = AnyTrait()
    shell_class: Any = Type(InProcessInteractiveShell)

    def __init__(self, **traits: Any) -> None:
        self.given_module, self.given_ns = traits.pop("user_module", None), traits.pop("user_ns", None)
        super().__init__(**traits)

    def _session_default(self) -> Any:
        return Session(parent=self, key=INPROCESS_KEY)

    def _iopub_socket_default(self) -> Any:
        return DummySocket()

    def _stdout_default(self) -> Any:
        return self.streams["stdout"]

    def _stderr_default(self) -> Any:
        return self.streams["stderr"]

    def start(self) -> None:
        """It is there."""
        if self.shell is not None:
            self.shell.exit_now = False

    async def answer(self, msg: dict[str, Any], identity: bytes) -> None:
        """Answer a request."""
        program = builtins.input, getpass.getpass
        self._program = program
        await self._core.inside.receive("shell", msg, [identity])

    _program: Any = None

    def ask_program(self, prompt: str, password: bool) -> str:
        """Ask on the program's own stdin."""
        found = sys.stdout
        sys.stdout = sys.__stdout__
        try:
            ask = (self._program or (builtins.input, getpass.getpass))[password]
            return str(ask(prompt))
        finally:
            sys.stdout = found

    def say(self, channel: str, message: dict[str, Any], identities: Sequence[bytes]) -> None:
        """Give a message to those whom it concerns."""
        clients = [one for one in self.frontends if channel == "iopub" or one.session.bsession in identities]
        if channel == "stdin":
            self.raw_input_str = None
        for client in clients:
            taker = getattr(client, f"{channel}_channel")
            (taker.call_handlers if channel == "stdin" else taker.call_handlers_later)(message)
        if channel == "stdin" and self.raw_input_str is not None:
            self._core.inside.answer_input(message, self.raw_input_str, identities)
