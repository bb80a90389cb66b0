"""`Sink`: to whom a turn's output and questions go; `ContextSink`: to the client of one request."""

from __future__ import annotations

from typing import Protocol

from sdk.kernel.context import Context
from sdk.repl.spool import Spooled


class Sink(Protocol):
    """The driver's view of whoever asked for a turn."""

    def text(self, text: str) -> None:
        """Show what the terminal said. Never blocks."""

    def error(self, text: str) -> None:
        """Show what was said on a terminal for errors alone. Never blocks."""

    def notice(self, text: str) -> None:
        """Show a line of the kernel's own."""

    def display(self, spooled: Spooled) -> None:
        """Show something that a program displays."""

    async def ask(self, prompt: str, *, password: bool) -> str:
        """A line from the user. Raises StdinNotImplementedError or EOFError."""

    async def drain(self) -> None:
        """Wait until more may be said."""


class ContextSink:
    """Says everything with a request's context, also after the request has ended."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shown: set[str] = set()

    def text(self, text: str) -> None:
        """As stdout: the terminal knows no other."""
        self._context.pour("stdout", text)

    def error(self, text: str) -> None:
        """As stderr."""
        self._context.pour("stderr", text)

    def notice(self, text: str) -> None:
        """As stderr."""
        self._context.pour("stderr", f"{text}\n")

    def display(self, spooled: Spooled) -> None:
        """Show it; an id that this cell has shown already, or an update, changes what is there."""
        if spooled.clear:
            self._shown.clear()
            self._context.clear_output(wait=spooled.clear == "wait")
            return
        identity = spooled.display_id
        if identity is not None and (spooled.update or identity in self._shown):
            self._context.update_display_data(spooled.data, spooled.metadata, display_id=identity)
            return
        if identity is not None:
            self._shown.add(identity)
        self._context.display_data(spooled.data, spooled.metadata, display_id=identity)

    async def ask(self, prompt: str, *, password: bool) -> str:
        """Ask the client's user."""
        return await self._context.input(prompt, password=password)

    async def drain(self) -> None:
        """Wait while clients are slow."""
        await self._context.drain()
