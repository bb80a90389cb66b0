"""Values at a breakpoint, as front-ends show results. The debugger evaluates a call of `show` in the stopped frame.

What a value looks like is left here as the object that it is: no text that the user's code prints is ever evaluated.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import count
from typing import Any

Formatted = tuple[dict[str, Any], dict[str, Any]]
"""A MIME bundle and its metadata."""

USERS = "__import__('__main__').__dict__"
"""Code that gives the user's namespace, in whatever frame it is evaluated."""

_numbers = count(1)
_wanted: dict[int, Callable[[object], Formatted]] = {}
_found: dict[int, Formatted] = {}


def call_of(expression: str, formatted: Callable[[object], Formatted]) -> tuple[int, str]:
    """Code that calls `show` with the value of `expression`, and the number to `take` what it shows by."""
    number = next(_numbers)
    _wanted[number] = formatted
    return number, f"__import__('sys').modules[{__name__!r}].show({number}, {expression})"


def show(number: int, value: object) -> bool:
    """Called in the stopped frame."""
    formatted = _wanted.pop(number, None)
    if formatted is not None:
        _found[number] = formatted(value)
    return formatted is not None


def take(number: int) -> Formatted | None:
    """What was shown, if anything was."""
    _wanted.pop(number, None)
    return _found.pop(number, None)


def in_users_namespace(code: str) -> str:
    """Code that evaluates `code`, or runs it if it is a statement, where cells run."""
    try:
        ast.parse(code.strip(), mode="eval")
    except SyntaxError:
        return f"exec({code!r}, {USERS})"
    return f"eval({code.strip()!r}, {USERS})"


def is_path(expression: str) -> bool:
    """Whether an expression only goes from a name to what is in it: `a`, `a.b`, `a[0]['key']`."""
    try:
        node = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute) or (
            isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant | ast.UnaryOp)
        ):
            node = node.value
        else:
            return False
    return True


def as_body(formatted: Formatted) -> dict[str, Any]:
    """The body of a reply."""
    data, metadata = formatted
    return {"data": data, "metadata": {kind: value for kind, value in metadata.items() if kind in data}}
