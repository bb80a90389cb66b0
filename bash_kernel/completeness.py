"""Is this code complete? Asks a bash that only parses: a few milliseconds, and the live shell is left alone."""

from __future__ import annotations

import re

from bash_kernel.words import Kind, place_at
from sdk import IsCompleteReply
from sdk.repl import Finished

QUESTION = "builtin alias -p; builtin shopt -p extglob\n"
"""Code that makes the shell write what its parser goes by."""

_UNFINISHED = (
    "unexpected end of file",
    "unexpected EOF while looking for",
    "here-document at line",
    "unexpected EOF in",
)
_IN_TEXT = re.compile("looking for matching `[\"']'|here-document at line")
_CONDITIONAL = re.compile(r"conditional|unexpected token `newline'|unexpected argument `newline'")
_ALIAS = re.compile(r"^alias (?:-- )?\S+?=(?:'[^']*'|\\')+\n", re.MULTILINE)  # its value may go over several lines
_INDENT = "    "
_OPENS = re.compile(r"(?:^|[\s;&|(])(?:then|do|else|in)\s*$|[{(]\s*$|^\s*(?:[^\s()]+\s*\)|\([^()]+\))\s*$")
_CONTINUES = re.compile(r"(?:\\|&&|\|\|?)\s*$")
_STRING = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$")


def arguments(shell: str) -> list[str]:
    """The command that reads the script on stdin."""
    return [shell, "--norc", "--noprofile"]


def script(code: str, aliases: str) -> str:
    """What to give it: `aliases` (what the shell answered to QUESTION), and then the code, which is not run.

    Where code mentions extglob, that is on: it may be switched on in one line and used in the next.
    """
    known = "".join(found[0] for found in _ALIAS.finditer(aliases))
    extglob = "extglob" in code or "shopt -u extglob" not in aliases
    return f"shopt -s expand_aliases{' extglob' if extglob else ''}\n{known}set -n\n{code}"


def judge(code: str, parsed: Finished) -> IsCompleteReply:
    """What the parser's words mean."""
    said = parsed.error
    lines = code.rstrip("\n").split("\n")
    if any(words in said for words in _UNFINISHED):
        return IsCompleteReply("incomplete", "" if _IN_TEXT.search(said) else _indent(lines))
    if _ends_in_backslash(code):
        return IsCompleteReply("incomplete", _indent(lines))
    if parsed.status != 0 or "syntax error" in said or "conditional" in said:
        if _CONDITIONAL.search(said) and "[[" in code and "]]" not in code.rpartition("[[")[2]:
            return IsCompleteReply("incomplete", _indent(lines))
        return IsCompleteReply("invalid")
    return IsCompleteReply("complete")


def _ends_in_backslash(code: str) -> bool:
    """Whether a backslash joins the next line to the last one, and that is not there yet."""
    text = code.removesuffix("\n")
    last = text.rpartition("\n")[2]
    odd = (len(last) - len(last.rstrip("\\"))) % 2 == 1
    return odd and place_at(text, len(text)).kind is not Kind.NOTHING


def _indent(lines: list[str]) -> str:
    """As the last line, and one step more if that opens a block or is the first of a continued command."""
    last = lines[-1]
    bare = _COMMENT.sub("", _STRING.sub("''", last))
    present = last[: len(last) - len(last.lstrip())]
    if _OPENS.search(bare):
        return present + _INDENT
    if _CONTINUES.search(bare):
        return present if len(lines) > 1 and _CONTINUES.search(lines[-2]) else present + _INDENT
    if bare.strip() in (";;", ";&", ";;&"):
        return present.removesuffix(_INDENT)
    return present
