"""Inspection: what stands at a position, what the shell knows of it, and what its manual page says. Pure."""

from __future__ import annotations

import html
import os
import re
import shlex
import shutil
from typing import Any, NamedTuple

from bash_kernel import known
from bash_kernel.words import Kind, place_at
from sdk import InspectReply

_REST_OF_WORD = re.compile(r"[\w./+:@%~,-]*")
_NAME = re.compile(r"[\w.+:@%\[!{}-][\w.+:@%\]-]*")
_SGR = re.compile(r"\x1b\[[0-9;]*m")
_STYLED = re.compile(r"(?:_\x08(?P<under>[^\x08])(?!\x08))|(?:(?P<bold>[^\x08])\x08(?P=bold))+|.\x08")
_IN_A_CELL = re.compile(r".*/(In\[\d+\])")
_SECTION = re.compile(r"^(?P<head>[A-Z][A-Z ]*)\n(?P<body>(?:[ \t].*\n|\n)*)", re.MULTILINE)
_LONGEST = 100_000  # characters; what is read in a pager, and not more
_SHORT = 4_000
_SHOWN_FIRST = ("NAME", "SYNOPSIS")


class Subject(NamedTuple):
    """What is asked about: a variable, or a name, perhaps an option or a word of a command's."""

    name: str
    variable: bool = False
    command: str = ""
    """The command whose argument it is."""

    subcommand: str = ""
    """The command's first argument that is no option, perhaps the name itself."""


class Page(NamedTuple):
    """A manual page, and the same with bold and underlined words; empty when there is none."""

    text: str
    marked: str


def subject(code: str, position: int) -> Subject | None:
    """What is at `position` (code points)."""
    rest = _REST_OF_WORD.match(code, position)
    end = rest.end() if rest is not None else position
    place = place_at(code, end)
    text = place.word.text
    if place.kind is Kind.VARIABLE:
        return Subject(text, variable=True) if text else None
    if place.kind is Kind.COMMAND:
        return Subject(text) if text else None
    if place.kind is not Kind.ARGUMENT:
        return None
    command = place.words[0].text
    arguments = [word.text for word in place.words[1:] if word.text and not word.raw.startswith("-")]
    return Subject(text, command=command, subcommand=(*arguments, "")[0]) if text else Subject(command)


def question(asked: Subject) -> str:
    """Code that writes what the shell knows, in sections as for completion."""
    name = shlex.quote(asked.name)
    variable = f"builtin printf '\\1variable\\0%s\\0' \"$(builtin declare -p -- {name})\""
    if asked.variable:
        return f"( {variable} )\n"
    command = shlex.quote(asked.command if asked.name.startswith("-") and asked.command else asked.name)
    return (
        "(\n"
        f"__k_is=$(builtin type -t -- {command})\n"
        "case $__k_is in\n"
        f"  alias) __k_said=$(builtin alias -- {command}) ;;\n"
        f"  function) __k_said=$(builtin declare -f -- {command})\n"
        f"    builtin printf '\\1where\\0%s\\0' \"$(builtin shopt -s extdebug; builtin declare -F -- {command})\" ;;\n"
        f"  builtin | keyword) __k_said=$(builtin help -m -- {command}) ;;\n"
        f"  file) __k_said=$(builtin type -a -P -- {command}) ;;\n"
        "  *) __k_said= ;;\n"
        "esac\n"
        'builtin printf \'\\1%s\\0%s\\0\' "${__k_is:-nothing}" "$__k_said"\n'
        f"{variable}\n"
        ")\n"
    )


def manual(name: str) -> list[str]:
    """The command that writes the manual page of `name`, with bold and underlined words."""
    return ["env", "MAN_KEEP_FORMATTING=1", "GROFF_NO_SGR=1", "man", "-P", "cat", "--", name]


def page(output: str) -> Page:
    """The page that `man` has written; none when that is but a notice that pages were left out."""
    text = _SGR.sub("", output)
    plain = _STYLED.sub(_unmarked, text)
    if not _SECTION.search(plain):
        return Page("", "")
    return Page(plain.strip("\n"), _marked(text))


def _unmarked(found: re.Match[str]) -> str:
    if found["under"]:
        return found["under"]
    return found[0][::3] if found["bold"] else ""


def _marked(text: str) -> str:
    def style(found: re.Match[str]) -> str:
        inner = html.escape(_unmarked(found))
        return f"\x02{inner}\x03" if found["bold"] else f"\x04{inner}\x05" if found["under"] else ""

    pieces: list[str] = []
    at = 0
    for found in _STYLED.finditer(text):
        pieces += [html.escape(text[at : found.start()]), style(found)]
        at = found.end()
    joined = "".join([*pieces, html.escape(text[at:])]).replace("\x03\x02", "").replace("\x05\x04", "")
    for mark, tag in (("\x02", "<b>"), ("\x03", "</b>"), ("\x04", "<u>"), ("\x05", "</u>")):
        joined = joined.replace(mark, tag)
    return joined.strip("\n")


