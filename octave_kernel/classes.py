"""A cell that defines a class: Octave takes one from a file of its name alone, so the definition goes there. Pure."""

from __future__ import annotations

from typing import NamedTuple

from octave_kernel.language.lexer import Kind, tokens
from octave_kernel.language.syntax import Syntax, SyntaxProblem
from octave_kernel.lines import class_name, quoted


class Defined(NamedTuple):
    """A class, and what follows it in the cell."""

    name: str
    text: str
    rest: str


def split(code: str) -> Defined:
    """The first class of the cell; all of it, if the definition does not end."""
    syntax, inside = Syntax(), False
    try:
        for token in tokens(code):
            syntax.take(token)
            if inside and not syntax.blocks and token.kind is Kind.KEYWORD:
                return Defined(class_name(code), f"{code[: token.end]}\n", code[token.end :])
            inside = inside or bool(syntax.blocks)
    except SyntaxProblem:
        pass  # which Octave tells of
    return Defined(class_name(code), code if code.endswith("\n") else f"{code}\n", "")


def script(defined: Defined, file: str, *, changed: bool) -> str:
    """What is run for the cell: Octave reads the class, and does what follows on the lines where it stands."""
    first = f"rehash;__parse_file__({quoted(file)});"
    if changed:
        told = f"{defined.name}: the old definition holds until all variables are cleared (clear all)"
        first += f"warning({quoted('Octave:class-redefined')},{quoted(told)});"
    return f"{first}{chr(10) * defined.text.rstrip(chr(10)).count(chr(10))}{defined.rest}\n"
