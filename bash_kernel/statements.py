"""Where the commands of a cell begin and end. Knows bash's grammar as far as that needs; runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_OPENS = {"if": "fi", "case": "esac", "for": "done", "select": "done", "while": "done", "until": "done", "{": "}"}
_COMMAND_FOLLOWS = frozenset(["if", "while", "until", "then", "do", "else", "elif", "{", "!", "time", "coproc"])
_JOINS = frozenset(["&&", "||", "|", "|&"])
_OPERATOR = re.compile(r";;&|;;|;&|&&|\|\||\|&|&>>?|<<<|[<>]&|>>|<>|>\||[;&|()<>\n]")
_DOCUMENT = re.compile(r"<<(?P<tabs>-?)[ \t]*(?P<word>(?:\\.|'[^']*'|\"[^\"]*\"|[^\s;&|<>()'\"\\])+)")
_QUOTES = re.compile(r"\\(.)|['\"]")
_CONDITIONAL_ENDS = re.compile(r"\]\](?=[\s;&|)]|$)")
_METACHARACTERS = " \t\r\n;&|()<>"
_CLOSES = {"(": ")", "{": "}"}


class Statement(NamedTuple):
    """A complete command at the top of a cell: its text, and the line (from 1) on which it begins."""

    text: str
    line: int


def statements(code: str) -> Iterator[Statement]:
    """The commands of `code`, each with all that it consists of: a loop, a function, a pipeline, `a && b`.

    It is meant for code that bash has run; for any other the answer means nothing, and may end early.
    """
    reader = _Reader(code)
    try:
        for start, end in reader.read():
            yield Statement(code[start:end].rstrip(), code.count("\n", 0, start) + 1)
    except IndexError:  # a quote or a parenthesis is not closed
        return


class _Reader:
    """Reads from the left. `_open` has the words that must still come, the innermost last."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._at = 0
        self._start = -1
        self._open: list[str] = []
        self._is_command = True  # whether a word here would be a command or a keyword
        self._joined = False  # whether the command goes on after the end of the line
        self._in_pattern = False  # of a `case`
        self._documents: list[tuple[str, bool]] = []

    def read(self) -> Iterator[tuple[int, int]]:
        """Where each statement begins, and where it ends."""
        code = self._code
        while self._at < len(code):
            if code[self._at] in " \t\r":
                self._at += 1
            elif code.startswith("\\\n", self._at):
                self._at += 2
            elif code[self._at] == "#":
                end = code.find("\n", self._at)
                self._at = end if end >= 0 else len(code)
            elif (found := _OPERATOR.match(code, self._at)) is None or (found[0] in "<>" and self._substitutes()):
                self._begin()
                self._keyword(self._word())
            elif self._ends(found[0]) and self._start >= 0:
                yield self._start, self._at if found[0] == "\n" else found.start()
                self._start = -1
        if self._start >= 0 and not self._open:
            yield self._start, len(code)

    def _begin(self) -> None:
        if self._start < 0:
            self._start = self._at

    def _substitutes(self) -> bool:
        return self._code.startswith(("<(", ">("), self._at)

    # -- operators -----------------------------------------------------------------------------------------------------

    def _ends(self, operator: str) -> bool:
        """Take an operator; whether it ends a statement."""
        if operator[0] in "<>" or operator.startswith("&>"):
            self._redirection(operator)
            return False
        if operator == "(":
            self._parenthesis()
            return False
        self._at += len(operator)
        if operator == ")":
            if self._in_pattern:
                self._in_pattern, self._is_command = False, True
            else:
                self._close(")")
            return False
        if operator == "\n":
            self._skip_documents()
            self._is_command = self._is_command or not self._in_pattern
            return not self._open and not self._joined
        if operator in (";;", ";&", ";;&"):
            self._in_pattern, self._is_command = True, False
            return False
        self._joined = operator in _JOINS
        self._is_command = not self._in_pattern
        return not self._open and not self._joined

    def _redirection(self, operator: str) -> None:
        self._begin()
        document = _DOCUMENT.match(self._code, self._at) if operator == "<" else None
        if document is None:
            self._at += len(operator)
            return
        self._documents.append((_QUOTES.sub(r"\1", document["word"]), bool(document["tabs"])))
        self._at = document.end()

    def _skip_documents(self) -> None:
        for word, tabs in self._documents:
            while self._at < len(self._code):
                line, newline, _ = self._code[self._at :].partition("\n")
                self._at += len(line) + len(newline)
                if (line.lstrip("\t") if tabs else line) == word:
                    break
        self._documents.clear()

    def _parenthesis(self) -> None:
        if self._in_pattern:  # case x in (a) ...
            self._at += 1
            return
        if self._code.startswith("((", self._at):  # arithmetic, also of `for`
            self._begin()
            self._balanced("(")
            self._is_command = self._joined = False
            return
        empty = re.compile(r"\(\s*\)").match(self._code, self._at)
        if empty is not None and not self._is_command:
            self._at = empty.end()  # name(): a function, and its body follows
            self._is_command = self._joined = True
            return
        self._begin()
        self._at += 1
        self._open.append(")")
        self._is_command, self._joined = True, False

    def _close(self, word: str) -> bool:
        if not self._open or self._open[-1] != word:
            return False
        self._open.pop()
        self._is_command, self._joined = True, False  # another end may follow at once: `done }`
        return True

    # -- words ---------------------------------------------------------------------------------------------------------

    def _keyword(self, word: str) -> None:
        """What the word that was taken means for those that follow."""
        is_command, self._is_command = self._is_command, False
        self._joined = False
        if self._in_pattern:
            if word == "esac":
                self._in_pattern = not self._close(word)
        elif word == "in" and self._open and self._open[-1] == "esac" and not is_command:
            self._in_pattern = True
        elif word == "do" and self._open and self._open[-1] == "done":
            self._is_command = True
        elif not is_command or self._close(word):
            return
        elif word == "[[":
            self._conditional()
        elif word == "function":
            self._skip_blanks()
            self._word()
            self._is_command = self._joined = True
        else:
            if word in _OPENS:
                self._open.append(_OPENS[word])
            self._is_command = word in _COMMAND_FOLLOWS

    def _word(self) -> str:
        """Take a word."""
        start = self._at
        while self._at < len(self._code) and not self._is_end(start):
            self._piece()
        return self._code[start : self._at]

    def _conditional(self) -> None:
        """Take what follows `[[`, to its end."""
        self._skip_blanks()
        while not _CONDITIONAL_ENDS.match(self._code, self._at):
            while self._code[self._at] not in " \t\r\n":
                self._piece()
            self._skip_blanks()
        self._at += 2

    def _skip_blanks(self) -> None:
        while self._code[self._at] in " \t\r\n":
            self._at += 1

    def _is_end(self, start: int) -> bool:
        code, at = self._code, self._at
        if code[at] not in _METACHARACTERS:
            return False
        if code[at] == "(":
            # name=(...) is an array; @(...) and the like are patterns
            return not (at > start and code[at - 1] in "=@*+?!")
        return not (code.startswith(("<(", ">("), at))

    def _piece(self) -> None:
        """Take a character, or what is quoted or substituted there."""
        code, character = self._code, self._code[self._at]
        if character == "\\":
            self._at += 2
        elif character == "'":
            self._at = self._after("'", self._at + 1)
        elif character == "`":
            self._at = self._past_escapes("`")
        elif character == '"':
            self._double()
        elif character == "$" and code.startswith(("$'",), self._at):
            self._at += 1
            self._at = self._past_escapes("'")
        elif character == "$" and code[self._at + 1 : self._at + 2] in ("(", "{"):
            self._at += 1
            self._balanced(code[self._at])
        elif character == "(" or (character in "<>" and self._substitutes()):
            self._at += character != "("
            self._balanced("(")
        else:
            self._at += 1

    def _double(self) -> None:
        self._at += 1
        while (character := self._code[self._at]) != '"':
            if character in "\\`" or self._code.startswith(("$(", "${"), self._at):
                self._piece()
            else:
                self._at += 1
        self._at += 1

    def _balanced(self, opening: str) -> None:
        """Take everything up to the end of what opens here."""
        closing = _CLOSES[opening]
        depth, commands = 0, opening == "("
        while True:
            character = self._code[self._at]
            if commands and character == "#" and self._code[self._at - 1] in " \t\n;(":
                self._at = self._after("\n", self._at)
            elif character in (opening, closing):
                depth += 1 if character == opening else -1
                self._at += 1
                if depth == 0:
                    return
            else:
                self._piece()

    def _past_escapes(self, quote: str) -> int:
        at = self._at + 1
        while self._code[at] != quote:
            at += 2 if self._code[at] == "\\" else 1
        return at + 1

    def _after(self, text: str, at: int) -> int:
        found = self._code.find(text, at)
        if found < 0:
            raise IndexError
        return found + 1
