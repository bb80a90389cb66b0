"""Completion: the shell's own when it is idle, what Python knows while a cell runs."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bash_kernel.words import Kind, Place, Word, broken, place_at
from sdk import CompleteReply

_HERE = os.path.dirname(os.path.abspath(__file__))
_BASH_COMPLETION = (
    "/usr/share/bash-completion/bash_completion",
    "/usr/local/share/bash-completion/bash_completion",
    "/opt/homebrew/share/bash-completion/bash_completion",
    "/etc/bash_completion",
)
_HAS_LOADER = "builtin declare -F _comp_load >/dev/null || builtin declare -F __load_completion >/dev/null"
_SPECIAL = re.compile(r"""([\s"'\\$`&|;<>(){}\[\]*?!#~^])""")
_SPECIAL_IN_DOUBLE_QUOTES = re.compile(r'(["\\$`])')
_MOST = 2000
_TYPES = {Kind.COMMAND: "command", Kind.VARIABLE: "variable", Kind.FILE: "file", Kind.ARGUMENT: "argument"}


class Question(NamedTuple):
    """What to ask the shell: code that writes the answer to stdout, and the word that the matches stand for."""

    code: str
    place: Place
    word: Word


def question(code: str, position: int) -> Question | None:
    """What to ask the shell about `position`; None when Python knows as much."""
    place = place_at(code, position)
    if place.kind in (Kind.NOTHING, Kind.FILE) or (place.kind is Kind.COMMAND and "/" in place.word.text):
        return None
    lines = [
        f"builtin declare -F __k_arguments >/dev/null || builtin . {shlex.quote(os.path.join(_HERE, 'complete.bash'))}"
    ]
    if place.kind is not Kind.ARGUMENT:
        lines.append(f"__k_matches {place.kind.value} {shlex.quote(place.word.text)}")
        return Question("\n".join(lines) + "\n", place, place.word)
    words = broken(place.words)
    quoted = " ".join(
        shlex.quote(word.text if word is words[-1] and not word.text.startswith("$") else word.raw) for word in words
    )
    loaders = " || ".join(f"{{ [[ -r {path} ]] && builtin . {path}; }}" for path in _BASH_COMPLETION)
    lines += [
        _HAS_LOADER + f" || {{ builtin shopt -s extglob; {loaders}; }} >/dev/null",
        f"__k_words=({quoted}) __k_line={shlex.quote(place.line)}",
        "__k_arguments",
        "builtin unset -v __k_words __k_line",
    ]
    return Question("\n".join(lines) + "\n", place, words[-1])


def reply(answer: str, asked: Question, *, position: int, cwd: str | None, home: str) -> CompleteReply:
    """What the shell answered, as matches that can stand in the code."""
    kind, *matches = answer.split("\0")
    found = list(dict.fromkeys(match for match in matches if match and not match.startswith("__k_")))
    if asked.place.kind is Kind.ARGUMENT and kind == "f":
        return _files(found, asked.word, position=position, cwd=cwd, home=home)
    stripped = list(dict.fromkeys(match.rstrip(" ") for match in found))
    start = asked.word.start
    if asked.word.quote:
        stripped = [f"{asked.word.quote}{match}{asked.word.quote}" for match in stripped]
    return _reply(stripped, start, position, _TYPES[asked.place.kind])


def without_shell(
    code: str, position: int, *, cwd: str | None, names: Iterable[str], environment: Mapping[str, str]
) -> CompleteReply:
    """What can be said without asking: files, programs, and the names that the shell was known to have."""
    place = place_at(code, position)
    word = place.word
    if place.kind is Kind.NOTHING:
        return CompleteReply([], position, position)
    if place.kind is Kind.VARIABLE:
        known = sorted({*environment, *names})
        return _reply([name for name in known if name.startswith(word.text)], word.start, position, "variable")
    if place.kind is Kind.COMMAND and "/" not in word.text:
        known = sorted({*_programs(environment.get("PATH", ""), word.text), *names})
        return _reply([name for name in known if name.startswith(word.text)], word.start, position, "command")
    if place.kind is Kind.ARGUMENT:
        word = broken(place.words)[-1]
    found = _paths(word.text, cwd=cwd, home=environment.get("HOME", ""))
    if place.kind is Kind.COMMAND:
        found = [path for path in found if os.access(_resolved(path, cwd, environment.get("HOME", "")), os.X_OK)]
    return _files(found, word, position=position, cwd=cwd, home=environment.get("HOME", ""))


def _reply(matches: list[str], start: int, position: int, kind: str) -> CompleteReply:
    matches = matches[:_MOST]
    kinds: list[dict[str, Any]] = [{"start": start, "end": position, "text": match, "type": kind} for match in matches]
    return CompleteReply(matches, start, position, {"_jupyter_types_experimental": kinds})


def _files(found: Iterable[str], word: Word, *, position: int, cwd: str | None, home: str) -> CompleteReply:
    matches = []
    for path in sorted(found):
        folder = os.path.isdir(_resolved(path, cwd, home))
        name = f"{path.rstrip('/')}/" if folder else path
        matches.append(_quoted(name, word.quote, finished=not folder))
    return _reply(matches, word.start, position, "file")


def _quoted(name: str, quote: str, *, finished: bool) -> str:
    """A file's name as it stands in code, in the quotes that were begun."""
    if quote == "'":
        text = name.replace("'", "'\\''")
        return f"'{text}'" if finished else f"'{text}"
    if quote == '"':
        text = _SPECIAL_IN_DOUBLE_QUOTES.sub(r"\\\1", name)
        return f'"{text}"' if finished else f'"{text}'
    if name.startswith("~"):
        head, slash, tail = name.partition("/")
        return head + slash + _SPECIAL.sub(r"\\\1", tail)
    return _SPECIAL.sub(r"\\\1", name)


def _paths(prefix: str, *, cwd: str | None, home: str) -> list[str]:
    beginning = prefix.rpartition("/")[2]
    shown = prefix[: len(prefix) - len(beginning)]
    try:
        names = os.listdir(_resolved(shown or ".", cwd, home))
    except OSError:
        return []
    hidden = beginning.startswith(".")
    return [shown + name for name in names if name.startswith(beginning) and (hidden or not name.startswith("."))]


def _resolved(path: str, cwd: str | None, home: str) -> str:
    if path == "~" or path.startswith("~/"):
        path = home + path[1:]
    return os.path.join(cwd or ".", path)


def _programs(path: str, beginning: str) -> Iterable[str]:
    for folder in path.split(":"):
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        yield from (
            name for name in names if name.startswith(beginning) and os.access(os.path.join(folder, name), os.X_OK)
        )
