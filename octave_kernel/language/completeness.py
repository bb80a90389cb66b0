"""Is this code complete? By the text alone: no round trip to Octave, so it is told while a cell runs, too. Pure."""

from __future__ import annotations

from octave_kernel.language.lexer import Kind, Token, tokens
from octave_kernel.language.syntax import Syntax, SyntaxProblem
from sdk import IsCompleteReply

_STEP = "  "
_CONTINUED = ("...", "\\")


def judge(code: str) -> IsCompleteReply:
    """What the code is; for incomplete code how the next line should be indented."""
    found = tokens(code)
    syntax = Syntax()
    try:
        for token in found:
            if token.kind is Kind.UNCLOSED:
                return _unclosed(token, code, found, syntax)
            syntax.take(token)
        syntax.finish(Token(Kind.SEPARATOR, "\n", len(code), len(code)))
    except SyntaxProblem:
        return IsCompleteReply("invalid")
    if syntax.brackets or syntax.blocks:
        return IsCompleteReply("incomplete", _indent(code, found, syntax))
    return IsCompleteReply("complete")


def _unclosed(token: Token, code: str, found: list[Token], syntax: Syntax) -> IsCompleteReply:
    if token.text == "%{":
        return IsCompleteReply("incomplete", "")
    if token.text.startswith(_CONTINUED):
        return IsCompleteReply("incomplete", _indent(code, found, syntax, continued=True))
    # Only a string in double quotes goes over lines, and only after a backslash.
    rest = token.text.removesuffix("\n")
    goes_on = token.text.startswith('"') and token.end == len(code) and _ends_in_backslash(rest)
    return IsCompleteReply("incomplete", "") if goes_on else IsCompleteReply("invalid")


def _ends_in_backslash(text: str) -> bool:
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _indent(code: str, found: list[Token], syntax: Syntax, *, continued: bool = False) -> str:
    """As the last line that is not blank, and one step more for what that line opens and leaves open."""
    lines = code.rstrip().split("\n")
    last = lines[-1]
    start = len(code.rstrip()) - len(last)
    present = last[: len(last) - len(last.lstrip())]
    opens = [where for _, where in syntax.brackets] + [block.start for block in syntax.blocks]
    in_line = [token for token in found if start <= token.start]
    middle = next((token for token in in_line if token.kind is Kind.KEYWORD), None)
    opened = any(where >= start for where in opens)
    goes_on = middle is not None and middle.text in (
        *("else", "elseif", "case", "otherwise", "catch", "unwind_protect_cleanup"),
    )
    if opened or goes_on or (continued and not _continues(lines)):
        return present + _STEP
    return present


def _continues(lines: list[str]) -> bool:
    """Whether the last line is itself the continuation of another."""
    return len(lines) > 1 and lines[-2].rstrip().endswith("...")
