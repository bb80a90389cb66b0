"""The variables as front-ends list them, and what is inside them, in slices if that is much. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from sdk import Variable

SLICE = 100
"""How many things are listed at once."""

_PARTS = 6  # that Octave tells of each
_NAME = re.compile(r"[A-Za-z_]\w*")
_STEP = re.compile(r"\.[A-Za-z_]\w*|\{[\d,]+\}|\([\d,:]+\)|\('(?:[^']|'')*'\)|\([-\d.e+]+\)")
_RANGE = re.compile(r"\[(\d+):(\d+)\]")
_TYPES = {"logical": "bool", "char": "str", "double": "float", "single": "float"}


class Asked(NamedTuple):
    """What is asked of Octave: what is within `path`, from the `first` thing to the `last`."""

    path: str
    first: int
    last: int


def asked(path: Sequence[str]) -> Asked | None:
    """What the names on the way to a variable mean; None when they are none of ours.

    The path is put together to an expression: each part must be one that only takes something out.
    """
    if not path or not _NAME.fullmatch(path[0]):
        return None
    expression, first, last = path[0], 1, 0
    for part in path[1:]:
        if found := _RANGE.fullmatch(part):
            first, last = int(found[1]), int(found[2])
        elif _STEP.fullmatch(part):
            expression, first, last = f"{expression}{part}", 1, 0
        else:
            return None
    return Asked(expression, first, last)


def read(text: str, path: str = "") -> list[Variable]:
    """What Octave has told: variables, or what is within `path`."""
    parts = text.split("\0")[:-1]
    return [_variable(path, *parts[at : at + _PARTS]) for at in range(0, len(parts) - _PARTS + 1, _PARTS)]


def slices(path: str, first: int, last: int) -> list[Variable]:
    """The ranges into which things are parted that are too many to be listed."""
    step = SLICE
    while (last - first + 1) > step * SLICE:
        step *= SLICE
    return [
        Variable(f"[{at}:{min(at + step - 1, last)}]", "", "slice", min(step, last - at + 1), path)
        for at in range(first, last + 1, step)
    ]


def _variable(path: str, name: str, kind: str, size: str, attributes: str, inside: str, shown: str) -> Variable:
    scalar = size == "1x1"
    described = " ".join(part for part in (attributes, kind) if part)
    if int(inside):
        # Without a type: JupyterLab would show that instead of the value.
        return Variable(name, f"{size} {described}{shown and f': {shown}'}", "", int(inside), f"{path}{name}")
    text = shown if kind == "char" or scalar else f"{size} {described}{shown and f': {shown}'}"
    simple = _TYPES.get(kind, "int" if "int" in kind else kind) if scalar or kind == "char" else f"{size} {described}"
    return Variable(name, text, kind if "complex" in attributes else simple, 0, f"{path}{name}")
