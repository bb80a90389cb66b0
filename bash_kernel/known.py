"""What the shell was last known to have: names by their kind, from the text by which it saves its state. Pure."""

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


def names(state: str) -> Mapping[str, Sequence[str]]:
    """Kind -> names, of what `declare -p`, `declare -f` and `alias -p` have written."""
    return {
        "alias": _ALIAS.findall(state),
        "keyword": KEYWORDS,
        "function": _FUNCTION.findall(state),
        "builtin": BUILTINS,
        "variable": _VARIABLE.findall(state),
    }
