"""Images in iTerm2's protocol: operating-system command 1337, `File=ARGUMENTS:BASE64`, or in parts. Pure.

imgcat, viu, chafa, timg and backends of matplotlib print them. Their sizes are in cells of the terminal (`40`), pixels
(`40px`), per cent of it (`40%`) or `auto`; a front-end knows pixels alone.
"""

from __future__ import annotations

from binascii import Error, a2b_base64
from typing import Any

from sdk.repl.spool import Spooled

BULKY = ("1337;File=", "1337;FilePart=")
"""How commands begin that may be long, and may be parted into lines."""

MOST_PARTS = 1 << 26
"""Characters of all parts of one image."""

CELL = {"width": 8, "height": 16}
"""Pixels, where protocols count in characters."""

MOST_CELLS = 1000

_WHOLE, _BEGIN, _PART, _END = "1337;File=", "1337;MultipartFile=", "1337;FilePart=", "1337;FileEnd"


class InlineImages:
    """Puts images together from the commands that bring them."""

    def __init__(self) -> None:
        self._arguments: str | None = None
        self._parts: list[str] = []
        self._size = 0

    def take(self, command: str) -> Spooled | str | None:
        """What the command shows: an image, a line of text about it, or nothing."""
        if command.startswith(_WHOLE):
            arguments, _, payload = command.removeprefix(_WHOLE).partition(":")
            return _image(arguments, payload)
        if command.startswith(_BEGIN):
            self.forget()
            self._arguments = command.removeprefix(_BEGIN)
        elif command.startswith(_PART) and self._arguments is not None:
            self._parts.append(command.removeprefix(_PART))
            self._size += len(self._parts[-1])
            if self._size > MOST_PARTS:
                self.forget()
                return "[an image of more than 48 MB]\n"
        elif command.startswith(_END) and self._arguments is not None:
            arguments, payload = self._arguments, "".join(self._parts)
            self.forget()
            return _image(arguments, payload)
        return None

    def forget(self) -> None:
        """An image whose end has not come will not come."""
        self._arguments = None
        self._parts.clear()
        self._size = 0


def _image(arguments: str, payload: str) -> Spooled | str | None:
    from sdk.repl.display import mime_of  # not needed before an image comes

    given = dict(argument.partition("=")[::2] for argument in arguments.split(";"))
    if given.get("inline", "0") != "1":
        return None  # a file for the user's downloads
    name = _decoded(given.get("name", "")).decode("utf-8", "replace")
    data = _decoded(payload)
    data = _png(data) or data
    mime = mime_of(data[:4096])
    if not mime.startswith("image/"):
        return f"[{name or 'a file'}: {len(data)} bytes, which are no image]\n"
    size: dict[str, Any] = {side: pixels for side in CELL if (pixels := _pixels(given.get(side, ""), side))}
    if len(size) == 2 and given.get("preserveAspectRatio", "1") != "0":
        del size["height"]
    value = data.decode("utf-8", "replace") if mime == "image/svg+xml" else data
    return Spooled({mime: value}, {mime: size} if size else {})


def _png(data: bytes) -> bytes | None:
    """A TIFF as something that front-ends can show."""
    if data[:4] not in (b"II*\0", b"MM\0*"):
        return None
    from sdk.repl.tiff import as_png  # few programs send one

    return as_png(data)


def _pixels(text: str, side: str) -> int:
    if text.endswith("px") and text[:-2].isdecimal():
        return min(int(text[:-2]), 100_000)
    return min(int(text), MOST_CELLS) * CELL[side] if text.isdecimal() else 0


def _decoded(text: str) -> bytes:
    try:
        return a2b_base64(text.encode("ascii", "replace"))
    except Error:
        return b""
