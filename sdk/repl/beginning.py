"""`Beginning`: what a program says while it starts, for the first cell to show. Nobody answers its questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # start-up time
    from sdk.repl.spool import Spooled

_HALF = 1000  # characters that are kept of the beginning, and of the end


class Beginning:
    """A sink that remembers, within limits."""

    def __init__(self) -> None:
        self._first = ""
        self._last = ""
        self._left_out = 0

    @property
    def heard(self) -> str:
        """What was said: its first and its last words, without the empty lines around them."""
        gap = f"\n[... {self._left_out} characters ...]\n" if self._left_out else ""
        return f"{self._first}{gap}{self._last}".strip()

    def text(self, text: str) -> None:
        """Keep it."""
        room = _HALF - len(self._first)
        self._first += text[:room]
        last = self._last + text[room:]
        self._last = last[-_HALF:]
        self._left_out += len(last) - len(self._last)

    def error(self, text: str) -> None:
        """Keep it too."""
        self.text(text)

    def notice(self, text: str) -> None:
        """There is nobody to tell."""

    def display(self, spooled: Spooled) -> None:
        """There is nobody to show it to."""

    async def ask(self, prompt: str, *, password: bool) -> str:
        """There is nobody to ask: raises EOFError."""
        self.text(prompt)
        raise EOFError

    async def drain(self) -> None:
        """Nobody is slow."""
