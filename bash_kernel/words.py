"""Splits shell code up to a position into words, as completion needs them. Pure; never fails on unfinished code."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

_COMMAND_FOLLOWS = frozenset(["if", "then", "else", "elif", "while", "until", "do", "!", "{", "time", "coproc"])
_RUNS_ANOTHER = {  # programs whose argument is a command -> their options that take a value
    "builtin": "",
    "chronic": "",
    "command": "",
    "doas": "uC",
    "env": "uCS",
    "exec": "a",
    "ionice": "cnp",
    "nice": "n",
    "nohup": "",
    "setsid": "",
    "stdbuf": "ioe",
    "sudo": "CDghpRrTtUu",
    "timeout": "ks",
    "xargs": "adEILnPs",
}
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\[[^]]*\])?\+?=")
_VARIABLE = re.compile(r"\$(?P<brace>\{[#!]?)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)?$")
BREAKS = "=:"
"""Where programmable completion parts words (COMP_WORDBREAKS), of the characters that are no blanks or quotes."""


class Kind(Enum):
    """What may stand at the position."""

    COMMAND = "command"
    VARIABLE = "variable"
    ARGUMENT = "argument"
    FILE = "file"
    NOTHING = "nothing"


class Word(NamedTuple):
    """A word as it stands in the code: where it begins, its text, its text without quotes, the quote left open."""

    start: int
    raw: str
    text: str
    quote: str = ""


class Place(NamedTuple):
    """What is to be completed: `word`, the last of a simple command's `words`."""

    kind: Kind
    word: Word
    words: tuple[Word, ...] = ()
    """The command and its arguments, the word at the position included; assignments before the command left out."""

    line: str = ""
    """The simple command as it stands."""


def place_at(code: str, position: int) -> Place:
    """What stands before `position` (code points)."""
    code = code[:position]
    lexer = _Lexer(code)
    words, in_comment, after_redirection = lexer.read()
    word = words[-1]
    if in_comment:
        return Place(Kind.NOTHING, Word(position, "", ""))
    variable = _VARIABLE.search(word.raw) if word.quote != "'" else None
    if variable is not None and not _escaped(word.raw, variable.start()):
        name = variable["name"] or ""
        return Place(Kind.VARIABLE, Word(position - len(name), name, name))
    if after_redirection:
        return Place(Kind.FILE, word)
    words = _simple_command(words)
    if (special := _of_keyword(words)) is not None:
        return Place(special, word)
    if len(words) == 1 and _ASSIGNMENT.match(words[0].raw):
        return Place(Kind.FILE, _after(word, word.raw.index("=") + 1))
    if len(words) == 1:
        return Place(Kind.COMMAND, word, tuple(words), code[words[0].start :])
    return Place(Kind.ARGUMENT, word, tuple(words), code[words[0].start :])


def broken(words: tuple[Word, ...], breaks: str = BREAKS) -> tuple[list[Word], Word]:
    """The words as programmable completion sees them, parted at `breaks` too, and the one that is completed.

    That one is what follows the last break: it may be empty, and then it is none of the words.
    """
    runs = re.compile(f"[{re.escape(breaks)}]+") if breaks else None
    result: list[Word] = []
    current = words[-1]
    for word in words:
        current = word
        if runs is None or not word.raw or word.raw[0] in "\"'" or not runs.search(word.raw):
            result.append(word)
            continue
        start = 0
        for found in runs.finditer(word.raw):
            if found.start() > start:
                result.append(_part(word, start, found.start()))
            result.append(_part(word, found.start(), found.end()))
            start = found.end()
        current = _after(word, start)
        if current.raw:
            result.append(current)
    return result, current


def unquoted(raw: str) -> tuple[str, str]:
    """The text without quotes and backslashes, and the quote that is left open."""
    text: list[str] = []
    quote = ""
    characters = iter(raw)
    for character in characters:
        if quote == "'":
            if character == "'":
                quote = ""
            else:
                text.append(character)
        elif character == "\\":
            following = next(characters, "")
            text.append(following if not quote or following in '"\\$`' else f"\\{following}")
        elif character == quote:
            quote = ""
        elif character in "\"'" and not quote:
            quote = character
        else:
            text.append(character)
    return "".join(text), quote


def _part(word: Word, start: int, end: int) -> Word:
    raw = word.raw[start:end]
    return Word(word.start + start, raw, *unquoted(raw))


def _after(word: Word, start: int) -> Word:
    return _part(word, start, len(word.raw))


def _escaped(raw: str, at: int) -> bool:
    return (len(raw[:at]) - len(raw[:at].rstrip("\\"))) % 2 == 1


