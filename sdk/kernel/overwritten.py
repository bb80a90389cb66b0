"""Leaves out of a text what is written over before anybody sees it: the earlier states of a progress bar. Pure.

A carriage return goes back to the line's beginning, and what follows is written over what stands there. So of ten
thousand states that come at once only the last one need be sent, with those that stand out behind it. Colours that
were set by what is left out stay set. The column in which the text begins is not known.
"""

from __future__ import annotations

import re

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_RESETS = ("\x1b[m", "\x1b[0m")
_ERASE = re.compile(r"\x1b\[[02]?K")  # the line, or the rest of it
_CONTROL = re.compile(r"[\x00-\x1f]")
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\U0001f300-\U0001faff"
    "\U00020000-\U0003fffd]"
)
_DOUBTFUL = re.compile("[\u231a\u231b\u23e9-\u23f3\u25fd\u25fe\u2600-\u27bf\u2b1b-\u2b55]")  # one cell or two
_NARROW = re.compile("[\u0300-\u036f\u200b-\u200f\u20d0-\u20ff\ufe00-\ufe0f]")  # marks upon other characters


def without_overwritten(text: str) -> str:
    """`text` as it looks when it has been written, in as little as is simply done."""
    if "\r" not in text:
        return text
    lines = text.split("\n")
    return "\n".join([_line(line, begins=number > 0) if "\r" in line else line for number, line in enumerate(lines)])


def _line(line: str, *, begins: bool) -> str:
    """One line; `begins` says whether its first column is known to be the line's."""
    pieces = line.split("\r")
    if len(pieces) == 2 and not pieces[1]:
        return line
    kept = _kept(pieces, begins=begins)
    colours: dict[str, None] = {}  # of what is left out; the last of each kind counts
    result = []
    for piece, keep in zip(pieces, kept, strict=True):
        if keep:
            result.append("".join(colours) + piece if colours else piece)
            colours.clear()
        elif "\x1b" in piece:
            for colour in _COLOUR.findall(piece):
                if colour in _RESETS:
                    colours.clear()
                colours.pop(colour, None)
                colours[colour] = None
    if not begins and not kept[0]:
        result.insert(0, "")
    return "\r".join(result)


def _kept(pieces: list[str], *, begins: bool) -> list[bool]:
    """Which pieces are still to be seen, or may be: looked at from the last to the first."""
    kept = [True] * len(pieces)
    characters = cells = -1  # that are written over later; front-ends count the ones, terminals the others
    erased = False
    for at in range(len(pieces) - 1, -1, -1):
        piece = pieces[at]
        erases = False
        if not (piece.isascii() and piece.isprintable()):
            if "\x1b" in piece:
                erases = _ERASE.search(piece) is not None
                piece = _ERASE.sub("", _COLOUR.sub("", piece))
            if _CONTROL.search(piece):
                characters = cells = -1  # who knows where that goes
                erased = False
                continue
        length = least = most = len(piece)
        if not piece.isascii():
            wide = len(_WIDE.findall(piece))
            least, most = length + wide - len(_NARROW.findall(piece)), length + wide + len(_DOUBTFUL.findall(piece))
        covered = length <= characters and most <= cells and (at > 0 or begins) and not erases
        if at < len(pieces) - 1 and (erased or covered):
            kept[at] = False
            continue
        characters, cells = max(characters, length), max(cells, least)
        erased = erased or erases
    return kept
