"""Completion: what stands before the cursor, what may be asked of Octave about it, and what can stand there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from octave_kernel.language.lexer import KEYWORDS, Kind, Token, tokens
from sdk import CompleteReply

_PROBE = "zq"  # letters that stand where the cursor is: what they become is what is being written
_MOST = 5000  # matches; nobody reads more
_OURS = "__k_"
_CONSTANT = re.compile(r"\d+|'[^']*'|\"[^\"\\]*\"")
_OPTIONS = {
    "hold": ("on", "off"),
    "grid": ("on", "off", "minor"),
    "box": ("on", "off"),
    "more": ("on", "off"),
    "diary": ("on", "off"),
    "format": (
        *("long", "short", "longg", "shortg", "longe", "shorte", "hex", "bit", "rat", "bank", "native-hex"),
        *("loose", "compact", "lower", "upper"),
    ),
    "close": ("all", "hidden", "force"),
    "clear": ("all", "-all", "-exclusive", "-functions", "-global", "-variables", "-classes", "-regexp"),
    "warning": ("on", "off", "error", "query"),
    "axis": ("equal", "square", "tight", "auto", "manual", "normal", "image", "on", "off", "ij", "xy", "vis3d"),
    "colormap": (
        "viridis",
        "jet",
        "gray",
        "hot",
        "cool",
        "hsv",
        "bone",
        "copper",
        "turbo",
        "spring",
        "summer",
        "winter",
    ),
    "shading": ("flat", "faceted", "interp"),
    "pkg": ("load", "unload", "list", "install", "uninstall", "update", "describe", "prefix", "rebuild"),
    "graphics_toolkit": ("gnuplot", "qt", "fltk"),
}
_TAKE_NAMES = (
    *("help", "doc", "type", "which", "edit", "clear", "who", "whos", "dbstop", "lookfor", "save", "exist", "what"),
)
_TAKE_FILES = (
    *("cd", "chdir", "ls", "dir", "load", "save", "run", "source", "edit", "mkdir", "rmdir", "delete", "unlink"),
    *("addpath", "rmpath", "diary", "what", "open", "type", "copyfile", "movefile", "rename"),
)
_TAKE_PROPERTIES = (
    *("set", "get", "plot", "plot3", "line", "text", "patch", "surface", "axes", "figure", "surf", "mesh"),
    *("title", "xlabel", "ylabel", "zlabel", "legend", "colorbar", "bar", "scatter", "area", "findobj"),
)


class Place(Enum):
    """What is being written."""

    NAME = "name"
    FIELD = "field"
    PROPERTY = "property"
    TEXT = "text"
    """Within quotes: a file, if anything."""

    WORD = "word"
    """A word of a command."""

    NOTHING = "nothing"


class Here(NamedTuple):
    """What stands before the cursor: the `word`, from `start`, and whose it is."""

    place: Place
    word: str
    start: int
    of: str = ""
    """The path to the struct, the graphics object or the command."""

    variables: Sequence[str] = ()
    """The names in the path, each of which must be a variable's."""


class Match(NamedTuple):
    """A way to go on: as it stands in the code, and what it is."""

    text: str
    kind: str


class Entry(NamedTuple):
    """What a folder holds."""

    name: str
    is_folder: bool


def here(code: str, position: int) -> Here:
    """What is being written at `position` (code points)."""
    before = code[:position]
    found = tokens(f"{before}{_PROBE}")
    last = found[-1] if found else None
    if last is None or last.end != len(before) + len(_PROBE):
        return Here(Place.NOTHING, "", position)
    word = last.text.removesuffix(_PROBE)
    if last.kind is Kind.FIELD:
        path = path_before(code, found, len(found) - 2)
        return Here(Place.FIELD, word, last.start, *path) if path else Here(Place.NOTHING, "", position)
    if last.kind is Kind.COMMAND:
        return _in_command(before, found[-2].text, last)
    if last.kind is Kind.UNCLOSED:
        return _in_text(code, found, word, last)
    glued = len(found) > 1 and found[-2].kind in (Kind.NUMBER, Kind.UNKNOWN) and found[-2].end == last.start
    if last.kind is not Kind.NAME or glued:
        return Here(Place.NOTHING, "", position)
    return Here(Place.NAME, word, last.start)


def _in_command(before: str, command: str, last: Token) -> Here:
    text = before[last.start :]
    word = re.split(r"[ \t]+", text)[-1]
    quote = word[:1] if word[:1] in ("'", '"') else ""
    return Here(Place.WORD, word[len(quote) :], len(before) - len(word) + len(quote), command)


def _in_text(code: str, found: Sequence[Token], word: str, last: Token) -> Here:
    if last.text[:1] not in ("'", '"'):
        return Here(Place.NOTHING, "", last.end - len(_PROBE))
    text = Here(Place.TEXT, word[1:], last.start + 1)
    at = opening(found, len(found) - 1)
    if at < 1 or found[at].text != "(" or found[at - 1].text not in _TAKE_PROPERTIES:
        return text
    comma = next(
        (k for k in range(at + 1, len(found)) if found[k].text == "," and opening(found, k) == at), len(found) - 1
    )
    path = path_before(code, found, comma)
    if path is None or path[0] != code[found[at + 1].start : found[comma - 1].end]:
        return text._replace(place=Place.PROPERTY)
    return text._replace(place=Place.PROPERTY, of=path[0], variables=path[1])