class Told:
    """What the shell has said of a subject; if it could not be asked, what its saved state and PATH say."""

    def __init__(self, sections: dict[str, list[str]], asked: Subject) -> None:
        self._sections = {kind: entries[0] for kind, entries in sections.items() if entries and entries[0]}
        self._asked = asked

    def pages(self) -> list[str]:
        """The manual pages that may be about it, the best first."""
        asked, sections = self._asked, self._sections
        if asked.variable or not _NAME.fullmatch(name := os.path.basename(asked.name)):
            return []
        command = os.path.basename(asked.command)
        subcommand = [f"{command}-{asked.subcommand}"] if _NAME.fullmatch(asked.subcommand) and command else []
        if asked.name.startswith("-"):
            return [*subcommand, command] if command else []
        if asked.subcommand != asked.name:
            subcommand = []
        if "alias" in sections:
            words = sections["alias"].partition("=")[2].strip("'").split()
            return [word for word in words[:1] if _NAME.fullmatch(word)]
        return [*subcommand, name] if "file" in sections else subcommand

    def reply(self, found: Page | None, detail: int) -> InspectReply:
        """All of it as text, and with the page as HTML."""
        said = self._said()
        option = _option(found.text, self._asked.name) if found is not None else ""
        if found is not None and self._asked.name.startswith("-"):
            text = option if option and not detail else found.text if detail else ""
            found = found if detail else None
        elif found is not None:
            text = found.text if detail else _sections_of(found.text)
        else:
            text = ""
        plain = "\n\n".join(part for part in (said, text) if part)
        if not plain:
            return InspectReply(found=False)
        data: dict[str, Any] = {"text/plain": _bounded(plain, _LONGEST)}
        if found is not None:
            marked = found.marked if detail else _sections_of(found.marked)
            data["text/html"] = f"<pre>{_whole_lines(html.escape(said), marked)}</pre>"
        return InspectReply(found=True, data=data)

    def _said(self) -> str:
        sections = self._sections
        if self._asked.name.startswith("-"):
            return ""
        kinds = ("alias", "function", "builtin", "keyword")
        parts = [_bounded(sections[kind].rstrip("\n"), _LONGEST) for kind in kinds if kind in sections]
        if where := _place(sections.get("where", "")):
            parts.append(f"# defined in {where}")
        if "file" in sections:
            paths = sections["file"].rstrip("\n").split("\n")
            parts.append("\n".join(f"{self._asked.name} is {path}" for path in dict.fromkeys(paths)))
        if "variable" in sections:
            parts.append(_bounded(sections["variable"].rstrip("\n"), _SHORT))
        return "\n".join(parts)


def from_state(state: str, asked: Subject, path: str) -> dict[str, list[str]]:
    """The sections for a shell that cannot be asked: from what it has saved, and the programs in `path`."""
    name = re.escape(asked.name)
    patterns = {
        "variable": ("variables", rf"^declare -\S+ {name}(?:=.*)?$"),
        "alias": ("place", rf"^alias (?:-- )?{name}=.*$"),
        "function": ("function", rf"^{name} \(\) ?\n.*?^\}}"),
    }
    found = {
        kind: [match[0]]
        for kind, (title, pattern) in patterns.items()
        if not (asked.variable and kind != "variable")
        and (
            match := re.search(
                pattern, known.piece(state, title), re.MULTILINE | (re.DOTALL if kind == "function" else 0)
            )
        )
    }
    if not found and not asked.variable and (program := shutil.which(asked.name, path=path)):
        found["file"] = [program]
    return found


def _place(where: str) -> str:
    """`In[3], line 2`, of what `declare -F` says under extdebug: name, line, file."""
    parts = where.rstrip("\n").split(" ", 2)
    if len(parts) < 3 or parts[2] in ("environment", "main"):
        return ""
    cell = _IN_A_CELL.fullmatch(parts[2])
    if cell is None and re.search(r"/repl-\w+/", parts[2]):
        return ""  # it was defined in an earlier shell
    return f"{cell[1] if cell else parts[2]}, line {parts[1]}"


def _sections_of(text: str) -> str:
    """Name and synopsis of a page."""
    plain = re.sub(r"</?[bu]>", "", text)
    if plain == text:
        return "\n\n".join(found[0].rstrip("\n") for found in _SECTION.finditer(text) if found["head"] in _SHOWN_FIRST)
    lines, kept, keeps = text.split("\n"), [], False
    for line in lines:
        bare = re.sub(r"</?[bu]>", "", line)
        if bare and not bare[0].isspace():
            keeps = bare in _SHOWN_FIRST
        if keeps:
            kept.append(line)
    return "\n".join(kept).rstrip("\n")


def _option(text: str, option: str) -> str:
    """The paragraph of a page that is about an option."""
    name = option.partition("=")[0]
    if not name.startswith("-"):
        return ""
    lines = text.split("\n")
    begins = re.compile(rf"^(\s+)(?:-[^\s,]+(?:[ =][^\s,]+)?, )*{re.escape(name)}(?![\w-])")
    for number, line in enumerate(lines):
        if found := begins.match(line):
            indent = len(found[1])
            kept = [line]
            for following in lines[number + 1 :]:
                if following.strip() and len(following) - len(following.lstrip()) <= indent:
                    break
                kept.append(following)
            return "\n".join(kept).rstrip("\n ")
    return ""


def _bounded(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}\n[... {len(text)} characters]"


def _whole_lines(said: str, marked: str) -> str:
    """Both, not longer than may be; HTML is cut between lines, where no tag is open."""
    if len(marked) > _LONGEST:
        marked = f"{marked[:_LONGEST].rpartition(chr(10))[0]}\n[...]"
    return "\n\n".join(part for part in (said, marked) if part)
