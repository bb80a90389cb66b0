"""What the shell was last known to have, from the file in which it saves its state. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_VARIABLE = re.compile(r"^declare -\S+ ([A-Za-z_]\w*)", re.MULTILINE)
_FUNCTION = re.compile(r"^([^\s()=\"'$]+) \(\) ?$", re.MULTILINE)
_ALIAS = re.compile(r"^alias (?:-- )?([^=\s]+)=", re.MULTILINE)

KEYWORDS = (
    *("!", "[[", "]]", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in"),
    *("select", "then", "time", "until", "while", "{", "}"),
)
BUILTINS = (
    *(".", ":", "[", "alias", "bg", "bind", "break", "builtin", "caller", "cd", "command", "compgen", "complete"),
    *("compopt", "continue", "declare", "dirs", "disown", "echo", "enable", "eval", "exec", "exit", "export", "false"),
    *("fc", "fg", "getopts", "hash", "help", "history", "jobs", "kill", "let", "local", "logout", "mapfile", "popd"),
    *("printf", "pushd", "pwd", "read", "readarray", "readonly", "return", "set", "shift", "shopt", "source"),
    *("suspend", "test", "times", "trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset", "wait"),
)


def piece(state: str, title: str) -> str:
    """What the shell has saved under `title`: "variables", "function" (all of them), "place" (aliases among it), ..."""
    return "".join(each.partition("\n")[2] for each in state.split("\0") if each.startswith(f"{title}\n"))


def names(state: str) -> Mapping[str, Sequence[str]]:
    """Kind -> names."""
    return {
        "alias": _ALIAS.findall(piece(state, "place")),
        "keyword": KEYWORDS,
        "function": _FUNCTION.findall(piece(state, "function")),
        "builtin": BUILTINS,
        "variable": _VARIABLE.findall(piece(state, "variables")),
    }
