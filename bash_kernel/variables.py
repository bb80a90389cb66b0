"""The shell's variables as front-ends list them: reads what `declare -p` writes. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sdk import Variable

QUESTION = '( builtin . "$__k_h/variables.bash" )\n'
"""Code that makes the shell write its variables."""

OF_THE_ENVIRONMENT = "(environment)"
OF_THE_SHELL = "(shell)"
_END = "# end\n"
_CUT = "__k_cut"

_DECLARED = re.compile(
    r"^(?:# (?P<whose>\w+) (?P<had>\S+) (?P<length>\d+)\n)?declare -(?P<flags>\S+) (?P<name>\w+)(?P<value>=)?",
    re.MULTILINE,
)
_STRING = re.compile(
    r"""\$'(?P<ansi>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s()\]"'$]+)""", re.DOTALL
)
_ESCAPE_IN_DOUBLE = re.compile(r'\\(["\\$`])')
_ESCAPE = re.compile(
    rb"\\(?:(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9A-Fa-f]{1,2})|[uU](?P<point>[0-9A-Fa-f]{1,8})|(?P<one>.))", re.DOTALL
)
_ONE = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"e": b"\x1b", b"E": b"\x1b", b"f": b"\f"}
_ONE[b"v"] = b"\v"
_ATTRIBUTES = {"x": "exported", "r": "read-only", "l": "lower case", "u": "upper case", "t": "traced"}
_INTEGER = re.compile(r"-?\d{1,15}")  # more digits than that are not exact in a browser
_NOT_SHOWN = re.compile(
    r"__k_|_$|BASH_(?:ARGC|ARGV|COMMAND|LINENO|SOURCE)$|FUNCNAME$|PIPESTATUS$|PROMPT_COMMAND$|PS[0124]$"
)


_SET_BY_THE_SHELL = frozenset(  # as it goes on: they are no more the user's than those of its start
    [
        *("COLUMNS", "COMP_WORDBREAKS", "HISTCMD", "HISTFILE", "HISTFILESIZE", "HISTSIZE", "LINES"),
        *("OLDPWD", "OPTARG", "OPTERR", "OPTIND"),
    ]
)


class ShellVariable(NamedTuple):
    """One variable: `flags` as `declare` takes them, `length` what it would be uncut."""

    name: str
    flags: str
    value: str | Sequence[tuple[str, str]] | None
    length: int


def parts(answer: str) -> tuple[str, str] | None:
    """The variables, and the names that are not the user's (for `at_start`); None when the answer is not whole."""
    if not answer.endswith(_END):
        return None
    declared, _, names = answer.removesuffix(_END).rpartition("\n# names\n")
    return declared, names


def read(text: str) -> list[ShellVariable]:
    """The variables that `declare -p` has written, of whatever else stands around."""
    found = []
    at = 0
    while declared := _DECLARED.search(text, at):
        at = declared.end()
        value: str | list[tuple[str, str]] | None = None
        if declared["value"]:
            if text.startswith("(", at):
                value, at = _elements(text, at + 1)
            else:
                value, at = _string(text, at)
        name, flags = declared["name"], declared["flags"].strip("-")
        length = len(value) if value is not None else 0
        if name == _CUT and declared["whose"]:
            name, flags, length = declared["whose"], declared["had"].strip("-"), int(declared["length"])
        found.append(ShellVariable(name, flags, value, length))
    return found


def at_start(names: str) -> frozenset[str]:
    """The names that are not the user's: of the lists in `names`, those that a list after "+" has more than before."""
    result: set[str] = set()
    for block in names.split("-\n"):
        before, _, after = block.partition("+\n")
        result |= set(after.split()) - set(before.split())
    return frozenset(result) | _SET_BY_THE_SHELL


