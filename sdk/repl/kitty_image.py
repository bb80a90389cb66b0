"""Images in kitty's graphics protocol: application commands `Gkey=value,...;BASE64`, mostly in parts of 4 kB. Pure.

`kitten icat`, chafa, timg and viu print them. An image is shown as it is transmitted (a=T), or kept under its number
(a=t) and put somewhere later (a=p). It is a PNG (f=100) or pixels (f=24, f=32), possibly compressed (o=z). Sizes are in
cells of the terminal. Files and shared memory that a program names instead of sending an image are not read.
"""

from __future__ import annotations

import re
import zlib
from binascii import Error, a2b_base64
from collections.abc import Mapping

from sdk.repl.inline_image import CELL, MOST_CELLS, MOST_PARTS
from sdk.repl.png import MOST_PIXELS, png
from sdk.repl.spool import Spooled

_KEPT = 64  # images that are transmitted and not shown yet
_PIXELS = {"24": 3, "32": 4}  # bytes of one
_PADDED = re.compile(r"[^=]+=*")
_UNREADABLE = "[an image in kitty's protocol, which cannot be read: {}]\n"


class KittyImages:
    """Puts images together from the commands that bring them."""

    def __init__(self) -> None:
        self._keys: Mapping[str, str] | None = None
        self._parts: list[str] = []
        self._size = 0
        self._kept: dict[str, Spooled] = {}

    def take(self, command: str) -> Spooled | str | None:
        """What the command shows: an image, a line of text about it, or nothing."""
        head, _, payload = command.removeprefix("G").partition(";")
        keys = dict(pair.partition("=")[::2] for pair in head.split(","))
        if self._keys is None:
            if keys.get("a", "t") == "p":
                kept = self._kept.get(keys.get("i", ""))
                return None if kept is None else _sized(kept, keys)
            if keys.get("a", "t") not in "tT":
                return None  # a question to the terminal, a deletion, a frame of an animation
            self._keys = keys
        self._parts.append(payload)
        self._size += len(payload)
        if self._size > MOST_PARTS:
            self._reset()
            return "[an image of more than 48 MB]\n"
        return None if keys.get("m") == "1" else self._whole()

    def forget(self) -> None:
        """An image whose end has not come will not come, and nobody is left who would show what was transmitted."""
        self._reset()
        self._kept.clear()

    def _reset(self) -> None:
        self._keys = None
        self._parts.clear()
        self._size = 0

    def _whole(self) -> Spooled | str | None:
        keys, payload = self._keys or {}, "".join(self._parts)
        self._reset()
        try:
            image = Spooled({"image/png": _decoded(keys, payload)})
        except ValueError as error:
            return _UNREADABLE.format(error)
        if keys.get("a") == "T":
            return _sized(image, keys)
        if (number := keys.get("i")) is not None and len(self._kept) < _KEPT:
            self._kept[number] = image
        return None


def _decoded(keys: Mapping[str, str], payload: str) -> bytes:
    """The PNG that was transmitted. Raises ValueError, which says why there is none."""
    if keys.get("t", "d") != "d":
        raise ValueError("it is not sent through the terminal")
    try:
        # Some encode each part by itself, so that there is padding in the middle.
        pieces = _PADDED.findall(payload)
        data = b"".join(a2b_base64(piece.encode("ascii", "replace")) for piece in pieces)
    except Error:
        raise ValueError("it is not base64") from None
    if keys.get("o") == "z":
        data = _unpacked(data)
    if keys.get("f", "32") == "100":
        if not data.startswith(b"\x89PNG"):
            raise ValueError("it is no PNG")
        return data
    channels = _PIXELS.get(keys.get("f", "32"))
    width, height = _number(keys.get("s")), _number(keys.get("v"))
    if channels is None or not 0 < width * height <= MOST_PIXELS or len(data) < width * height * channels:
        raise ValueError(f"{len(data)} bytes are not {width} x {height} pixels")
    view = memoryview(data)
    length = width * channels
    return png(width, height, (view[at : at + length] for at in range(0, height * length, length)), channels=channels)


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(data, 4 * MOST_PIXELS)
    except zlib.error:
        raise ValueError("it is not compressed as it says") from None
    if unpacker.unconsumed_tail:
        raise ValueError("it is too large")
    return unpacked


def _sized(image: Spooled, keys: Mapping[str, str]) -> Spooled:
    """The image in the size that it shall be shown in."""
    cells = {"width": _number(keys.get("c")), "height": _number(keys.get("r"))}
    size = {side: min(count, MOST_CELLS) * CELL[side] for side, count in cells.items() if count}
    return image._replace(metadata={"image/png": size} if size else {})


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
