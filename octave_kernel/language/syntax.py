"""Whether tokens make sentences of Octave: which blocks and brackets are open, and where something cannot be. Pure.

Not a whole grammar: values and operators must take turns, and blocks and brackets must match.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from octave_kernel.language.lexer import BLOCKS, CLASS_BLOCKS, MIDDLES, Kind, Token

_ENDS = {**BLOCKS, **CLASS_BLOCKS}
_CLOSERS = {word for closers in _ENDS.values() for word in closers}
_MIDDLES_OF = {
    "if": ("else", "elseif"),
    "switch": ("case", "otherwise"),
    "try": ("catch",),
    "unwind_protect": ("unwind_protect_cleanup",),
}
_CONDITIONS = ("if", "elseif", "while", "switch", "case", "until", "for", "parfor")
_ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "\\=", "^=", "|=", "&=", "**=", ".*=", "./=", ".^=", ".\\=", ".+=", ".-=")
_POSTFIX = ("'", ".'", "++", "--")
_PREFIX = ("+", "-", "!", "~", "++", "--", "@")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ONLY_AFTER = {"@": Kind.NAME, ".": Kind.FIELD}
_LOOPS = ("for", "parfor", "while", "do")


class SyntaxProblem(Exception):
    """Something stands where it cannot."""

    def __init__(self, token: Token) -> None:
        super().__init__(f"{token.text!r} at {token.start}")
        self.token = token


class Block(NamedTuple):
    """An open block: its first word, and where that stands."""

    word: str
    start: int


class _Bracket:
    """An open bracket, or (with no `text`) the statement outside all of them."""

    def __init__(self, text: str, start: int, *, group: bool = False, index: bool = False) -> None:
        self.text = text
        self.start = start
        self.group = group  # parentheses that hold one value, not indices
        self.index = index
        self.row_ended = self.rows = False  # whether a row has ended; whether there is more than one
        self.owed = False  # whether an assignment must follow: a result has been left out
        self.body = False  # whether what comes is the body of a function within a matrix
        self.value = False  # whether a value has come, and an operator may follow
        self.wanted: Token | None = None  # the operator that has no right side yet
        self.target = True  # whether what has come may be assigned to

    @property
    def blanks_part(self) -> bool:
        """Whether a blank may part two values."""
        return self.text in ("[", "{") and not self.index and not self.body


class Syntax:
    """Takes tokens one by one. Raises SyntaxProblem at the first that cannot stand where it does."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._brackets = [_Bracket("", 0)]
        self._header = ""  # the keyword whose condition or names are being read
        self._header_empty = False
        self._assigned = False  # whether the header has its =
        self._seen_middle: list[str] = []  # the last middle of each open block
        self._only_separator = False  # after `end` nothing else stands in the line
        self._last: Token | None = None
        self._by_kind: Mapping[Kind, Callable[[Token], None]] = {
            Kind.NAME: self._take_name,
            Kind.NUMBER: self._take_constant,
            Kind.STRING: self._take_constant,
            Kind.KEYWORD: self._take_keyword,
            Kind.FIELD: self._take_field,
            Kind.OPERATOR: self._take_operator,
            Kind.OPEN: self._take_open,
            Kind.CLOSE: self._take_close,
            Kind.SEPARATOR: self._take_separator,
            Kind.COMMAND: self._pass,
            Kind.UNCLOSED: self._pass,
            Kind.UNKNOWN: self._refuse,
        }

    @property
    def brackets(self) -> list[tuple[str, int]]:
        """The open ones, and where they stand."""
        return [(bracket.text, bracket.start) for bracket in self._brackets[1:]]

    def take(self, token: Token) -> None:
        """The next token."""
        wanted = self._brackets[-1].wanted
        if wanted is not None and token.text != "(" and token.kind is not _ONLY_AFTER.get(wanted.text, token.kind):
            raise SyntaxProblem(token)
        if self._only_separator and token.kind is not Kind.SEPARATOR and token.kind is not Kind.KEYWORD:
            raise SyntaxProblem(token)
        self._by_kind[token.kind](token)
        self._last = token

    def finish(self, end: Token) -> None:
        """The code ends: as if a line ended. Parentheses go on in the next one whatever has come."""
        if self._brackets[-1].text != "(":
            self.take(end)

    # -- values --------------------------------------------------------------------------------------------------------

    def _take_value(self, token: Token, *, target: bool) -> None:
        now = self._brackets[-1]
        if now.value:
            if now.blanks_part and token.spaced:
                now.target = True
            elif not self._may_go_on(now):
                raise SyntaxProblem(token)
        now.value, now.wanted = True, None
        now.target = now.target and target
        now.rows = now.rows or now.row_ended
        self._header_empty = False

    def _may_go_on(self, now: _Bracket) -> bool:
        """Whether a new statement may begin without anything between."""
        if now.text:
            return now.blanks_part and self._last is not None and self._last.kind in (Kind.CLOSE, Kind.STRING)
        if self._header in ("global", "persistent", "catch", *CLASS_BLOCKS):
            now.target = True
            return True
        if self._header and (self._header not in ("for", "parfor") or self._assigned):
            if self._header == "until":
                return False
            self._end_header()
            now.target = True
            return True
        return False

    def _take_name(self, token: Token) -> None:
        self._take_value(token, target=True)

    def _take_field(self, token: Token) -> None:
        now = self._brackets[-1]
        now.value, now.wanted = True, None

    def _take_constant(self, token: Token) -> None:
        self._take_value(token, target=False)

    def _pass(self, token: Token) -> None:
        """The words of a command belong to its name; who asks looks at what is not closed."""

    def _refuse(self, token: Token) -> None:
        raise SyntaxProblem(token)

    # -- operators -----------------------------------------------------------------------------------------------------

    def _take_operator(self, token: Token) -> None:
        now, text = self._brackets[-1], token.text
        if not now.value:
            self._take_prefix(token, now)
        elif text in _POSTFIX and not (text in ("++", "--") and self._starts_element(token, now)):
            now.target = False
        elif self._starts_element(token, now) and text in _PREFIX:
            now.value, now.wanted, now.target = text == "~", token, True
        elif text in _ASSIGNMENTS:
            self._assign(token, now)
        elif text in ("!", "~", "@"):
            raise SyntaxProblem(token)
        else:
            now.value, now.wanted = False, token
            now.target = now.target and text == "."
        self._header_empty = False

    @staticmethod
    def _starts_element(token: Token, now: _Bracket) -> bool:
        return now.blanks_part and token.spaced

    def _take_prefix(self, token: Token, now: _Bracket) -> None:
        text = token.text
        if text == ":" and now.text in ("(", "[", "{") and not now.group and now.wanted is None:
            now.value = True
            return
        if text not in _PREFIX:
            raise SyntaxProblem(token)
        now.wanted, now.target = token, False

    def _assign(self, token: Token, now: _Bracket) -> None:
        if not now.target or now.text in ("[", "{"):
            raise SyntaxProblem(token)
        if self._header in ("for", "parfor") and len(self._brackets) <= 2:
            self._assigned = True
        now.value, now.wanted, now.target, now.owed = False, token, True, False

    # -- brackets ------------------------------------------------------------------------------------------------------

    def _take_open(self, token: Token) -> None:
        now = self._brackets[-1]
        dynamic = now.wanted is not None and now.wanted.text == "." and token.text == "("
        parameters = now.wanted is not None and now.wanted.text == "@" and token.text == "("
        function = self._header in ("function", *CLASS_BLOCKS) and len(self._brackets) == 1
        separate = now.blanks_part and token.spaced
        index = now.value and token.text in "({" and not separate
        if now.value and not index:
            self._take_value(token, target=token.text == "[")
        elif not index:
            now.value, now.wanted = True, None
            now.target = now.target and token.text in "[("
        inner = _Bracket(
            token.text,
            token.start,
            group=token.text == "(" and not (index or parameters or function),
            index=index,
        )
        inner.target = True
        self._header_empty = False
        self._brackets.append(inner)
        if dynamic or (inner.group and not self._header):
            inner.wanted = token
        if parameters:
            now.value = False  # the function's body follows
            now.wanted = token
            now.target = now.body = True

    def _take_close(self, token: Token) -> None:
        inner = self._brackets[-1]
        if not inner.text or _CLOSING[inner.text] != token.text or not self._may_close(inner):
            raise SyntaxProblem(token)
        self._brackets.pop()
        now = self._brackets[-1]
        now.target = now.target and not inner.rows
        now.owed = now.owed or (inner.text == "[" and (inner.owed or inner.wanted is not None))

    def _may_close(self, inner: _Bracket) -> bool:
        if inner.value:
            return True
        if inner.wanted is not None:
            return inner.wanted.text in ("~", "!") and inner.text in ("[", "(") and self._last is inner.wanted
        if (inner.text == "(" or inner.index) and self._last is not None:
            return self._last.text == inner.text and not inner.group
        return True

    # -- statements ----------------------------------------------------------------------------------------------------

    def _take_separator(self, token: Token) -> None:
        now = self._brackets[-1]
        if now.text:
            self._separate_elements(token, now)
            return
        if now.wanted is not None or now.owed or (self._header and not self._header_may_end()):
            raise SyntaxProblem(token)
        self._end_header()
        self._only_separator = False
        now.value, now.target = False, True

    def _separate_elements(self, token: Token, now: _Bracket) -> None:
        tilde = now.wanted is not None and now.wanted.text in ("~", "!") and self._last is now.wanted
        if (now.wanted is not None and not tilde) or (tilde and now.text == "[" and token.text != ","):
            raise SyntaxProblem(token)
        now.owed = now.owed or tilde
        in_header = self._header == "parfor" and len(self._brackets) == 2
        if now.index and token.text == "\n" and self._last is not None and self._last.text == "{":
            return
        if (now.text == "(" or now.index) and (
            token.text != "," or not (now.value or tilde) or (now.group and not in_header)
        ):
            raise SyntaxProblem(token)
        if token.text == "," and not (now.value or tilde) and self._last is not None and self._last.text == ",":
            raise SyntaxProblem(token)
        now.value, now.wanted, now.target, now.body = False, None, True, False
        now.row_ended = now.row_ended or token.text != ","

    def _header_may_end(self) -> bool:
        if self._header == "catch" or (self._header in CLASS_BLOCKS and self._header != "classdef"):
            return True
        if self._header in ("for", "parfor") and not self._assigned:
            return False
        return not self._header_empty

    def _begin_header(self, word: str) -> None:
        self._header, self._header_empty, self._assigned = word, True, False

    def _end_header(self) -> None:
        self._header, self._header_empty = "", False

    # -- keywords ------------------------------------------------------------------------------------------------------

    def _take_keyword(self, token: Token) -> None:
        now, word = self._brackets[-1], token.text
        if word in ("__FILE__", "__LINE__"):
            self._take_value(token, target=False)
            return
        if now.text or now.wanted is not None or (self._header and not self._header_may_end()):
            raise SyntaxProblem(token)
        if self._only_separator and word in _ENDS:
            raise SyntaxProblem(token)
        self._end_header()
        if word in _CLOSERS:
            self._close_block(token)
        elif word in MIDDLES:
            self._go_on_with_block(token)
        else:
            self._begin_statement(token)
        now.value, now.target = False, True

    def _begin_statement(self, token: Token) -> None:
        word = token.text
        if word in _ENDS:
            self.blocks.append(Block(word, token.start))
            self._seen_middle.append("")
            if word in _CONDITIONS or word == "function" or word in CLASS_BLOCKS:
                self._begin_header(word)
        elif word in ("global", "persistent"):
            self._begin_header(word)
        elif word in ("break", "continue") and not self._in_loop():
            raise SyntaxProblem(token)
        elif word in ("break", "continue", "return"):
            self._only_separator = True

    def _in_loop(self) -> bool:
        for block in reversed(self.blocks):
            if block.word in _LOOPS:
                return True
            if block.word == "function":
                return False
        return False

    def _close_block(self, token: Token) -> None:
        if not self.blocks or token.text not in _ENDS[self.blocks[-1].word]:
            raise SyntaxProblem(token)
        if self.blocks[-1].word == "unwind_protect" and not self._seen_middle[-1]:
            raise SyntaxProblem(token)
        self.blocks.pop()
        self._seen_middle.pop()
        if token.text == "until":
            self._begin_header("until")
            self._only_separator = False
        else:
            self._only_separator = True

    def _go_on_with_block(self, token: Token) -> None:
        word, seen = token.text, self._seen_middle
        if not self.blocks or word not in _MIDDLES_OF.get(self.blocks[-1].word, ()):
            raise SyntaxProblem(token)
        if seen[-1] in ("else", "catch", "unwind_protect_cleanup"):
            raise SyntaxProblem(token)
        seen[-1] = word
        self._only_separator = False
        if word in _CONDITIONS or word == "catch":
            self._begin_header(word)
