"""What a person is told of a cell that failed: where, which command, and what its status means."""

from __future__ import annotations

import re
import signal

from bash_kernel.colours import spans
from bash_kernel.statements import Statement, statements
from sdk.repl.colours import paint, painted

_AROUND = 2  # lines shown before and after the command, of the statement that it is part of
_WIDEST = 160  # characters of a line
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126
_SIGNALS = {int(number): number.name for number in signal.Signals}
_RETURN = re.compile(r"(?:^|[;&|{]|\b(?:then|else|do))[ \t]*return\b", re.MULTILINE)
_SUBSHELL = re.compile(r"(?:^|[;&|]|\b(?:then|else|do))\s*\(|\|&?\s*(?:while|until|for|if|case|\{)")


def signal_of(status: int) -> str:
    """The name of the signal that ended a program with this status; empty when none did."""
    return _SIGNALS.get(status - 128, "")


def traceback(count: int | None, code: str, status: int, *, reached_end: bool, ran: str) -> list[str]:
    """The lines of the error. `ran` is the last simple command as bash prints it, empty when it is not known.

    When bash got to the end of the cell, the last statement is what failed: a cell's status is that of its last.
    """
    failed = _last(code) if reached_end else None
    line, shown = (_line_in(failed, ran), failed) if failed is not None else _returned(code)
    said = _headline(count, line, _meaning(status, ran if failed else ""))
    lines = [said, *_excerpt(shown, line)] if shown is not None else [said]
    if failed is not None and "\n" not in ran and _is_elsewhere(failed, ran):
        lines.append(_last_command(ran))
    return lines


def at_line(count: int, code: str, line: int, said: str, *, ran: str) -> list[str]:
    """The lines of an error that is known to have happened on `line` of the cell; none when that is 0."""
    if not 0 < line <= code.count("\n") + 1:
        return []
    inside = [one for one in statements(code) if one.line <= line <= one.line + one.text.count("\n")]
    shown = inside[-1] if inside else Statement(code.split("\n")[line - 1], line)
    lines = [_headline(count, line, said), *_excerpt(shown, line)]
    return [*lines, _last_command(ran)] if ran and _is_elsewhere(shown, ran) else lines


def _headline(count: int | None, line: int, said: str) -> str:
    place = f"In[{count}]" + (f", line {line}" if line else "")
    return f"{paint('place', place)}: {paint('error', said)}"


def _last_command(ran: str) -> str:
    return "last command: " + "\n".join(painted(ran, spans(ran), widest=_WIDEST))


def _meaning(status: int, ran: str) -> str:
    name = signal_of(status)
    if name:
        return f"status {status}: {name}, {signal.strsignal(status - 128)}"
    words = ran.split()
    command = words[0] if words and "=" not in words[0] else ""
    if status == _NOT_FOUND:
        return f"status {status}: command not found" + (f": {command}" if command else "")
    if status == _NOT_EXECUTABLE:
        return f"status {status}: cannot be executed" + (f": {command}" if command else "")
    return f"status {status}"


def _last(code: str) -> Statement | None:
    found = list(statements(code))
    return found[-1] if found else None


def _returned(code: str) -> tuple[int, Statement | None]:
    """The one `return` at the top of the cell, if there is but one: it ends a cell before its end."""
    found = [one for one in statements(code) if not _is_function(one.text) and _RETURN.search(one.text)]
    if len(found) != 1:
        return 0, None
    (inside,) = found
    places = list(_RETURN.finditer(inside.text))
    return inside.line + (inside.text.count("\n", 0, places[0].end()) if len(places) == 1 else 0), inside


def _is_function(text: str) -> bool:
    return re.match(r"function\s|[^\s()]+\s*\(\s*\)", text) is not None


def _line_in(statement: Statement, ran: str) -> int:
    """The line of the command in the statement, or else that on which the statement begins."""
    places = _places(statement, ran)
    return statement.line + (places[0] if len(places) == 1 else 0)


def _is_elsewhere(statement: Statement, ran: str) -> bool:
    """Whether the command that ran last is in no line of the statement: in a function, or an alias has made it.

    After a subshell bash tells of a command before it.
    """
    return bool(ran) and not _SUBSHELL.search(statement.text) and not _places(statement, ran)


def _places(statement: Statement, ran: str) -> list[int]:
    """The lines of the statement, from 0, on which the command stands. Bash prints it with blanks of its own."""
    wanted = "".join(ran.split()).replace("1>&", ">&")
    if not wanted or _SUBSHELL.search(statement.text):
        return []
    kept = [(character, at) for at, character in enumerate(statement.text) if not character.isspace()]
    squeezed = "".join(character for character, _ in kept)
    wanted = wanted if wanted in squeezed else wanted.replace(">&", "1>&")
    places, found = [], squeezed.find(wanted)
    while found >= 0:
        places.append(statement.text.count("\n", 0, kept[found][1]))
        found = squeezed.find(wanted, found + 1)
    return sorted(set(places))


def _excerpt(statement: Statement, line: int) -> list[str]:
    lines = painted(statement.text, spans(statement.text), widest=_WIDEST)
    first = max(0, line - statement.line - _AROUND)
    last = min(len(lines), line - statement.line + _AROUND + 1)
    numbered = range(statement.line + first, statement.line + last)
    width = len(str(numbered[-1]))
    return [
        f"{paint('arrow', f'----> {number:{width}}') if number == line else f'      {number:{width}}'} {text}"
        for number, text in zip(numbered, lines[first:last], strict=True)
    ]
