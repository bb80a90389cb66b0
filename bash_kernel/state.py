"""`Saved`: what a shell has written down of itself (save.bash), and the scripts by which another becomes like it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable
from typing import NamedTuple

_NOT_RESTORED = ("set -o onecmd", "set -t")  # such a shell ends after its next command
_TRAP = re.compile(r"^trap -- '(?!\\'')", re.MULTILINE)
_OURS = re.compile(r"^declare -\w*r\w* (?=__k_)", re.MULTILINE)
"""A variable of ours that a cell has made readonly: so it would break the next shell, too."""
_END = b"\0whole\n\0"
_QUIET = "builtin shopt -u expand_aliases\nbuiltin shopt -s extglob\n"
"""Functions are written with their aliases expanded, and may contain patterns of any kind."""


class Saved(NamedTuple):
    """What a shell knew, and the session's token that stands in its paths."""

    pieces: tuple[tuple[str, str], ...]
    token: str
    when: str = ""
    """When it was saved, as a person says it."""

    @property
    def errexit(self) -> bool:
        """Whether the first failure ends the shell."""
        lines = self._text("options").split("\n")
        return "set -o errexit" in lines or "set -e" in lines

    def first(self, token: str, environment: Iterable[str]) -> str:
        """The script to be read before our own: variables. `environment` names what the new shell is given."""
        variables = self._text("variables")
        gone = [name for name in environment if name.isidentifier() and not _declares(variables, name)]
        unset = f"builtin unset -v {' '.join(gone)}\n" if gone else ""
        return self._for(token, f"{_QUIET}{unset}{_OURS.sub('declare -- ', variables)}")

    def second(self, token: str, cwd: str | None) -> str:
        """The script to be read after our own: functions, aliases, working directory, traps, options.

        `cwd` is what was last heard of, later than a state that was saved in between.
        """
        # Each by itself: a function whose name or text this shell does not take must not cost the others.
        functions = [f"builtin eval -- {shlex.quote(text)}" for name, text in self.pieces if name == "function"]
        attributes = [
            f"builtin declare {found['attributes']} -- {shlex.quote(found['name'])}"
            for found in re.finditer(r"^declare (?P<attributes>-f\w+) (?P<name>.+)$", self._text("attributes"), re.M)
        ]
        options = [f"builtin {line}" for line in self._text("options").split("\n") if line not in ("", *_NOT_RESTORED)]
        # Traps last: one for DEBUG would be run by each line that follows.
        there = [f"builtin cd -- {shlex.quote(cwd)}"] if cwd and self.when else []
        script = [
            self._text("place"),
            *there,
            *functions,
            *attributes,
            *options,
            _TRAP.sub("builtin trap -- '", self._text("traps")),
        ]
        return self._for(token, "\n".join(script))

    def _text(self, name: str) -> str:
        return next((text for found, text in self.pieces if found == name), "")

    def _for(self, token: str, script: str) -> str:
        return script.replace(self.token, token)


def replace(new: str, old: str) -> bool:
    """Put the file `new` in the place of `old`, if the shell could write all of it."""
    try:
        with open(new, "rb") as file:
            file.seek(-len(_END), os.SEEK_END)
            if file.read() != _END:
                return False
        os.replace(new, old)
    except OSError:
        return False  # no room, or somebody has removed it
    return True


def read(path: str, token: str, when: str = "") -> Saved | None:
    """What the shell wrote into `path`; None when it did not write all of it."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            *pieces, rest = file.read().split("\0")
    except OSError:
        return None
    if rest or not pieces or pieces[-1] != "whole\n":
        return None
    named = (piece.partition("\n") for piece in pieces)
    return Saved(tuple((name, text) for name, _, text in named), token, when)


def _declares(variables: str, name: str) -> bool:
    return re.search(rf"^declare -\S+ {name}(=|$)", variables, re.M) is not None
