"""`%plot` for kernels that draw: it says how figures are shown from here on, or tells how they are shown now.

A kernel that lists this module in `own_magics` implements `plot_settings` and `change_plots`. One with words of its own
(names of toolkits, say) has a `%plot` of its own, with the types that are here, and calls `use`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from sdk.kernel.plot_settings import PlotError, PlotSettings
from sdk.magics.arguments import Arguments, ArgumentsError, Option
from sdk.magics.call import Call
from sdk.magics.magic import Run, line_magic

Format = Annotated[Literal["png", "svg", "jpg", "jpeg", "pdf"] | None, Option("-f", "of the images")]
Size = Annotated[str | None, Option("-s", "of new figures, in pixels of the notebook: W,H")]
Width = Annotated[int | None, Option("-w", "a part of the size")]
Height = Annotated[int | None, Option("-h", "a part of the size")]
Resolution = Annotated[float | None, Option("-r", "dots in an inch; 96: one in each pixel of the notebook")]
Ratio = Annotated[float | None, Option(help="how many dots the screen has in a pixel: 2 on fine screens")]
Most = Annotated[int | None, Option(help="how many figures one cell may show")]

LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "width": (1, 20_000),
    "height": (1, 20_000),
    "resolution": (10, 1200),
    "ratio": (0.25, 8),
    "most": (1, 10_000),
}
_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "inline": {"native": False},
    "native": {"native": True},
    "close": {"keep": False},
    "keep": {"keep": True},
}


@line_magic
async def plot(
    call: Call,
    *words: Annotated[
        Literal["inline", "native", "close", "keep"],
        "in the notebook, or in windows; figures are closed with their cell, or kept",
    ],
    format_: Format = None,
    size: Size = None,
    width: Width = None,
    height: Height = None,
    resolution: Resolution = None,
    ratio: Ratio = None,
    toolkit: Annotated[str | None, Option("-t", "what draws")] = None,
    most: Most = None,
) -> None:
    """Say how figures are shown from here on; alone: tell how they are shown now."""
    given = {"format_": format_, "size": size, "width": width, "height": height, "resolution": resolution}
    await use(call, words, **given, ratio=ratio, toolkit=toolkit, most=most)


async def use(call: Call, words: Sequence[str], **given: Any) -> None:
    """What `%plot` does. `given`: see `changed`."""
    if not words and all(value is None for value in given.values()):
        call.say(f"{call.shown} {call.kernel.plot_settings()}\n")
        return
    try:
        await call.kernel.change_plots(changed(call.kernel.plot_settings(), words, **given), call.context)
    except PlotError as error:
        raise call.error(str(error)) from None


def changed(
    settings: PlotSettings, words: Sequence[str], *, size: str | None = None, backend: str | None = None, **given: Any
) -> PlotSettings:
    """The settings with what was given; what is None was not. A word of the kernel's own is a toolkit in its windows.

    `backend` is a word, or `inline:TOOLKIT` or `native:TOOLKIT`. Raises PlotError.
    """
    if backend is not None:
        place, _, toolkit = backend.lower().partition(":")
        words = [place, *words]
        given = {**given, "toolkit": given.get("toolkit") or toolkit or None}
    if size is not None:
        sides = re.fullmatch(r"(\d+)[,x](\d+)", size)
        if sides is None:
            raise PlotError(f"--size {size}: a width and a height are expected, such as 640,480")
        settings = _within_limits(settings, {"width": int(sides[1]), "height": int(sides[2])})
    for word in words:
        settings = settings._replace(**_WORDS.get(word, {"native": True, "toolkit": word}))
    return _within_limits(settings, {name: value for name, value in given.items() if value is not None})


def read(option: str, text: str, magic: Run) -> PlotSettings:
    """The settings that a kernel's option says in the words of its `%plot`. Raises PlotError."""
    try:
        words, given = Arguments(option, magic).parse(text)
    except ArgumentsError as error:
        raise PlotError(str(error).removeprefix(f"{option}: ")) from None
    return changed(PlotSettings(), words, **given)


def _within_limits(settings: PlotSettings, given: Mapping[str, Any]) -> PlotSettings:
    for name, value in given.items():
        least, most = LIMITS.get(name, (0, 0))
        if name in LIMITS and not least <= value <= most:
            raise PlotError(f"--{name} {value:g}: a number from {least:g} to {most:g} is expected")
    named = {"jpeg": "jpg"}
    return settings._replace(**{name.rstrip("_"): named.get(value, value) for name, value in given.items()})
