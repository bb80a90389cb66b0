"""Octave's code as tokens: what is a string and what a transpose, what is a comment, a command or a keyword. Pure.

Octave itself decides these by the text alone when it reads a file, and a cell is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What a token is."""

    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    KEYWORD = "keyword"
    FIELD = "field"
    OPERATOR = "operator"
    OPEN = "open"
    CLOSE = "close"
    SEPARATOR = "separator"
    """A comma, a semicolon or the end of a line that is not within parentheses."""

    COMMAND = "command"
    """The words after a name that is written as a command: `hold on`."""

    UNCLOSED = "unclosed"
    """A string, block comment or continued line that the code does not end; `text` begins as it does."""

    UNKNOWN = "unknown"
    """What does not belong into Octave's code."""


class Token(NamedTuple):
    """`start` and `end` in code points; `spaced`: whether a blank stands before it."""

    kind: Kind
    text: str
    start: int
    end: int
    spaced: bool = False


BLOCKS = {  # what opens a block -> what closes it
    "if": ("end", "endif"),
    "while": ("end", "endwhile"),
    "for": ("end", "endfor"),
    "parfor": ("end", "endparfor"),
    "do": ("until",),
    "switch": ("end", "endswitch"),
    "try": ("end", "end_try_catch"),
    "unwind_protect": ("end", "end_unwind_protect"),
    "function": ("end", "endfunction"),
    "spmd": ("end", "endspmd"),
}
CLASS_BLOCKS = {
    "classdef": ("end", "endclassdef"),
    "properties": ("end", "endproperties"),
    "methods": ("end", "endmethods"),
    "events": ("end", "endevents"),
    "enumeration": ("end", "endenumeration"),
}
"""Blocks that stand only in a class: elsewhere these words, but for classdef, are names."""

MIDDLES = ("else", "elseif", "case", "otherwise", "catch", "unwind_protect_cleanup")
_CLOSERS = {word for closers in (*BLOCKS.values(), *CLASS_BLOCKS.values()) for word in closers}
KEYWORDS = frozenset(
    [
        *(*BLOCKS, *MIDDLES, *_CLOSERS, "classdef", "global", "persistent"),
        *("break", "continue", "return", "__FILE__", "__LINE__"),
    ]
)

_BEGIN_STATEMENT = ("else", "try", "do", "otherwise", "unwind_protect", "unwind_protect_cleanup")
_NEVER_COMMANDS = {"e", "pi", "i", "I", "j", "J", "Inf", "inf", "NaN", "nan"}
_NOT_A_COMMAND = "([{)]},;%#\n"
_INDEX, _PARAMETERS, _BODY = "{index", "(parameters", "@body"  # what is open besides brackets that stand for themselves
_CLOSING = {"(": ")", "[": "]", "{": "}", _INDEX: "}", _PARAMETERS: ")"}
_SINGLE_CHARACTERS = {
    **dict.fromkeys(",;\n", Kind.SEPARATOR),
    **dict.fromkeys("([{", Kind.OPEN),
    **dict.fromkeys(")]}", Kind.CLOSE),
}

_BLANKS = re.compile(r"[ \t\f\v\r]+")
_BLOCK_COMMENT = re.compile(r"[ \t]*[%#]([{}])[ \t\r]*(?:\n|\Z)")
_CONTINUATION = re.compile(r"(?:\.\.\.[^\n]*|\\[ \t\r]*)(\n|\Z)")
_COMMENT = re.compile(r"[%#][^\n]*")
_NAME = re.compile(r"[A-Za-z_]\w*(?:@[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)?", re.ASCII)  # method@superclass
_NUMBER = re.compile(
    r"(?:0[xX][0-9a-fA-F_]+(?:[us](?:8|16|32|64))?|0[bB][01_]+(?:[us](?:8|16|32|64))?"
    r"|(?:[0-9][0-9_]*(?:\.(?![*/\\^']|\.\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eEdD][+-]?[0-9][0-9_]*)?)[ijIJ]?"
)
_OPERATOR = re.compile(
    r"\.\^'|\.\*\*|\.[*/\\^+-]=?|\.'|\*\*=?|\+\+|--|[-+*/\\^|&]=|==|~=|!=|<=|>=|&&|\|\||[-+*/\\^<>=&|!~@:.]"
)
_SINGLE = re.compile(r"'(?:[^'\n]|'')*(')?")
_DOUBLE = re.compile(r'"(?:[^"\\\n]|\\(?:[^\n]|\n|\Z)|"")*(")?')


