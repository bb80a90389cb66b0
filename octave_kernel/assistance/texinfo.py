"""Octave's documentation as plain text: renders the Texinfo that its help has. Pure.

Octave itself has `makeinfo` do this, which takes a quarter of a second and may not be there.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import NamedTuple

_WIDTH = 80
_STEP = 4
_LINE = re.compile(r"[ \t]*@(\w+)\b[ \t]*(.*)")
_DROPPED_BLOCKS = (
    "tex",
    "iftex",
    "ifhtml",
    "html",
    "ignore",
    "docbook",
    "xml",
    "ifdocbook",
    "ifxml",
    "ifset",
    "ifclear",
)
_LITERAL_BLOCKS = ("example", "smallexample", "verbatim", "format", "display", "smalldisplay", "lisp", "smallformat")
_LISTS = ("table", "ftable", "vtable", "itemize", "enumerate", "multitable")
_SILENT: tuple[str, ...] = (
    "noindent",
    "sp",
    "page",
    "need",
    "cindex",
    "findex",
    "opindex",
    "kindex",
    "vindex",
    "tindex",
    "pindex",
    "c",
)
_SILENT += ("comment", "group", "nospell", "indent", "ifnottex", "ifinfo", "ifnothtml", "ifplaintext")
_HEADINGS = ("heading", "subheading", "subsubheading", "section", "subsection", "chapter", "center")
_WORDS = {
    "dots": "...",
    "enddots": "...",
    "result": "=>",
    "print": "-|",
    "error": "error-->",
    "equiv": "==",
    "minus": "-",
}
_WORDS |= {
    "point": "*",
    "times": "x",
    "bullet": "*",
    "backslashchar": "\\",
    "atchar": "@",
    "lbracechar": "{",
    "tie": " ",
}
_WORDS |= {"rbracechar": "}", "copyright": "(C)", "registeredsymbol": "(R)", "TeX": "TeX", "LaTeX": "LaTeX", "ss": "ss"}
_WORDS |= {"geq": ">=", "leq": "<=", "expansion": "==>", "comma": ",", "hashchar": "#", "arrow": "->", "today": ""}


def _reference(text: str) -> str:
    parts = [part.strip() for part in text.split(",")]
    return next((part for part in (*parts[2:3], *parts[1:2]) if part), parts[0])


def _link(text: str) -> str:
    address, _, name = text.partition(",")
    return f"{name.strip()} ({address.strip()})" if name.strip() else address


_ROUND: dict[str, Callable[[str], str]] = {
    "var": str.upper,
    "samp": lambda text: f"'{text}'",
    "file": lambda text: f"'{text}'",
    "footnote": lambda text: f" ({text.strip()})",
    "anchor": lambda text: "",
    "xref": lambda text: f"See {_reference(text)}",
    "pxref": lambda text: f"see {_reference(text)}",
    "ref": _reference,
    "url": _link,
    "uref": _link,
    "email": lambda text: text.partition(",")[0],
    "emph": lambda text: f"_{text}_",
    "strong": lambda text: f"*{text}*",
}


class Page(NamedTuple):
    """How a function is called, and what is said of it."""

    signatures: list[str]
    text: str


def page(source: str) -> Page:
    """The documentation that `source` holds, with lines of 80 characters."""
    return _Renderer().run(source)


def inline(text: str) -> str:
    """A piece of Texinfo within a line as plain text."""
    return _inline(text, 0, "")[0]


def _inline(text: str, at: int, until: str) -> tuple[str, int]:
    """The text up to the brace that closes (if `until` is one), and where it ends."""
    pieces: list[str] = []
    while at < len(text):
        character = text[at]
        if character == until:
            return "".join(pieces), at + 1
        if character != "@":
            pieces.append("" if character in "{}" and not until else character)
            at += 1
            continue
        piece, at = _command(text, at + 1)
        pieces.append(piece)
    return "".join(pieces), at


def _command(text: str, at: int) -> tuple[str, int]:
    found = re.compile(r"[A-Za-z]+").match(text, at)
    if found is None:
        character = text[at : at + 1]
        if character in ("'", "`", '"', "^", "~", "="):  # an accent
            return "", at + 1
        return {"*": "\n", ":": "", "/": "", "-": "", "\n": " "}.get(character, character), at + 1
    name, at = found[0], found.end()
    if at < len(text) and text[at] == "{":
        inner, at = _inline(text, at + 1, "}")
        if name in _WORDS and not inner:
            return _WORDS[name], at
        return _ROUND.get(name, str)(inner), at
    return _WORDS.get(name, ""), at


class _Renderer:
    def __init__(self) -> None:
        self._signatures: list[str] = []
        self._lines: list[str] = []
        self._paragraph: list[str] = []
        self._lists: list[str] = []
        self._counts: list[int] = []
        self._mark = ""  # what begins the next paragraph in a list
        self._literal = 0
        self._dropped = ""

    def run(self, source: str) -> Page:
        lines = iter(re.sub(r"@c(?:omment)?\s[^\n]*\n", "\n", source).split("\n"))
        for line in lines:
            whole = line
            while _is_open(whole) and (more := next(lines, None)) is not None:
                whole = f"{whole}\n{more}" if self._literal else f"{whole} {more.strip()}"
            self._line(whole)
        self._flush()
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")
        return Page(self._signatures, text)

    def _line(self, line: str) -> None:
        found = _LINE.match(line)
        name, rest = (found[1], found[2]) if found else ("", "")
        if self._dropped:
            self._dropped = "" if name == "end" and rest.split()[:1] == [self._dropped] else self._dropped
        elif found is None or line.lstrip()[len(name) + 1 : len(name) + 2] == "{":
            self._text(line)
        else:
            self._structure(name, rest, line)

    def _structure(self, name: str, rest: str, line: str) -> None:
        if name in _DROPPED_BLOCKS:
            self._dropped = name
        elif name in (
            "deftypefn",
            "deftypefnx",
            "deftp",
            "deftpx",
            "deffn",
            "deffnx",
            "deftypemethod",
            "deftypemethodx",
        ):
            self._flush()
            self._signatures.append(_signature(rest))
        elif name == "end":
            self._end(rest.strip())
        elif name in _LITERAL_BLOCKS:
            self._flush()
            self._lines.append("")
            self._literal += 1
        elif name in _LISTS:
            self._flush()
            self._lists.append(name)
            self._counts.append(0)
        elif name in ("item", "itemx"):
            self._item(rest)
        elif name in _HEADINGS:
            self._flush()
            self._lines += ["", inline(rest), ""]
        elif name == "tab":
            self._paragraph.append(f"  {inline(rest)}")
        elif name not in _SILENT:
            self._text(line)

    def _text(self, line: str) -> None:
        if self._literal:
            indent = " " * (self._indent + _STEP)
            self._lines += [f"{indent}{one}".rstrip() for one in inline(line).split("\n")]
        elif not line.strip():
            self._flush()
            self._lines.append("")
        elif line.lstrip().startswith("@seealso"):
            self._flush()
            self._lines += ["", *self._filled(f"See also: {inline(line.strip())}", "")]
        else:
            self._paragraph.append(inline(line.strip()))

    def _end(self, what: str) -> None:
        if what in _LITERAL_BLOCKS and self._literal:
            self._literal -= 1
            self._lines.append("")
        elif what in _LISTS and self._lists:
            self._flush()
            self._lists.pop()
            self._counts.pop()
            self._mark = ""
            self._lines.append("")

    def _item(self, rest: str) -> None:
        self._flush()
        kind = self._lists[-1] if self._lists else "itemize"
        if self._counts:
            self._counts[-1] += 1
        if kind in ("itemize", "enumerate"):
            self._mark = f"{self._counts[-1]}. " if kind == "enumerate" and self._counts else "* "
            if rest.strip():
                self._paragraph.append(inline(rest))
        elif kind == "multitable":
            self._lines.append(
                " " * self._indent + "    ".join(inline(one).strip() for one in rest.split("@tab")).rstrip()
            )
        else:
            self._lines.append(" " * (self._indent - _STEP) + inline(rest).strip())

    @property
    def _indent(self) -> int:
        return _STEP * len(self._lists)

    def _flush(self) -> None:
        if self._paragraph:
            self._lines += self._filled(" ".join(self._paragraph), self._mark)
            self._paragraph, self._mark = [], ""

    def _filled(self, text: str, mark: str) -> list[str]:
        indent = " " * self._indent
        first = indent[: max(0, len(indent) - len(mark))] + mark
        filled = []
        for one in text.split("\n"):
            filled += textwrap.wrap(
                one,
                _WIDTH,
                initial_indent=first,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
            first = indent
        return filled


def _is_open(line: str) -> bool:
    """Whether a brace is open at the end of the line."""
    bare = line.replace("@{", "").replace("@}", "").replace("@@", "")
    return bare.count("{") > bare.count("}")


def _signature(rest: str) -> str:
    """`{category} {results} name (arguments)` without the category."""
    at, depth = 0, 0
    if rest.startswith("{"):
        for at, character in enumerate(rest):
            depth += (character == "{" and rest[at - 1] != "@") - (character == "}" and rest[at - 1] != "@")
            if not depth:
                break
        rest = rest[at + 1 :]
    else:
        rest = rest.partition(" ")[2]
    text = _inline(rest.strip(), 0, "")[0]
    return re.sub(r"\s+", " ", text).strip()
