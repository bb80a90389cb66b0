"""What a person is told of a cell that failed: what Octave says, and where in which cell. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sdk import ExecutionError

_AROUND = 2  # lines shown before and after
_WIDEST = 160  # characters of a line
_PARSE_ERROR = re.compile(r"^parse error(?: near line (\d+)(?: of file ([^\n]*))?)?:?\s*", re.MULTILINE)
_CARET = re.compile(r"^ *\^ *$", re.MULTILINE)
_OURS = "__k_"


def error(report: Mapping[str, Any], cells: Mapping[str, str], folder: str) -> ExecutionError:
    """The error that `report` tells of. `cells`: the code of each cell by its file's name; `folder` has the files."""
    message = str(report.get("message", "")).strip()
    parse = _PARSE_ERROR.search(message)
    name = str(report.get("identifier") or "") or ("Octave:parse-error" if parse else "Octave:error")
    if parse:
        value, trace = _unparsed(message, parse, cells, folder)
    else:
        value = message.removeprefix("error: ").replace(f"{folder}/", "")
        trace = [f"error: {value}", *_frames(report.get("stack") or (), cells, folder)]
    return ExecutionError(name, value, trace)


def _unparsed(message: str, parse: re.Match[str], cells: Mapping[str, str], folder: str) -> tuple[str, list[str]]:
    file = os.path.basename(parse[2] or "")
    rest = _PARSE_ERROR.sub("", message, count=1)
    what = next((line.strip() for line in rest.splitlines() if line.strip()), "parse error")
    value = what if what == "parse error" or what.startswith(">>>") is False else "parse error"
    where = f"{file or (parse[2] or '')}, line {parse[1]}: " if parse[1] else ""
    caret = _CARET.search(rest)
    lines = [f"parse error: {where}{value}"]
    code = cells.get(file)
    if code is not None and parse[1]:
        lines += _excerpt(code, int(parse[1]), len(caret[0].rstrip()) - 4 if caret else 0)
    elif what != value:
        lines.append(rest.rstrip())
    return f"parse error: {where}{value}", lines


def _frames(stack: Sequence[Sequence[Any]], cells: Mapping[str, str], folder: str) -> list[str]:
    lines = []
    shown = False
    for file, name, line, column in stack:
        if str(name).startswith(_OURS):
            continue
        cell = os.path.basename(str(file)) if str(file).startswith(f"{folder}/") else ""
        place = f"line {line}" + (f", column {column}" if int(column) > 0 else "") if int(line) > 0 else ""
        within = "" if not name or os.path.basename(str(name)) == cell else f"in {name}"
        where = cell or (str(file) if file else "")
        lines.append("    " + ", ".join(part for part in (within, where, place) if part))
        if cell in cells and int(line) > 0 and not shown:
            lines += _excerpt(cells[cell], int(line), int(column))
            shown = True
    return lines


def _excerpt(code: str, line: int, column: int) -> list[str]:
    lines = code.split("\n")
    if not 0 < line <= len(lines):
        return []
    first, last = max(1, line - _AROUND), min(len(lines), line + _AROUND)
    width = len(str(last))
    shown = []
    for number in range(first, last + 1):
        text = lines[number - 1]
        if number != line and not text.strip() and number in (first, last):
            continue
        shown.append(f"{'---->' if number == line else '     '} {number:{width}} {_cut(text)}")
        if number == line and 0 < column <= min(len(text) + 1, _WIDEST):
            shown.append(" " * (6 + width + column) + "^")
    return shown


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"