def tokens(code: str) -> list[Token]:
    """The tokens of `code`, without blanks and comments."""
    return list(_Lexer(code).run())


class _Lexer:
    def __init__(self, code: str) -> None:
        self._code = code
        self._at = 0
        self._brackets: list[str] = []
        self._last: Token | None = None
        self._begins = True  # whether a statement begins here
        self._spaced = False
        self._in_class = False

    def run(self) -> Iterator[Token]:
        while self._at < len(self._code):
            at = self._at
            if (at == 0 or self._code[at - 1] == "\n") and self._block_comment():
                if self._at > len(self._code):
                    yield Token(Kind.UNCLOSED, "%{", at, len(self._code))
                    return
                continue
            token = self._next()
            if token is not None:
                yield token
                self._note(token)

    def _block_comment(self) -> bool:
        """Go past the block comment that begins here; past the end of the code when nothing ends it."""
        found = _BLOCK_COMMENT.match(self._code, self._at)
        if found is None or found[1] != "{":
            return False
        depth, at = 1, found.end()
        while depth and at < len(self._code):
            if found := _BLOCK_COMMENT.match(self._code, at):
                depth += 1 if found[1] == "{" else -1
            end = self._code.find("\n", at)
            at = len(self._code) if end < 0 else end + 1
        self._at = len(self._code) + 1 if depth else at
        return True

    def _next(self) -> Token | None:
        code, at = self._code, self._at
        if found := _BLANKS.match(code, at):
            self._at, self._spaced = found.end(), True
            return None
        if found := _COMMENT.match(code, at):
            self._at = found.end()
            return None
        if found := _CONTINUATION.match(code, at):
            if not found[1] or found.end() == len(code):
                return self._token(Kind.UNCLOSED, len(code))
            self._at, self._spaced = found.end(), True
            return None
        if self._begins_command():
            return self._command()
        if code[at] == "\n" and self._in_parentheses():
            self._at, self._spaced = at + 1, True
            return None
        kind = _SINGLE_CHARACTERS.get(code[at])
        return self._token(kind, at + 1) if kind is not None else self._word(at)

    def _in_parentheses(self) -> bool:
        self._end_body()
        return bool(self._brackets) and self._brackets[-1] in ("(", _PARAMETERS)

    def _word(self, at: int) -> Token:
        code = self._code
        if code[at] == '"' or (code[at] == "'" and not self._is_transpose()):
            return self._string(at)
        if code[at] == "'":
            return self._token(Kind.OPERATOR, at + 1)
        if found := _NAME.match(code, at):
            return self._token(self._kind_of(found[0]), found.end())
        found = _NUMBER.match(code, at) or _OPERATOR.match(code, at)
        if found is None:
            return self._token(Kind.UNKNOWN, at + 1)
        return self._token(Kind.NUMBER if found.re is _NUMBER else Kind.OPERATOR, found.end())

    def _string(self, at: int) -> Token:
        end, closed = _string_end(self._code, at)
        return self._token(Kind.STRING if closed else Kind.UNCLOSED, end)

    def _token(self, kind: Kind, end: int) -> Token:
        token = Token(kind, self._code[self._at : end], self._at, end, self._spaced)
        self._at, self._spaced = end, False
        return token

    def _kind_of(self, word: str) -> Kind:
        last = self._last
        if last is not None and last.kind is Kind.OPERATOR and last.text == ".":
            return Kind.FIELD
        if word == "end" and self._brackets:
            return Kind.NAME
        if word in KEYWORDS or (self._in_class and self._begins and word in CLASS_BLOCKS):
            return Kind.KEYWORD
        return Kind.NAME

    def _is_transpose(self) -> bool:
        last = self._last
        if last is None or not ends_value(last):
            return False
        return not (self._spaced and self._blanks_part())

    def _blanks_part(self) -> bool:
        """Whether blanks part elements here: in a matrix, but not in an index or in the body of a function in it."""
        return bool(self._brackets) and self._brackets[-1] in ("[", "{")

    def _end_body(self) -> None:
        while self._brackets and self._brackets[-1] == _BODY:
            self._brackets.pop()

    # -- commands ------------------------------------------------------------------------------------------------------

    def _begins_command(self) -> bool:
        """Whether the name that has come begins a command, and its words begin here."""
        last = self._last
        if not self._spaced or not self._begins or last is None or last.kind is not Kind.NAME:
            return False
        if last.text in _NEVER_COMMANDS or self._code[self._at] in _NOT_A_COMMAND:
            return False
        if _NUMBER.match(self._code, self._at):
            return True
        operator = _OPERATOR.match(self._code, self._at)
        if operator is None or operator[0] == "@":
            return True
        following = self._code[operator.end() : operator.end() + 1]
        return operator[0] != "=" and following not in (" ", "\t")

    def _command(self) -> Token:
        """The words up to the end of the line, a separator outside brackets, or a comment."""
        code, at, depth = self._code, self._at, 0
        while at < len(code):
            character = code[at]
            if found := _CONTINUATION.match(code, at) if character == "." else None:
                if not found[1] or found.end() == len(code):
                    break
                at = found.end()
                continue
            if character == "\n" or (character in ",;" and depth == 0):
                break
            if character in "%#" and code[at - 1] in " \t":
                break
            if character in "'\"":
                end, closed = _string_end(code, at)
                if not closed:
                    self._at = at
                    return self._token(Kind.UNCLOSED, end)
                at = end
                continue
            depth = max(0, depth + (character in "([{") - (character in ")]}"))
            at += 1
        return self._token(Kind.COMMAND, at)

    # -- what has come -------------------------------------------------------------------------------------------------

    def _note(self, token: Token) -> None:
        if token.kind is Kind.OPEN:
            self._brackets.append(self._opened(token))
        elif token.kind is Kind.CLOSE:
            self._closed(token)
        elif token.kind is Kind.SEPARATOR:
            self._end_body()
        if token.kind is Kind.KEYWORD and token.text == "classdef":
            self._in_class = True
        name_begins = token.kind is Kind.NAME and self._begins and not self._follows_name()
        self._begins = not self._brackets and (
            token.kind is Kind.SEPARATOR
            or name_begins
            or (token.kind is Kind.KEYWORD and token.text in _BEGIN_STATEMENT)
        )
        self._last = token

    def _opened(self, token: Token) -> str:
        last = self._last
        if token.text == "(" and last is not None and last.text == "@":
            return _PARAMETERS
        if token.text == "{" and last is not None and ends_value(last) and not (token.spaced and self._blanks_part()):
            return _INDEX
        return token.text

    def _closed(self, token: Token) -> None:
        self._end_body()
        if self._brackets and _CLOSING[self._brackets[-1]] == token.text:
            parameters = self._brackets.pop() == _PARAMETERS
            if parameters and self._brackets:
                self._brackets.append(_BODY)

    def _follows_name(self) -> bool:
        return self._last is not None and self._last.kind is Kind.NAME


def _string_end(code: str, at: int) -> tuple[int, bool]:
    """Where the string that begins at `at` ends, and whether a quote ends it."""
    found = (_DOUBLE if code[at] == '"' else _SINGLE).match(code, at)
    return (found.end(), found[1] is not None) if found is not None else (at + 1, False)


def ends_value(token: Token) -> bool:
    """Whether a value may end with this token, so that a quote after it transposes."""
    if token.kind in (Kind.NAME, Kind.NUMBER, Kind.STRING, Kind.FIELD, Kind.CLOSE):
        return True
    return token.kind is Kind.OPERATOR and token.text in ("'", ".'", ".^'")
