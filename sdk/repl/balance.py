"""Whether brackets and quotes are closed: the plainest answer to is_complete. Pure; knows no language."""

from __future__ import annotations

_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_QUOTES = "\"'`"


def balance(code: str, *, comment: str = "") -> str:
    """`complete`, `incomplete` or `invalid`. What follows `comment` on a line, outside quotes, does not count."""
    awaited: list[str] = []
    quote = ""
    position = 0
    while position < len(code):
        character = code[position]
        if character == "\\":
            position += 2
            continue
        if quote:
            quote = "" if character == quote else quote
        elif comment and code.startswith(comment, position):
            end = code.find("\n", position)
            position = len(code) if end < 0 else end
            continue
        elif character in _QUOTES:
            quote = character
        elif character in _CLOSERS:
            awaited.append(_CLOSERS[character])
        elif character in ")]}" and (not awaited or awaited.pop() != character):
            return "invalid"
        position += 1
    return "incomplete" if quote or awaited or code.rstrip("\n").endswith("\\") else "complete"
