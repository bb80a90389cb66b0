"""Inspection: what the shell knows of a name, or else its manual page."""

from __future__ import annotations

import re
import shlex

_NAME = re.compile(r"[A-Za-z0-9_./+:@%!\[-][\w./+:@%\]-]*")
_OVERSTRIKE = re.compile(r".\x08|\x1b\[[0-9;]*m")
_LONGEST = 20_000


def name_at(code: str, position: int) -> tuple[str, bool]:
    """The name at `position`, and whether it is a variable's. Empty when there is none."""
    for found in re.finditer(r"\$\{?[#!]?([A-Za-z_]\w*)|[^\s;|&<>(){}'\"$`=]+=?", code):
        if found.start() <= position <= found.end():
            word = found[0]
            if found[1]:
                return found[1], True
            return word.rstrip("="), word.endswith("=")
    return "", False


def question(name: str, *, variable: bool) -> str:
    """Code that writes what the shell knows of `name`; nothing when it knows nothing."""
    quoted = shlex.quote(name)
    if variable:
        return f"builtin declare -p -- {quoted} 2>/dev/null\n"
    return (
        f"case $(builtin type -t -- {quoted}) in\n"
        f"  alias) builtin alias -- {quoted} ;;\n"
        f"  function) builtin declare -f -- {quoted} ;;\n"
        f"  builtin | keyword) builtin help -m -- {quoted} ;;\n"
        f"  file) builtin type -a -- {quoted} ;;\n"
        f"  *) builtin declare -p -- {quoted} 2>/dev/null ;;\n"
        "esac\n"
    )


def manual(name: str) -> list[str]:
    """The command that writes the manual page of `name`."""
    return ["man", "-P", "cat", "--", name]


def plain(text: str) -> str:
    """A manual page without overstrikes and colours, not longer than is read in a pager."""
    text = _OVERSTRIKE.sub("", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n[...]\n"
