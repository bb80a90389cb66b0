"""Inspection: what name or value stands at the cursor, and how what Octave knows of it is told. Pure."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from octave_kernel.assistance import texinfo
from octave_kernel.assistance.completion import opening, path_before
from octave_kernel.language.lexer import Kind, Token, tokens
from sdk import InspectReply

_NOTHING = InspectReply(found=False)
_NAMED = (Kind.NAME, Kind.KEYWORD, Kind.FIELD)
_CELL = re.compile(r"In\[\d+\]$")
_AT_MOST = 20_000  # characters of a value


class Subject(NamedTuple):
    """What is asked of: a name, or the value of a path whose `variables` are the names in it."""

    name: str
    path: str = ""
    variables: Sequence[str] = ()


class Documentation(NamedTuple):
    """What is said of a function."""

    signatures: Sequence[str]
    text: str


def subject(code: str, position: int) -> Subject | None:
    """What is meant at `position` (code points): what stands there, else the function whose call it is in."""
    found = tokens(code)
    at = _at(found, position, _NAMED)
    if at is None:
        at = _of_command(found, position)
    if at is not None:
        return _subject(code, found, at)
    operator = _at(found, position, (Kind.OPERATOR,))
    if operator is not None and found[operator].text not in (":", "."):
        return Subject(found[operator].text)
    before = [token for token in found if token.end <= position]
    bracket = opening(before, len(before))
    while bracket >= 0:
        if bracket and before[bracket].text in "({" and before[bracket - 1].kind in _NAMED:
            return _subject(code, found, bracket - 1)
        bracket = opening(before, bracket)
    return Subject(found[operator].text) if operator is not None and found[operator].text == ":" else None


def _at(found: Sequence[Token], position: int, kinds: Sequence[Kind]) -> int | None:
    """The token in which, or else at whose end, the position is."""
    there = [k for k, token in enumerate(found) if token.start <= position <= token.end and token.kind in kinds]
    return there[-1] if there else None


def _of_command(found: Sequence[Token], position: int) -> int | None:
    """The command in whose words the position is."""
    at = _at(found, position, (Kind.COMMAND,))
    return at - 1 if at else None


def _subject(code: str, found: Sequence[Token], at: int) -> Subject | None:
    token = found[at]
    if token.kind is Kind.COMMAND or (at + 1 < len(found) and found[at + 1].kind is Kind.COMMAND):
        word = found[at + 1].text.split()[0] if found[at].text in ("help", "doc", "type", "which") else ""
        return Subject(word or token.text)
    path = path_before(code, found, at + 1)
    if token.kind is Kind.FIELD:
        return Subject("", path[0], path[1]) if path else None
    return Subject(token.text, token.text, (token.text,)) if token.kind is Kind.NAME else Subject(token.text)


def documentation(told: Mapping[str, str]) -> Documentation | None:
    """What Octave's help says, made plain."""
    text = told.get("help", "")
    if told.get("format") == "texinfo":
        return Documentation(*texinfo.page(text))
    if told.get("format") in ("plain text", "html") and text.strip():
        return Documentation((), _dedented(text))
    return Documentation((), "") if told.get("file") or told.get("source") else None


def _dedented(text: str) -> str:
    lines = text.strip("\n").split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:].rstrip() for line in lines)


def of_value(told: Mapping[str, str]) -> InspectReply:
    """A variable, or what is in one."""
    path, value = told["variable"], told["value"].rstrip("\n")[:_AT_MOST]
    head = f"{path}: {told['size']} {told['class']}"
    return _reply(
        f"{head}\n\n{value}", f"<p><b>{html.escape(path)}</b>: {html.escape(head[len(path) + 2 :])}</p>", value
    )


def of_function(name: str, told: Mapping[str, str], documented: Documentation, source: str, level: int) -> InspectReply:
    """A function, an operator or a keyword: how it is called and what it does; with `level` 1 its source."""
    where = _where(told)
    head = "\n".join(documented.signatures) or name
    parts = [
        head,
        documented.text,
        where if level == 0 or source else f"{where}: its source cannot be shown".lstrip(": "),
    ]
    if level and source:
        parts = [head, where, source.strip("\n")]
    text = "\n\n".join(part for part in parts if part)
    marked = f"<p><b>{'<br>'.join(html.escape(one) for one in head.splitlines())}</b></p>"
    return _reply(text, marked, "\n\n".join(part for part in parts[1:] if part))


def _where(told: Mapping[str, str]) -> str:
    file = told.get("file", "")
    if told.get("source"):
        return f"defined in {os.path.basename(file)}" if _CELL.search(file) else "defined at the prompt"
    return f"built into Octave ({file})" if file.endswith((".cc", ".h", ".yy")) else file


def _reply(text: str, head: str, body: str) -> InspectReply:
    return InspectReply(True, {"text/plain": text, "text/html": f"{head}<pre>{html.escape(body)}</pre>"})


def shown_source(told: Mapping[str, str]) -> str:
    """The source that Octave has told: of a function that was defined in a cell."""
    return re.sub(r"\A\w+ is the command-line function:\n+", "", told.get("source", ""))


def nothing() -> InspectReply:
    """There is nothing to say."""
    return _NOTHING