def _simple_command(words: list[Word]) -> list[Word]:
    """The words without assignments, keywords, and programs that run the command which follows."""
    while len(words) > 1:
        first = words[0].raw
        if _ASSIGNMENT.match(first) or first in _COMMAND_FOLLOWS:
            words = words[1:]
        elif first in _RUNS_ANOTHER:
            rest = _after_options(words[1:], _RUNS_ANOTHER[first])
            if first == "timeout":
                rest = rest[1:]
            while len(rest) > 1 and _ASSIGNMENT.match(rest[0].raw):
                rest = rest[1:]
            if not rest:
                return words  # it is an option, or an option's value, that is completed
            words = rest
        else:
            break
    return words


def _after_options(words: list[Word], with_value: str) -> list[Word]:
    while words and words[0].raw.startswith("-"):
        takes_value = len(words[0].raw) == 2 and words[0].raw[1] in with_value
        words = words[2 if takes_value else 1 :]
    return words


def _of_keyword(words: list[Word]) -> Kind | None:
    """What is completed in the head of `for`, `case`, ...; None when this is a simple command."""
    first, count = words[0].raw, len(words)
    if count > 1 and first in ("for", "select"):
        return Kind.FILE if count > 3 else Kind.NOTHING
    if count > 1 and first == "case":
        return Kind.FILE if count == 2 else Kind.NOTHING
    if count == 2 and first == "function":
        return Kind.NOTHING
    return None


class _Lexer:
    """Reads from the left. A substitution opens a command of its own, and its end goes back to the one around it."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._words: list[Word] = []
        self._start = -1
        self._quote = ""
        self._redirected = False
        self._outer: list[tuple[list[Word], int, str, bool, str]] = []

    def read(self) -> tuple[list[Word], bool, bool]:
        """The words of the simple command at the end (the last may be empty), whether that is in a comment, or a file's
        name after a redirection."""
        code, at = self._code, 0
        while at < len(code):
            if code[at] == "#" and not self._quote and self._start < 0:
                end = code.find("\n", at)
                if end < 0:
                    return [Word(len(code), "", "")], True, False
                at = end
                continue
            at += self._step(code, at)
        if self._start < 0:
            return [*self._words, Word(len(code), "", "")], False, self._redirected
        return [*self._words, self._word(len(code))], False, self._redirected

    def _step(self, code: str, at: int) -> int:
        """Take what stands at `at`; how many characters that was."""
        character, pair = code[at], code[at : at + 2]
        if self._quote == "'":
            self._quote = "" if character == "'" else "'"
            return 1
        if character == "\\":
            self._begin(at)
            return 2
        if pair in ("$(", "<(", ">(") and not (self._quote and character != "$"):
            self._begin(at)
            self._open(")")
            return 2
        if character == "`":
            if self._outer and self._outer[-1][4] == "`":
                self._close()
            else:
                self._begin(at)
                self._open("`")
            return 1
        if self._quote:
            self._quote = "" if character == '"' else '"'
            return 1
        return self._plain(character, at)

    def _plain(self, character: str, at: int) -> int:
        if character in "\"'":
            self._begin(at)
            self._quote = character
        elif character == ")" and self._outer and self._outer[-1][4] == ")":
            self._close()
        elif character in " \t":
            self._end(at)
        elif character in "&|" and self._code[at - 1 : at] in ("<", ">") and self._redirected:
            pass  # 2>&1, >|file
        elif self._code.startswith("&>", at):
            self._end(at)
        elif character in "\n;|&(){}" and not (character in "{}" and (self._start >= 0 or self._words)):
            self._end(at)
            self._words, self._redirected = [], False
        elif character in "<>":
            if self._start >= 0 and self._code[self._start : at].isdigit():
                self._start = -1
            self._end(at)
            self._redirected = True
        else:
            self._begin(at)
        return 1

    def _begin(self, at: int) -> None:
        if self._start < 0:
            self._start = at

    def _end(self, at: int) -> None:
        if self._start >= 0:
            if not self._redirected:
                self._words.append(self._word(at))
            self._redirected = False
            self._start = -1

    def _word(self, end: int) -> Word:
        raw = self._code[self._start : end]
        return Word(self._start, raw, *unquoted(raw))

    def _open(self, closing: str) -> None:
        self._outer.append((self._words, self._start, self._quote, self._redirected, closing))
        self._words, self._start, self._quote, self._redirected = [], -1, "", False

    def _close(self) -> None:
        self._words, self._start, self._quote, self._redirected, _ = self._outer.pop()
