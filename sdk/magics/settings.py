"""The options of a kernel's class, as a session may see and change them. Values are read as on the command line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple

from sdk.kernel.base import Kernel

_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_NAMES = {bool: "True or False", int: "a whole number", float: "a number", list: "a list", dict: "a dictionary"}


class Setting(NamedTuple):
    """One option."""

    owner: str
    """The class that has it."""

    name: str
    value: Any
    help: str

    @property
    def shown(self) -> str:
        """As configuration files name it."""
        return f"{self.owner}.{self.name}"


def settings(kernel: Kernel) -> Iterator[Setting]:
    """All of them: the kernel's own first."""
    seen: set[str] = set()
    for owner in type(kernel).__mro__:
        for name, text in owner.__dict__.get("options", {}).items():
            if name not in seen:
                seen.add(name)
                yield Setting(owner.__name__, name, getattr(kernel, name), text)


def read(text: str, before: object) -> Any:
    """The value that `text` says, of the type of `before`. Raises ValueError, which tells what is expected."""
    kind = type(before)
    if kind is str:
        return _without_quotes(text)
    if kind is bool:
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
    elif kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    else:
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError):
            if before is None:
                return text
    raise ValueError(f"{_NAMES.get(kind, kind.__name__)} is expected")


def _without_quotes(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
