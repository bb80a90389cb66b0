"""Completion: what to ask the shell when it is idle, and how its answer becomes matches that can stand in the code.

While a cell runs, the names are those that the shell was last known to have (`bash_kernel.known`).
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Container, Iterable, Mapping
from typing import Any, NamedTuple

from bash_kernel.words import BREAKS, Kind, Place, Word, broken, place_at
from sdk import CompleteReply

_SPECIAL = re.compile(r"""([\s"'\\$`&|;<>(){}\[\]*?!#~^])""")
_SPECIAL_IN_DOUBLE_QUOTES = re.compile(r'(["\\$`])')
_BEGINS_WITH_VARIABLE = re.compile(r"^\$(?:\{(\w+)\}|(\w+))(?=/)")
_MOST = 5000  # matches; nobody reads more
_OURS = "__k_"
_COMMAND_KINDS = ("alias", "keyword", "function", "builtin", "command")  # in the order in which bash takes them
_ARGUMENTS_ARE = {  # what arguments are that are neither files nor options, for commands whose rules do not say
    **dict.fromkeys(("ssh", "scp", "sftp", "ping", "host", "dig", "rsync", "ssh-copy-id"), "host"),
    **dict.fromkeys(("kill", "pkill", "killall", "renice"), "process"),
    "make": "target",
    **dict.fromkeys(("export", "declare", "typeset", "local", "readonly", "unset"), "variable"),
    **dict.fromkeys(("alias", "unalias"), "alias"),
}


class Question(NamedTuple):
    """What to ask the shell: code that writes the answer to stdout, and what the matches stand for."""

    code: str
    place: Place
    word: Word
    breaks: str = BREAKS


class Match(NamedTuple):
    """A way to go on: as it stands in the code, and what it is."""

    text: str
    kind: str


def question(code: str, position: int, *, breaks: str = BREAKS) -> Question | None:
    """What to ask the shell about `position` (code points); None when Python knows as much.

    `breaks` are the characters of COMP_WORDBREAKS that part words; the answer tells whether they were right.
    """
    place = place_at(code, position)
    if place.kind is Kind.NOTHING:
        return None
    lines = ['builtin declare -F __k_arguments >/dev/null || builtin . "$__k_h/complete.bash"']
    text = shlex.quote(place.word.text)
    if place.kind is not Kind.ARGUMENT:
        ask = f"__k_{place.kind.value}s {text}"
        if place.kind is Kind.COMMAND:
            ask = f"__k_files {text} command" if _is_path(place.word.text) else f"{ask}; __k_files {text}"
        return Question("\n".join([*lines, f"( {ask} )", ""]), place, place.word)
    words, word = broken(place.words, breaks)
    whole = words[-1].raw if words[-1].start != word.start or word.text.startswith("$") else word.text
    quoted = " ".join(shlex.quote(one) for one in (*(each.raw for each in words[:-1]), whole))
    # The completion functions look for the words in the line: what is unquoted in one is so in the other.
    line = place.line[: word.start - place.words[0].start] + word.text
    lines += [
        f"__k_words=({quoted}) __k_line={shlex.quote(line)} __k_word={shlex.quote(word.text)}",
        "__k_load",
        "( __k_arguments )",
        "builtin unset -v __k_words __k_line __k_word",
        "",
    ]
    return Question("\n".join(lines), place, word, breaks)


def _is_path(text: str) -> bool:
    return "/" in text or text.startswith("~")


class Answer:
    """What the shell wrote, in its sections."""

    def __init__(self, text: str) -> None:
        self.sections: dict[str, list[str]] = {}
        entries: list[str] = []
        for entry in text.split("\0")[:-1]:
            if entry.startswith("\1"):
                entries = self.sections.setdefault(entry[1:], [])
            else:
                entries.append(entry)

    def breaks(self, present: str) -> str:
        """The shell's word breaks; `present` when it says nothing of them."""
        said = self.sections.get("breaks")
        return "".join(character for character in BREAKS if character in said[0]) if said else present


def matches(answer: Answer, asked: Question) -> list[Match]:
    """What the shell answered, as it can stand in the code."""
    word, sections = asked.word, answer.sections
    if asked.place.kind is Kind.VARIABLE:
        return [Match(name, "variable") for name in sorted(_shown(sections.get("variable", ()), word.text))]
    if asked.place.kind is Kind.COMMAND and (commands := _commands(sections, word)):
        return commands
    if "path" in sections:
        found = _files(sections["path"], set(sections.get("directory", ())), word)
        if (files := sections.get("file")) is None:
            return found
        of_files = {match.text for match in _files(files, (), word)}
        other = _ARGUMENTS_ARE.get(_command(asked), "argument")
        return [
            match._replace(kind=other) if match.kind == "file" and match.text not in of_files else match
            for match in found
        ]
    return _arguments(sections, asked)


def _command(asked: Question) -> str:
    return os.path.basename(asked.place.words[0].text)


def without_shell(
    code: str, position: int, *, known: Mapping[str, Iterable[str]], cwd: str | None, environment: Mapping[str, str]
) -> CompleteReply:
    """What can be said without asking: files (with `cwd`), programs, and `known`, names by their kind."""
    place = place_at(code, position)
    word = place.word
    if place.kind is Kind.NOTHING:
        return reply([], position, position)
    if place.kind is Kind.VARIABLE:
        names = {*environment, *known.get("variable", ())}
        found = [name for name in _shown(names, word.text) if name.startswith(word.text)]
        return reply((Match(name, "variable") for name in sorted(found)), word.start, position)
    if place.kind is Kind.COMMAND and "/" not in word.text:
        programs = _programs(environment.get("PATH", ""), word.text)
        sections = {
            kind: [
                name for name in (programs if kind == "command" else known.get(kind, ())) if name.startswith(word.text)
            ]
            for kind in _COMMAND_KINDS
        }
        if commands := _commands(sections, word):
            return reply(commands, word.start, position)
    if place.kind is Kind.ARGUMENT:
        word = broken(place.words)[1]
    if cwd is None:
        return reply([], word.start, position)
    paths, folders = _below(word.text, cwd, environment, only_programs=place.kind is Kind.COMMAND)
    return reply(_files(paths, folders, word), word.start, position)


def reply(found: Iterable[Match], start: int, position: int) -> CompleteReply:
    """The matches, with their types as JupyterLab takes them."""
    kept = list(dict.fromkeys(found))[:_MOST]
    kinds: list[dict[str, Any]] = [
        {"start": start, "end": position, "text": match.text, "type": match.kind} for match in kept
    ]
    return CompleteReply([match.text for match in kept], start, position, {"_jupyter_types_experimental": kinds})


def _commands(sections: Mapping[str, list[str]], word: Word) -> list[Match]:
    kinds: dict[str, str] = {}
    for kind in _COMMAND_KINDS:
        for name in _shown(sections.get(kind, ()), word.text):
            kinds.setdefault(name, kind)
    return [Match(_closed(name, word.quote), kinds[name]) for name in sorted(kinds, key=_order)]


def _arguments(sections: Mapping[str, list[str]], asked: Question) -> list[Match]:
    references = dict(_reference(name) for name in sections.get("references", ()))
    command = _command(asked)
    given = next((kind for kind in sections if kind not in ("breaks", "nosort", "references", "directory")), "argument")
    names = [name.rstrip(" ") for name in sections.get(given, ()) if not name.startswith(_OURS)]
    if "nosort" not in sections:
        names.sort(key=_order)
    found = []
    for name in names:
        kind = references.get(name, _ARGUMENTS_ARE.get(command, given) if given == "argument" else given)
        if name.startswith("-"):
            kind = "option"
        if name:
            found.append(Match(_closed(name, asked.word.quote), kind))
    return found


def _programs(path: str, beginning: str) -> list[str]:
    found = []
    for folder in path.split(":"):
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        found += [
            name for name in names if name.startswith(beginning) and os.access(os.path.join(folder, name), os.X_OK)
        ]
    return found


def _reference(name: str) -> tuple[str, str]:
    _, kind, short = name.split("/", 2)
    return short, "tag" if kind == "tags" else "branch"


def _shown(names: Iterable[str], beginning: str) -> Iterable[str]:
    """Without what is the kernel's, and without private names unless one was begun."""
    private = beginning.startswith("_")
    return (name for name in names if not name.startswith(_OURS) and (private or not name.startswith("_")))


def _closed(text: str, quote: str) -> str:
    return f"{quote}{text}{quote}"


def _order(name: str) -> tuple[str, str]:
    return name.casefold(), name


def _files(paths: Iterable[str], folders: Container[str], word: Word) -> list[Match]:
    """The paths in the quotes that were begun, folders with a slash."""
    found = []
    for path in sorted((path for path in paths if "\ufffd" not in path), key=_order):  # no text stands for those
        folder = path in folders or path.endswith("/")
        name = f"{path.rstrip('/')}/" if folder else path
        kind = "directory" if folder else "user" if name.startswith("~") and "/" not in name else "file"
        found.append(Match(_quoted(name, word.quote, folder), kind))
    return found


def _below(prefix: str, cwd: str, environment: Mapping[str, str], *, only_programs: bool) -> tuple[list[str], set[str]]:
    """The paths that begin with `prefix`, and those of them that are folders."""
    beginning = prefix.rpartition("/")[2]
    shown = prefix[: len(prefix) - len(beginning)]
    place = _BEGINS_WITH_VARIABLE.sub(lambda found: environment.get(found[1] or found[2], found[0]), shown)
    if place.startswith("~/"):
        place = environment.get("HOME", "") + place[1:]
    elif place.startswith("~"):
        place = os.path.expanduser(place)
    paths: list[str] = []
    folders: set[str] = set()
    try:
        with os.scandir(os.path.join(cwd, place)) as entries:
            for entry in entries:
                if not entry.name.startswith(beginning) or (
                    entry.name.startswith(".") and not beginning.startswith(".")
                ):
                    continue
                folder = entry.is_dir()
                if folder or not only_programs or os.access(entry.path, os.X_OK):
                    paths.append(shown + entry.name)
                    folders |= {shown + entry.name} if folder else set()
    except OSError:
        pass  # there is no such folder, or it is not to be read
    return paths, folders


def _quoted(name: str, quote: str, folder: bool) -> str:
    """A path as it stands in code, in the quotes that were begun; what the shell expands in it is left so."""
    closing = "" if folder else quote
    if quote == "'":
        return "'" + name.replace("'", "'\\''") + closing
    variable = _BEGINS_WITH_VARIABLE.match(name)
    kept = variable[0] if variable else ""
    rest = name[len(kept) :]
    if quote == '"':
        return f'"{kept}' + _SPECIAL_IN_DOUBLE_QUOTES.sub(r"\\\1", rest) + closing
    if not kept and rest.startswith("~"):
        kept, slash, rest = rest.partition("/")
        kept += slash
    return kept + _SPECIAL.sub(r"\\\1", rest)
