"""Prompts: finds one at the end of a line. Pure.

A prompt is one only at the end of what was said; whether it is the end, and whether the program reads now, is for
others to know. The continuation prompt is looked for first: `> ` is also the end of `>> `.
"""

from __future__ import annotations

import re
import secrets
from typing import NamedTuple

LONGEST = 512
"""Characters of an unfinished line in which a prompt is looked for."""

_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\a\x1b]*(?:\a|\x1b\\)|\x1b[()][0-9A-Za-z]|\x1b[=>78]|[\x01\x02]")


class Found(NamedTuple):
    """A prompt stands at the end of a line, from `start` on."""

    start: int
    continuation: bool


class Prompts:
    """The two prompts, as they are now."""

    sure = ""
    """The text of a prompt that nobody else prints."""

    def __init__(self, prompt: str, continuation: str = "") -> None:
        """Regular expressions. Raises re.error."""
        self._patterns = [
            (re.compile(rf"(?:{pattern})\Z"), is_continuation)
            for pattern, is_continuation in ((continuation, True), (prompt, False))
            if pattern
        ]

    def at_end(self, line: str) -> Found | None:
        """The prompt with which `line`, an unfinished one, ends."""
        plain, places = _without_escapes(line)
        for pattern, is_continuation in self._patterns:
            if (match := pattern.search(plain)) is not None:
                start = match.start()
                return Found(places[start - 1] + 1 if start else 0, is_continuation)
        return None


class RandomPrompts(Prompts):
    """Prompts that occur nowhere else. `continuation`: a regular expression for one that cannot be set."""

    def __init__(self, continuation: str | None = None) -> None:
        nonce = secrets.token_hex(5)
        # Some programs have room for 19 characters, and some take the blank at the end away.
        self.sure = f"k{nonce}> "
        self._texts = {"{prompt}": self.sure, "{continuation}": f"k{nonce}+ "}
        super().__init__(f"k{nonce}> ?", rf"k{nonce}\+ ?" if continuation is None else continuation)

    def fill(self, text: str) -> str:
        """Put the prompts into `text`."""
        for name, prompt in self._texts.items():
            text = text.replace(name, prompt)
        return text


def _without_escapes(line: str) -> tuple[str, list[int] | range]:
    """The line as it is seen, and where each of its characters stood."""
    if "\x1b" not in line and "\x01" not in line:
        return line, range(len(line))
    kept: list[str] = []
    places: list[int] = []
    position = 0
    for match in [*_ESCAPE.finditer(line), None]:
        end = match.start() if match is not None else len(line)
        kept.append(line[position:end])
        places += range(position, end)
        position = match.end() if match is not None else end
    return "".join(kept), places
