"""Is this code complete? Asks a bash that only parses: a few milliseconds, and the live shell is left alone."""

from __future__ import annotations

import re

from sdk import IsCompleteReply
from sdk.repl import Finished

_UNFINISHED = (
    "unexpected end of file",
    "unexpected EOF while looking for matching",
    "here-document at line",
)
_BLOCK_BEGINS = re.compile(r"(\b(then|do|else|in)|[{(]|\)\s*)\s*$")
_INDENT = "    "


def arguments(shell: str) -> list[str]:
    """The command that reads the code on stdin."""
    return [shell, "--norc", "--noprofile", "-n", "-O", "extglob"]


def judge(code: str, parsed: Finished) -> IsCompleteReply:
    """What the parser's words mean."""
    said = parsed.error
    last = code.rstrip("\n").rpartition("\n")[2]
    trailing = len(last) - len(last.rstrip("\\"))
    if any(words in said for words in _UNFINISHED) or (trailing % 2 and not code.endswith("\n\n")):
        return IsCompleteReply("incomplete", _indent(last))
    if parsed.status != 0:
        if ("conditional" in said and "newline" in said) or ("unexpected token `newline'" in said and "[[" in last):
            return IsCompleteReply("incomplete", _indent(last))
        return IsCompleteReply("invalid")
    return IsCompleteReply("complete")


def _indent(line: str) -> str:
    present = line[: len(line) - len(line.lstrip())]
    return present + _INDENT if _BLOCK_BEGINS.search(line) else present
