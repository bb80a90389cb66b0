"""What is a string, a variable, a keyword or a comment in shell code, as far as lines that an error shows need it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sdk.repl.colours import Span

_LONGEST = 50_000  # characters that are read for it
_TOKEN = re.compile(
    r"""(?P<comment>(?:^|(?<=[\s;&|()]))\#[^\n]*)
    |(?P<string>\$?'(?:[^'\\]|\\.|\\)*'|\$?"(?:[^"\\]|\\.)*")
    |(?P<variable>\$\{[^}\n]*\}|\$[A-Za-z_]\w*|\$[0-9@*\#?$!-]|\b[A-Za-z_]\w*(?==|\+=))
    |(?P<document><<-?\s*\\?['"]?\w)
    |(?P<separator>[;&|()\n]+)
    |(?P<word>[^\s;&|()'"$<>\\]+|\\.)""",
    re.VERBOSE | re.DOTALL,
)
_BEFORE_COMMANDS = {"if", "then", "elif", "else", "while", "until", "do", "{", "!", "time"}
_KEYWORDS = {*_BEFORE_COMMANDS, "fi", "done", "for", "select", "case", "esac", "function", "}", "[[", "coproc"}
_BUILTINS = frozenset(
    re.findall(
        r"\S+",
        """
        . : [ alias bg bind break builtin caller cd command compgen complete continue declare dirs disown echo enable
        eval exec exit export false fg getopts hash help history jobs kill let local mapfile popd printf pushd pwd read
        readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias
        unset wait
        """,
    )
)
_NUMBER = re.compile(r"-?\d+")


def spans(code: str) -> Iterator[Span]:
    """The pieces of the code that have a colour, up to the first here-document: its lines are any text."""
    is_command, names = True, False
    for found in _TOKEN.finditer(code) if len(code) <= _LONGEST else ():
        kind, text = found.lastgroup or "", found[0]
        if kind == "document":
            return
        if kind == "separator":
            is_command = True
        elif kind != "word":
            yield Span(found.start(), found.end(), kind)
            is_command = is_command and kind != "string"
        elif is_command and text in _KEYWORDS:
            yield Span(found.start(), found.end(), "keyword")
            names = text in ("for", "case", "select")
            is_command = text in _BEFORE_COMMANDS
        elif names and text == "in":
            yield Span(found.start(), found.end(), "keyword")
            names = False
        elif is_command and text in _BUILTINS:
            yield Span(found.start(), found.end(), "builtin")
            is_command = False
        else:
            if _NUMBER.fullmatch(text):
                yield Span(found.start(), found.end(), "number")
            is_command = False