def opening(found: Sequence[Token], at: int) -> int:
    """Where the bracket stands that is open before token `at`; -1 when none is."""
    depth = 0
    for index in range(at - 1, -1, -1):
        if found[index].kind is Kind.CLOSE:
            depth += 1
        elif found[index].kind is Kind.OPEN:
            if not depth:
                return index
            depth -= 1
    return -1


def path_before(code: str, found: Sequence[Token], at: int) -> tuple[str, tuple[str, ...]] | None:
    """The path that ends before token `at`, and the names in it; None when that would call something.

    A path is a name with fields, and with indices that are constants, names, colons and `end`.
    """
    names: list[str] = []
    index = at - 1
    while index >= 0:
        token = found[index]
        if token.kind is Kind.CLOSE:
            first = opening(found, index)
            inner = found[first + 1 : index]
            if first < 1 or not all(_is_plain(each) for each in inner):
                return None
            names += [each.text for each in inner if each.kind is Kind.NAME and each.text != "end"]
            index = first - 1
        elif token.kind is Kind.FIELD and index > 1:
            index -= 2
        elif token.kind is Kind.NAME:
            names.append(token.text)
            return code[token.start : found[at - 1].end], tuple(names)
        else:
            return None
    return None


def _is_plain(token: Token) -> bool:
    if token.kind in (Kind.NUMBER, Kind.STRING):
        return _CONSTANT.fullmatch(token.text) is not None
    return token.kind is Kind.NAME or token.text in (":", ",")


# -- matches -----------------------------------------------------------------------------------------------------------


def names(known: Mapping[str, Iterable[str]], beginning: str) -> list[Match]:
    """The names that begin so, variables first. Capitals are told apart only if that finds something."""
    every: dict[str, Iterable[str]] = {"variable": (), "keyword": KEYWORDS, **known}
    for same in (str.startswith, _starts_any_case):
        kinds: dict[str, str] = {}
        for kind, given in every.items():
            for name in given:
                if same(name, beginning) and _is_shown(name, beginning):
                    kinds.setdefault(name, kind)
        if kinds:
            order = {"variable": 0}
            return [Match(n, kinds[n]) for n in sorted(kinds, key=lambda n: (order.get(kinds[n], 1), n.lower(), n))]
    return []


def members(sections: Mapping[str, Iterable[str]], beginning: str) -> list[Match]:
    """The fields, properties and methods that begin so."""
    for same in (str.startswith, _starts_any_case):
        found = [Match(name, kind) for kind, given in sections.items() for name in given if same(name, beginning)]
        if found:
            return sorted(found)
    return []


def _starts_any_case(name: str, beginning: str) -> bool:
    return name.lower().startswith(beginning.lower())


def _is_shown(name: str, beginning: str) -> bool:
    return name.isidentifier() and not name.startswith(_OURS) and (beginning.startswith("_") or name[0] != "_")


def in_code(code: str, position: int) -> list[str]:
    """The names that stand elsewhere in the code."""
    found = tokens(code[:position]) + tokens(code[position:])
    return [token.text for token in found if token.kind is Kind.NAME and token.end != position and token.text != "end"]


def words(where: Here, known: Mapping[str, Iterable[str]], there: Sequence[Entry]) -> list[Match]:
    """What may stand as a word of the command `where.of`; `there` are the files where its path leads."""
    found = [Match(each, "option") for each in _OPTIONS.get(where.of, ()) if each.startswith(where.word)]
    if where.of in _TAKE_NAMES:
        found += names(known, where.word)
    if where.of in _TAKE_FILES or not found:
        found += files(
            where.word, there, only_folders=where.of in ("cd", "chdir", "addpath", "rmpath", "rmdir", "mkdir")
        )
    return found


def path(code: str, where: Here) -> tuple[str, str]:
    """The path to the folder of what may be a file's name, with a slash at its end, and how the name begins."""
    folder, slash, start = _text(code, where).rpartition("/")
    return folder + slash, start


def _text(code: str, where: Here) -> str:
    quote = _quote(code, where)
    return where.word.replace(quote * 2, quote) if quote else where.word


def _quote(code: str, where: Here) -> str:
    return code[where.start - 1 : where.start] if where.place in (Place.TEXT, Place.PROPERTY) else ""


def files(beginning: str, there: Iterable[Entry], *, only_folders: bool = False) -> list[Match]:
    """The paths that begin so; `there` is what is in the folder."""
    folder, slash, start = beginning.rpartition("/")
    return [
        Match(
            f"{folder}{slash}{entry.name}{'/' if entry.is_folder else ''}", "directory" if entry.is_folder else "file"
        )
        for entry in sorted(there)
        if entry.name.startswith(start)
        and (start.startswith(".") or entry.name[0] != ".")
        and (entry.is_folder or not only_folders)
    ]


def quoted_files(code: str, where: Here, there: Iterable[Entry]) -> list[Match]:
    """The paths that begin as the text within quotes does: a quote of the same kind is written twice."""
    quote = _quote(code, where)
    return [match._replace(text=match.text.replace(quote, quote * 2)) for match in files(_text(code, where), there)]


def reply(found: Iterable[Match], start: int, position: int) -> CompleteReply:
    """The matches, with their types as JupyterLab takes them."""
    kept = list(dict.fromkeys(found))[:_MOST]
    kinds: list[dict[str, Any]] = [
        {"start": start, "end": position, "text": match.text, "type": match.kind} for match in kept
    ]
    return CompleteReply([match.text for match in kept], start, position, {"_jupyter_types_experimental": kinds})
