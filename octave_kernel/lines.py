"""What Octave is told: the lines that are typed for a cell and for its end, and the files of cells. Pure."""

from __future__ import annotations

import re

CELL = "cell."
"""How the names of cells' files begin: with a function's, for `source` looks that up, and reads the whole path anew for
one that it does not find."""

_CLASS = re.compile(r"classdef\b(?:\s*\([^)]*\))?\s*(\w+)")


def quoted(text: str) -> str:
    """As a string of Octave's that takes everything as it stands."""
    return "'" + text.replace("'", "''") + "'"


def _nested(text: str) -> str:
    """As a string within which others may stand in single quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def script(code: str) -> str:
    """What is written into the file that is run for a cell.

    A file that begins with a function is a function file to Octave, and nothing else in it would run.
    """
    at = first_statement(code)
    if re.match(r"function\b", code[at:]):
        code = f"{code[:at]}1; {code[at:]}"
    return code if code.endswith("\n") else f"{code}\n"


def class_name(code: str) -> str:
    """The name of the class that the cell defines; empty if it does not begin with a classdef."""
    found = _CLASS.match(code, first_statement(code))
    return found[1] if found else ""


def first_statement(code: str) -> int:
    """Where the first thing stands that is not blank and not a comment; the length when there is none."""
    at = depth = 0
    for line in code.splitlines(keepends=True):
        bare = line.strip()
        if bare in ("%{", "#{"):
            depth += 1
        elif depth and bare in ("%}", "#}"):
            depth -= 1
        elif not depth and bare and bare[0] not in "%#":
            return at + len(line) - len(line.lstrip())
        at += len(line)
    return at


def cell(number: int, file: str, path: str, scripts: str, *, first: str = "") -> str:
    """The line that runs `first` and `file` as turn `number`; our own functions are in `path` and `scripts`."""
    well = _nested(f"{first}__k_source__()({quoted(file)});__k_end__({number},1);")
    failed = _nested(f"{heal(path, scripts)}__k_end__({number},0);")
    return f"__k_go__({number})({well},{failed});"


def question(number: int, asked: str, answer: str, path: str, scripts: str, *, sending: str = "") -> str:
    """The line that answers what the file `asked` says in the file `answer` (`sending` sends it), as turn `number`."""
    ended = f"__k_answered__({number});"
    well = _nested(f"__k_ask__({quoted(asked)},{quoted(answer)});{sending}{ended}")
    return f"__k_go__({number})({well},{_nested(heal(path, scripts) + ended)});"


def end(number: int, path: str, scripts: str) -> str:
    """The line that asks for the end of a cell."""
    return f"{heal(path, scripts)}__k_end__({number},2);"


REREAD = "__k_reread__();"
"""What makes Octave look which files are in the folders of its path."""

READ_ON = "while(1),__k_eval__()(__k_read__());end"
"""What makes Octave read the lines that follow by itself, until an error or an interrupt ends that.

Not in a function, which would be seen in each traceback.
"""


def heal(path: str, scripts: str) -> str:
    """The statement that puts our functions back where Octave finds them."""
    # restoredefaultpath takes ours away, too: then the end of a cell that went well is not found, and comes here.
    return f"feval('addpath',{quoted(path)},{quoted(scripts)});"
