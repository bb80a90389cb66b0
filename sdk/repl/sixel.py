"""Images in Sixel, the graphics of DEC's terminals: a device control string `P1;P2;P3q` and then the picture. Pure.

img2sixel, chafa, timg, gnuplot and others print them. A character from `?` to `~` is a column of six pixels in the
current colour, `!12~` twelve of them; `$` goes back to the beginning of the band, `-` on to the next one; `#1;2;R;G;B`
defines a colour, `#1` takes it; `"1;1;W;H` tells the size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from colorsys import hls_to_rgb

from sdk.repl.png import MOST_PIXELS, png
from sdk.repl.spool import Spooled

_TOKEN = re.compile(r"(?P<pixels>[?-~]+)|!(?P<times>[0-9]{1,6})(?P<pixel>[?-~])|(?P<move>[$-])"
                    r"|#(?P<colour>[0-9;]+)|\"(?P<raster>[0-9;]+)")  # fmt: skip
_VT340 = (
    *((0, 0, 0), (20, 20, 80), (80, 13, 13), (20, 80, 20), (80, 20, 80), (20, 80, 80), (80, 80, 20), (53, 53, 53)),
    *((26, 26, 26), (33, 33, 60), (60, 26, 26), (33, 60, 33), (60, 33, 60), (33, 60, 60), (60, 60, 33), (80, 80, 80)),
)  # per cent
_LONGEST_SIDE = 16_384  # pixels
_BAND = 6  # pixels
_RGB, _HLS = 2, 1


def image(picture: str) -> Spooled | str:
    """What the picture shows, as a PNG; a line of text if that is nothing."""
    canvas = _Canvas()
    try:
        for token in _TOKEN.finditer(picture):
            canvas.take(token)
    except ValueError as error:
        return f"[an image in Sixel, which cannot be shown: {error}]\n"
    data = canvas.png()
    return Spooled({"image/png": data}) if data else "[an image in Sixel without a pixel]\n"


class _Canvas:
    """Rows of pixels, each of four bytes; what nobody has painted is transparent."""

    def __init__(self) -> None:
        self._rows: list[bytearray] = []
        self._colours = {number: _opaque(*colour) for number, colour in enumerate(_VT340)}
        self._colour = self._colours[0]
        self._x = self._band = self._width = self._height = 0

    def take(self, token: re.Match[str]) -> None:
        if token["pixels"]:
            for pixel in token["pixels"]:
                self._paint(ord(pixel) - 63, 1)
        elif token["pixel"]:
            self._paint(ord(token["pixel"]) - 63, int(token["times"]))
        elif token["move"]:
            self._x = 0
            self._band += token["move"] == "-"
        elif token["colour"]:
            self._choose(*_numbers(token["colour"]))
        elif len(size := _numbers(token["raster"])) == 4:
            self._check(size[2], size[3])
            self._width, self._height = max(self._width, size[2]), max(self._height, size[3])

    def png(self) -> bytes:
        """The picture as it is painted."""
        height = max(self._height, len(self._rows))
        if not height or not self._width:
            return b""
        rows = [*self._rows, *([bytearray()] * (height - len(self._rows)))]
        return png(self._width, height, (row.ljust(4 * self._width, b"\0") for row in rows), channels=4)

    def _choose(self, number: int, kind: int = 0, *parts: int) -> None:
        if len(parts) == 3 and kind == _RGB:
            self._colours[number] = _opaque(*parts)
        elif len(parts) == 3 and kind == _HLS:  # blue is at 0 degrees there
            mixed = hls_to_rgb((parts[0] + 240) % 360 / 360, min(parts[1], 100) / 100, min(parts[2], 100) / 100)
            self._colours[number] = _opaque(*(100 * part for part in mixed))
        self._colour = self._colours.get(number, self._colours[0])

    def _paint(self, column: int, times: int) -> None:
        begin, end = self._x, self._x + times
        self._x = end
        top = self._band * _BAND
        self._check(end, top + column.bit_length())
        self._width = max(self._width, end)
        while column:
            bit = column.bit_length() - 1
            column ^= 1 << bit
            while len(self._rows) <= top + bit:
                self._rows.append(bytearray())
            row = self._rows[top + bit]
            if len(row) < 4 * end:
                row.extend(bytes(4 * end - len(row)))
            row[4 * begin : 4 * end] = self._colour * times

    @staticmethod
    def _check(width: int, height: int) -> None:
        if max(width, height) > _LONGEST_SIDE or width * height > MOST_PIXELS:
            raise ValueError("it is too large")


def _numbers(text: str) -> Sequence[int]:
    return [int(number[:6] or 0) for number in text.split(";")][:5]


def _opaque(*parts: float) -> bytes:
    return bytes([*(round(min(part, 100) * 2.55) for part in parts), 255])
