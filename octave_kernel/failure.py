"""What a person is told of a cell that failed: what Octave says, and where in which cell. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from octave_kernel.colours import spans
from octave_kernel.lines import CELL
from sdk import ExecutionError
from sdk.repl.colours import paint, painted

_AROUND = 2  # lines shown before and after
_WIDEST = 160  # characters of a line
_PARSE_ERROR = re.compile(r"^parse error(?: near line (\d+)(?: of file ([^\n]*))?)?:?\s*", re.MULTILINE)
_UNDEFINED = re.compile(r"'(\w+)' undefined")
_CARET = re.compile(r"^ *\^ *$", re.MULTILINE)
_OURS = "__k_"
_OUR_FILES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "m", "")


def error(report: Mapping[str, Any], cells: Mapping[str, str], folder: str) -> ExecutionError:
    """The error that `report` tells of. `cells`: the code of each cell by its file's name; `folder` has the files."""
    message = _shown(report.get("message", "")).strip()
    parse = _PARSE_ERROR.search(message)
    name = _shown(report.get("identifier") or "") or ("Octave:parse-error" if parse else "Octave:error")
    if parse:
        value, trace = _unparsed(message, parse, cells, folder)
    else:
        value = message.removeprefix("error: ").replace(f"{folder}/{CELL}", "").replace(f"{folder}/", "")
        stack = report.get("stack") or ()
        trace = [
            _headline("error:", value),
            *_frames(stack, cells, folder),
            *_defined_later(value, stack, cells, folder),
        ]
    return ExecutionError(name, value, trace)


def _unparsed(message: str, parse: re.Match[str], cells: Mapping[str, str], folder: str) -> tuple[str, list[str]]:
    path, line = parse[2] or "", int(parse[1] or 0)
    file = _name(path) if path.startswith(f"{folder}/") else path
    rest = _PARSE_ERROR.sub("", message, count=1)
    what = next((text.strip() for text in rest.splitlines() if text.strip()), "")
    if not what or what.startswith(">>>"):
        what = "syntax error"
    code = cells.get(file) if file in cells else _text(path)
    caret = _CARET.search(rest)
    column = len(caret[0].rstrip()) - 4 if caret else 0
    last = len((code or "").rstrip().split("\n"))
    if code and line > last:  # the parser has come to the end, and wants more
        line, column, what = last, 0, f"{what}: the code ends too early"
    where = f"{file}, line {line}: " if line else ""
    value = f"parse error: {where}{what}"
    head = _headline("parse error:", f"{where}{what}")
    if code and line:
        return value, [head, *_excerpt(code, line, column)]
    return value, [head, rest.rstrip()] if what != rest.strip() else [head]


def _headline(kind: str, message: str) -> str:
    return f"{paint('error', kind)} {message}"


def _name(path: str) -> str:
    """The name of a cell, or of a file of its class."""
    return os.path.basename(path).removeprefix(CELL)


def _text(path: str) -> str:
    """A file of the user's, as it is now."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _shown(text: object) -> str:
    """Text that may hold bytes which are not UTF-8."""
    return str(text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _frames(stack: Sequence[Sequence[Any]], cells: Mapping[str, str], folder: str) -> list[str]:
    lines = []
    shown = False
    for path, function, line, column in stack:
        file, name = _shown(path), _shown(function)
        if name.startswith(_OURS) or file.startswith(_OUR_FILES):
            continue
        cell = _name(file) if file.startswith(f"{folder}/") else ""
        place = f"line {line}" + (f", column {column}" if int(column) > 0 else "") if int(line) > 0 else ""
        within = "" if not name or _name(name) == cell else f"in {name}"
        where = ", ".join(part for part in (cell or file, place) if part)
        lines.append("    " + ", ".join(part for part in (within, where and paint("place", where)) if part))
        if cell in cells and int(line) > 0 and not shown:
            lines += _excerpt(cells[cell], int(line), int(column))
            shown = True
    return lines


def _defined_later(
    message: str, stack: Sequence[Sequence[Any]], cells: Mapping[str, str], folder: str
) -> Iterator[str]:
    """What MATLAB's users may not know, who have their functions at the end."""
    undefined = _UNDEFINED.match(message)
    if not undefined or not stack:
        return
    path, _, line, _ = stack[-1]
    code = cells.get(_name(_shown(path)), "") if _shown(path).startswith(f"{folder}/") else ""
    definition = re.compile(rf"^[ \t]*function\b[^(\n%#]*\b{undefined[1]}\b", re.MULTILINE)
    for found in definition.finditer(code):
        at = code.count("\n", 0, found.start()) + 1
        if at > int(line):
            yield f"Octave knows {undefined[1]} from line {at} on, where it is defined: put that before its first use"
            return


def _excerpt(code: str, line: int, column: int) -> list[str]:
    lines = code.split("\n")
    if not 0 < line <= len(lines):
        return []
    first, last = max(1, line - _AROUND), min(len(lines), line + _AROUND)
    width = len(str(last))
    in_colours = painted(code, spans(code), widest=_WIDEST)
    shown = []
    for number in range(first, last + 1):
        text, coloured = lines[number - 1], in_colours[number - 1]
        if number != line and not text.strip() and number in (first, last):
            continue
        if number != line:
            shown.append(f"      {number:{width}} {coloured}")
            continue
        shown.append(f"{paint('arrow', f'----> {number:{width}}')} {coloured}")
        if 0 < column <= min(len(text) + 1, _WIDEST):
            shown.append(f"{' ' * (6 + width + column)}{paint('error', '^')}")
    return shown
