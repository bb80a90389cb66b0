"""The `%plot` line of a cell, in which a user says how figures are shown. Pure.

To Octave the line is a comment, so that the same file runs without us. What reads like a comment (`% plot`, `%plot the
data`) is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

USAGE = """\
%plot [OPTION...] [inline | native] [close | keep]

  -f, --format NAME       png, svg, jpg or pdf
  -s, --size W,H          of a figure that has no position of its own, in pixels of the notebook
  -w, --width W           a part of the size
  -h, --height H
  -r, --resolution DPI    dots in an inch of an image; 96: one in each pixel of the notebook. The size stays
      --ratio R           how many dots the screen has in a pixel (2 on fine screens)
  -t, --toolkit NAME      gnuplot, qt or fltk
      --most N            how many figures one cell may show
  inline, native          in the notebook; in windows of Octave's own
  close, keep             figures are closed when their cell ends; or stay, and are shown again when they change
"""
TOOLKITS: Final = ("gnuplot", "qt", "fltk")
FORMATS: Final[Mapping[str, str]] = {"png": "png", "svg": "svg", "jpg": "jpg", "jpeg": "jpg", "pdf": "pdf"}
_LINE = re.compile(r"^[ \t]*%plot[ \t]+(\S[^\r\n]*?)[ \t]*\r?$")
_LARGEST = 20_000  # pixels of a side


class PlotLineError(Exception):
    """What stands behind `%plot` cannot be understood; the message says why."""


class Plot(NamedTuple):
    """How figures are shown."""

    format: str = "png"
    width: int = 640
    height: int = 480
    resolution: float = 96.0
    """Dots in an inch, of which a pixel of the notebook is the 96th part."""

    ratio: float = 1.0
    """Dots of the screen in a pixel of the notebook."""

    toolkit: str = ""
    """Empty: gnuplot, or with `native` the one that Octave has chosen."""

    native: bool = False
    keep: bool = False
    most: int = 100
    """How many figures a cell may show."""

    @property
    def wants_screen(self) -> bool:
        """Whether this takes a window system."""
        return self.native or self.toolkit not in ("", "gnuplot")


def plot_line(code: str) -> str:
    """What stands behind `%plot` in one of the comments that a cell begins with; empty when there is none."""
    for line in code.split("\n") if "%plot" in code else ():
        found = _LINE.match(line)
        if found and _is_ours(found[1]):
            return found[1]
        if line.strip() and line.lstrip()[0] not in "%#":
            break
    return ""


def changed(plot: Plot, text: str) -> Plot:
    """`plot` with what `text` says. Raises PlotLineError."""
    words = text.split()
    while words:
        word, equals, value = words.pop(0).partition("=")
        if word in _WORDS and not equals:
            plot = plot._replace(**_WORDS[word])
            continue
        if word not in _OPTIONS:
            raise PlotLineError(f"{word}: no such option. It is:\n{USAGE}")
        if not equals:
            if not words:
                raise PlotLineError(f"{word}: a value is missing")
            value = words.pop(0)
        plot = plot._replace(**_OPTIONS[word](word, value.strip("'\"")))
    return plot


def _is_ours(text: str) -> bool:
    for word in text.split():
        if word.startswith("-"):
            break
        if word not in _WORDS:
            return False
    return True


def _format(option: str, value: str) -> dict[str, Any]:
    if value.lower() not in FORMATS:
        raise _unknown(option, value, "png, svg, jpg, pdf")
    return {"format": FORMATS[value.lower()]}


def _toolkit(option: str, value: str) -> dict[str, Any]:
    if value.lower() not in TOOLKITS:
        raise _unknown(option, value, ", ".join(TOOLKITS))
    return {"toolkit": value.lower()}


def _backend(option: str, value: str) -> dict[str, Any]:
    # What Calysto's octave_kernel understands: inline, inline:TOOLKIT, native, or a toolkit with its windows.
    place, _, toolkit = value.partition(":")
    if place in TOOLKITS:
        return {"native": True, "toolkit": place}
    if place not in ("inline", "native"):
        raise _unknown(option, value, f"inline, native, {', '.join(TOOLKITS)}")
    return {"native": place == "native", **(_toolkit(option, toolkit) if toolkit else {})}


def _size(option: str, value: str) -> dict[str, Any]:
    sides = re.split(r"[,x]", value)
    if len(sides) != 2:
        raise PlotLineError(f"{option} {value}: a width and a height are expected, such as 640,480")
    return {"width": _pixels(option, sides[0]), "height": _pixels(option, sides[1])}


def _pixels(option: str, value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) <= _LARGEST:
        raise PlotLineError(f"{option} {value}: a number of pixels is expected, from 1 to {_LARGEST}")
    return int(value)


def _number(least: float, most: float) -> Callable[[str, str], float]:
    def read(option: str, value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise PlotLineError(f"{option} {value}: a number from {least:g} to {most:g} is expected")
        return number

    return read


def _unknown(option: str, value: str, known: str) -> PlotLineError:
    return PlotLineError(f"{option} {value}: one of these is expected: {known}")


_dots, _ratio, _count = _number(10, 1200), _number(0.25, 8), _number(1, 10_000)
_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "inline": {"native": False},
    "native": {"native": True},
    "close": {"keep": False},
    "keep": {"keep": True},
}
_READERS: Final[Mapping[Sequence[str], Callable[[str, str], dict[str, Any]]]] = {
    ("-f", "--format"): _format,
    ("-s", "--size"): _size,
    ("-w", "--width"): lambda option, value: {"width": _pixels(option, value)},
    ("-h", "--height"): lambda option, value: {"height": _pixels(option, value)},
    ("-r", "--resolution"): lambda option, value: {"resolution": _dots(option, value)},
    ("--ratio",): lambda option, value: {"ratio": _ratio(option, value)},
    ("-t", "--toolkit"): _toolkit,
    ("-b", "--backend"): _backend,
    ("--most",): lambda option, value: {"most": int(_count(option, value))},
}
_OPTIONS: Final = {name: reader for names, reader in _READERS.items() for name in names}
