"""Pictures that tests look at pixel by pixel."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

Pixel = tuple[int, ...]


def pixels(data: Mapping[str, object]) -> list[list[Pixel]]:
    """The rows of a PNG that `sdk.repl.png` has made."""
    png = data["image/png"]
    assert isinstance(png, bytes)
    chunks = {}
    at = 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length) == (zlib.crc32(kind + body),)
        chunks[kind] = body
        at += length + 12
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colours, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, rest) == (8, [0, 0, 0])
    channels = {2: 3, 6: 4}[colours]
    raw = zlib.decompress(chunks[b"IDAT"])
    length = 1 + width * channels
    assert len(raw) == height * length
    rows = [raw[at + 1 : at + length] for at in range(0, len(raw), length)]
    return [[tuple(row[at : at + channels]) for at in range(0, len(row), channels)] for row in rows]
