"""A cell's text -> what is to be done, step by step: magics, and code for the language. Pure.

Magics stand at a cell's top: line magics, and then a cell magic, which takes the rest, or code. In code the lines of
magics stay as empty lines (as they are, where they are comments), so that the language counts lines as the user does.
A backslash before a magic gives its line to the language, without the backslash.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from sdk.kernel.magic_syntax import MagicSyntax

_NAME = re.compile(r"[A-Za-z_][\w.]*(?=\s|$)")
_HELP_AFTER = re.compile(r"([\w.%$:@]*\w)(\?{1,2})")


class Kind(Enum):
    """The form in which a magic is written."""

    LINE = "line magic"
    CELL = "cell magic"
    STICKY = "sticky cell magic"


class Use(NamedTuple):
    """One magic that a cell uses."""

    kind: Kind
    name: str
    text: str = ""
    """What follows the name on its line."""

    body: str = ""
    """The lines below it, for a cell magic."""


class Code(NamedTuple):
    """Code for the language."""

    text: str


class Line(NamedTuple):
    """One line of a cell."""

    text: str
    """As the language gets it."""

    use: Use | None = None
    """The magic that it is."""


IsMagic = Callable[[Use], bool]


def read(code: str, syntax: MagicSyntax, is_magic: IsMagic) -> list[Line]:
    """The lines of a cell, and which of them are magics.

    `is_magic` tells whether what reads like a magic is one; it is asked where the language may mean something else.
    """
    alone = len(code.strip().split("\n")) == 1
    lines: list[Line] = []
    begun = taken = False  # whether code has begun, and whether a cell magic has taken the rest
    for text in code.split("\n"):
        if taken or (begun and not syntax.anywhere):
            lines.append(Line(text))
            continue
        bare = text.lstrip()
        escaped = bare.startswith("\\") and not bare[1:2].isspace()
        use = use_of(text.replace("\\", "", 1) if escaped else text, syntax, alone=alone)
        if use is not None and syntax.shared and not is_magic(use):
            use = None
        if use is None or escaped or (begun and use.kind is not Kind.LINE):
            begun = begun or _is_code(text, syntax)
            lines.append(Line(text.replace("\\", "", 1) if use is not None and escaped else text))
        else:
            taken = use.kind is not Kind.LINE
            lines.append(Line(text if syntax.is_comment else "", use))
    return lines


def steps(code: str, syntax: MagicSyntax, is_magic: IsMagic) -> Iterator[Use | Code]:
    """What a cell says is to be done, in order. `is_magic`: see `read`."""
    lines = read(code, syntax, is_magic)
    if all(line.use is None for line in lines):
        yield Code("\n".join(line.text for line in lines))
        return
    kept: list[str] = []
    begun = False
    for number, line in enumerate(lines):
        if line.use is None:
            kept.append(line.text)
            begun = begun or _is_code(line.text, syntax)
            continue
        if begun:
            yield Code("\n".join(kept))
            kept, begun = [""] * number, False
        if line.use.kind is not Kind.LINE:
            yield line.use._replace(body="\n".join(line.text for line in lines[number + 1 :]))
            return
        yield line.use
        kept.append(line.text)
    if begun:
        yield Code("\n".join(kept))


def use_of(line: str, syntax: MagicSyntax, *, alone: bool) -> Use | None:
    """The magic that a line reads like. `alone`: the cell has no other line."""
    text = line.strip()
    if not text:
        return None
    if syntax.help and text.startswith(syntax.help):
        asked_for = text.lstrip(syntax.help)
        return _help(asked_for.strip(), len(text) - len(asked_for))
    if syntax.help and alone and (asked := _HELP_AFTER.fullmatch(text)):
        return _help(asked[1], len(asked[2]))
    if syntax.shell and text.startswith(syntax.shell):
        twice = text.startswith(syntax.shell * 2)
        command = text[len(syntax.shell) * (1 + twice) :].strip()
        return Use(Kind.CELL if twice else Kind.LINE, "shell", command)
    for kind, times in ((Kind.STICKY, 3), (Kind.CELL, 2), (Kind.LINE, 1)):
        start = syntax.prefix * times
        if start and text.startswith(start):
            name = _NAME.match(text, len(start))
            return Use(kind, name[0], text[name.end() :].strip()) if name else None
    return None


def _help(name: str, marks: int) -> Use | None:
    return Use(Kind.LINE, "help", f"--source {name}" if marks == 2 else name) if marks <= 2 else None


def _is_code(line: str, syntax: MagicSyntax) -> bool:
    text = line.strip()
    return bool(text) and (text[0] not in syntax.comments or (syntax.block != "" and text[1:] == syntax.block))
