"""Pixels as a PNG image. Pure."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

MOST_PIXELS = 1 << 25
"""Pixels of one image: 33 millions."""

_COLOUR_TYPE = {3: 2, 4: 6}  # red, green, blue, and how opaque


def png(width: int, height: int, rows: Iterable[bytes | bytearray | memoryview], *, channels: int) -> bytes:
    """An image of `width` x `height` pixels, each of 3 or 4 bytes; one item of `rows` is one row."""
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPE[channels], 0, 0, 0)
    packer = zlib.compressobj(6)
    parts = [packer.compress(b"\0" + bytes(row)) for row in rows]
    parts.append(packer.flush())
    chunks = [_chunk(b"IHDR", header), _chunk(b"IDAT", b"".join(parts)), _chunk(b"IEND", b"")]
    return b"".join([b"\x89PNG\r\n\x1a\n", *chunks])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
