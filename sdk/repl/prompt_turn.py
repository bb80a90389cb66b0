"""`PromptTurn`: a turn of lines, each typed at a prompt, and how it ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import Enum

from sdk.repl.sink import Sink
from sdk.repl.turn import Turn

LONGEST_TAIL = 8000
"""Characters of the end of a cell's output in which its error is looked for."""


class Verdict(Enum):
    """What is known of how the cell went."""

    ENDED = "it ended; nothing tells how"
    OK = "it said that it came to its end"
    FAILED = "it ended, and did not say so"
    UNFINISHED = "its code ends in the middle of something"


class Words:
    """The words that one turn may print, and nobody else can."""

    def __init__(self, token: str, number: int) -> None:
        self.ok = f"ok-{token[:8]}-{number}"
        self.sentinel = f"end-{token[:8]}-{number}"


class PromptTurn(Turn):
    """What the driver keeps of it."""

    def __init__(self, number: int, lines: Sequence[str], words: Words, sink: Sink, *, tells: bool) -> None:
        """`tells`: whether success prints the word for it."""
        super().__init__(number, b"", sink)
        self.begun = True
        self.lines = deque(lines)
        self.words = words
        self.tells = tells
        self.is_question = False
        """Whether it is a question of the kernel's own, which no interrupt may cost the program its life."""
        self.discards = False
        """Whether what is said is of no interest any more."""
        self.came_to_end = False
        self.passed_prompt = False
        """Whether a prompt that nobody else prints was followed by text: a timer's or a thread's, or the cell's own."""
        self.sentinel_typed = self.sentinel_seen = False
        self.unfinished = 0
        self._over_from = 0
        self.tail = ""

    def heard(self, text: str, *, whole: bool = False) -> str:
        """Take the turn's words out of `text`. One at its very end waits for its line's end, unless it is `whole`."""
        self._over_from = 0 if self.came_to_end else len(text)
        if (at := _place(self.words.ok, text, whole=whole)) >= 0:
            self._over_from = min(self._over_from, at)
            self.came_to_end = True
            text = _without(self.words.ok, text)
        if self.sentinel_typed and _place(self.words.sentinel, text, whole=whole) >= 0:
            self.sentinel_seen = True
            text = _without(self.words.sentinel, text)
        return text

    def holds(self, line: str) -> bool:
        """Whether the unfinished `line` ends with a word that waits."""
        return line.endswith((self.words.ok, self.words.sentinel))

    def without_prompt(self, text: str, prompt: str) -> str:
        """Note that `prompt` stands in `text`; after the cell's end it was the program's own, and is taken out."""
        if prompt and prompt in text:
            self.passed_prompt = True
            text = text[: self._over_from] + text[self._over_from :].replace(prompt, "")
        return text

    @property
    def expects_prompt(self) -> bool:
        """Whether a program that reads its terminal in silence probably waits for the next line, not for an answer."""
        return self.passed_prompt or self.came_to_end or self.interrupts > 0

    def remember(self, text: str) -> None:
        """Keep the end of what was said."""
        self.tail = (self.tail + text[-LONGEST_TAIL:])[-LONGEST_TAIL:]

    @property
    def verdict(self) -> Verdict:
        """How it went, now that it is over."""
        if self.unfinished:
            return Verdict.UNFINISHED
        if not self.tells:
            return Verdict.ENDED
        return Verdict.OK if self.came_to_end else Verdict.FAILED


def _place(word: str, text: str, *, whole: bool) -> int:
    at = text.find(word)
    return -1 if at + len(word) == len(text) and not whole else at


def _without(word: str, text: str) -> str:
    return text.replace(f"{word}\n", "").replace(word, "")
