"""Reads the plainest TIFF: red, green and blue (and how opaque) in bytes, not compressed, not in tiles. Pure.

chafa sends such images in iTerm2's protocol; browsers show no TIFF.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from sdk.repl.png import MOST_PIXELS, png

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}  # how a TIFF begins, and the order of bytes in its numbers
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _STRIPS, _SAMPLES, _LENGTHS, _PLANES = 256, 257, 258, 259, 273, 277, 279, 284
_NUMBERS = {1: "B", 3: "H", 4: "I"}


def as_png(data: bytes) -> bytes | None:
    """The picture as a PNG; None for what is not such a TIFF."""
    try:
        fields = _fields(data, _ORDERS[data[:4]])
        (width,), (height,), (channels,) = fields[_WIDTH], fields[_HEIGHT], fields[_SAMPLES]
        strips = zip(fields[_STRIPS], fields[_LENGTHS], strict=True)
    except (KeyError, ValueError, struct.error):
        return None
    if set(fields.get(_BITS, ())) != {8} or fields.get(_COMPRESSION, [1]) != [1] or fields.get(_PLANES, [1]) != [1]:
        return None
    length = width * channels
    pixels = memoryview(b"".join(data[offset : offset + count] for offset, count in strips))
    if channels not in (3, 4) or not 0 < width * height <= MOST_PIXELS or len(pixels) < height * length:
        return None
    return png(width, height, (pixels[at : at + length] for at in range(0, height * length, length)), channels=channels)


def _fields(data: bytes, order: str) -> Mapping[int, Sequence[int]]:
    """Tag -> its numbers."""
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, at)
    fields = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, many = struct.unpack_from(f"{order}HHI", data, entry)
        if kind in _NUMBERS and many <= len(data):
            numbers = f"{order}{many}{_NUMBERS[kind]}"
            there = entry + 8
            if struct.calcsize(numbers) > 4:
                (there,) = struct.unpack_from(f"{order}I", data, entry + 8)
            fields[tag] = list(struct.unpack_from(numbers, data, there))
    return fields
