"""Octave's own magics: `%plot`, which is a comment to Octave, so that the same file runs without us."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from sdk import PlotError, PlotSettings
from sdk.magics import Call, Option, line_magic
from sdk.magics.plot import Format, Height, Most, Ratio, Resolution, Size, Width, read, use

__all__ = ["PlotError", "check", "plot", "settings_of"]

TOOLKITS: Final = ("gnuplot", "qt", "fltk")
Word = Literal["inline", "native", "close", "keep", "gnuplot", "qt", "fltk"]


@line_magic
async def plot(
    call: Call,
    *words: Annotated[Word, "in the notebook, or in windows of Octave's; figures are closed with their cell, or kept"],
    format_: Format = None,
    size: Size = None,
    width: Width = None,
    height: Height = None,
    resolution: Resolution = None,
    ratio: Ratio = None,
    toolkit: Annotated[Literal["gnuplot", "qt", "fltk"] | None, Option("-t", "what draws")] = None,
    backend: Annotated[str | None, Option("-b", "inline, inline:TOOLKIT, native, or a toolkit in its windows")] = None,
    most: Most = None,
) -> None:
    """Say how figures are shown from here on; alone: tell how they are shown now.

    Sizes are those of figures that have no position of their own. With `close` figures end with their cell; with `keep`
    they stay, and are shown again when they change. The name of a toolkit alone means its windows.
    """
    given = {"format_": format_, "size": size, "width": width, "height": height, "resolution": resolution}
    await use(call, words, **given, ratio=ratio, toolkit=toolkit, backend=backend, most=most)


def settings_of(option: str, text: str) -> PlotSettings:
    """What the kernel's option says in the words of `%plot`. Raises PlotError."""
    settings = read(option, text, plot)
    check(settings)
    return settings


def check(settings: PlotSettings) -> None:
    """Raises PlotError for a toolkit that Octave does not have."""
    if settings.toolkit not in ("", *TOOLKITS):
        raise PlotError(f"{settings.toolkit}: one of these is expected: inline, native, {', '.join(TOOLKITS)}")