def listed(variables: Iterable[ShellVariable], initial: frozenset[str]) -> list[Variable]:
    """The user's own; then, to be opened, those of the environment and those of the shell."""
    shown = sorted((each for each in variables if not _NOT_SHOWN.match(each.name)), key=lambda each: each.name)
    own = [_variable(each) for each in shown if not _was_there(each, initial)]
    return [
        *own,
        *(
            Variable(name, f"{len(group)} variables", children=len(group))
            for name in (OF_THE_ENVIRONMENT, OF_THE_SHELL)
            if (group := _group(shown, initial, name))
        ),
    ]


def inside(path: Sequence[str], variables: Iterable[ShellVariable], initial: frozenset[str]) -> list[Variable]:
    """What is in the group, or the array, at `path`."""
    known = {each.name: each for each in variables}
    if len(path) == 1 and path[0] in (OF_THE_ENVIRONMENT, OF_THE_SHELL):
        shown = sorted((each for each in known.values() if not _NOT_SHOWN.match(each.name)), key=lambda each: each.name)
        return [_variable(each) for each in _group(shown, initial, path[0])]
    found = known.get(path[-1])
    if found is None or found.value is None or isinstance(found.value, str):
        return []
    elements = [Variable(f"[{key}]", value, "str", code=f"${{{found.name}[{key}]}}") for key, value in found.value]
    if found.length > len(elements):
        elements.append(Variable("...", f"{found.length - len(elements)} more"))
    return elements


def _group(shown: Iterable[ShellVariable], initial: frozenset[str], name: str) -> list[ShellVariable]:
    exported = name == OF_THE_ENVIRONMENT
    return [each for each in shown if _was_there(each, initial) and ("x" in each.flags) is exported]


def _was_there(variable: ShellVariable, initial: frozenset[str]) -> bool:
    return variable.name in initial or variable.name.startswith("BASH_")


def _variable(variable: ShellVariable) -> Variable:
    value, flags = variable.value, variable.flags
    code = f"${variable.name}"
    if value is None:
        return Variable(variable.name, "(not set)", code=code)
    if isinstance(value, str):
        shown = value if variable.length <= len(value) else f"{value}... ({variable.length} characters)"
        kind = "int" if "i" in flags and _INTEGER.fullmatch(value) else "str"
        return Variable(variable.name, shown, kind, code=code)
    is_map = "A" in flags
    shown = " ".join(f"[{key}]={shlex.quote(one)}" if is_map else shlex.quote(one) for key, one in value)
    if variable.length > len(value):
        shown += " ..."
    kind = f"{'map' if is_map else 'array'} of {variable.length} element{'' if variable.length == 1 else 's'}"
    kind = ", ".join([kind, *(said for flag, said in _ATTRIBUTES.items() if flag in flags)])
    return Variable(variable.name, f"({shown})", kind, children=len(value), code=f"${{{variable.name}[@]}}")


def _string(text: str, at: int) -> tuple[str, int]:
    found = _STRING.match(text, at)
    if found is None:
        return "", at
    if found["ansi"] is not None:
        return _unescaped(found["ansi"]), found.end()
    if found["double"] is not None:
        return _ESCAPE_IN_DOUBLE.sub(r"\1", found["double"]), found.end()
    return found["bare"], found.end()


def _elements(text: str, at: int) -> tuple[list[tuple[str, str]], int]:
    elements = []
    while text.startswith("[", at):
        key, at = _string(text, at + 1)
        value, at = _string(text, at + 2)
        elements.append((key, value))
        at += text.startswith(" ", at)
    return elements, at


def _unescaped(text: str) -> str:
    def one(found: re.Match[bytes]) -> bytes:
        if found["octal"]:
            return bytes([int(found["octal"], 8) & 255])
        if found["hex"]:
            return bytes([int(found["hex"], 16)])
        if found["point"]:
            return chr(int(found["point"], 16)).encode("utf-8", "replace")
        return _ONE.get(found["one"], found["one"])

    return _ESCAPE.sub(one, text.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
