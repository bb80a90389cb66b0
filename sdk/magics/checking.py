"""What is looked at before it is shown: JSON, SVG, images by their contents. Pure."""

from __future__ import annotations

import json
import re
from typing import Any, Final

KINDS: Final = "PNG, JPEG, GIF, WebP or SVG"
_BEGINNINGS: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?=[?!]|(?:\w+:)?svg\b)"), "image/svg+xml"),
)
_ROOT: Final = re.compile(r"<(?:\w+:)?svg[\s/>]")


class CheckError(ValueError):
    """It is not what it should be; the message says where, and why."""


def image_type(data: bytes) -> str:
    """The MIME type of an image, by its contents. Raises CheckError."""
    found = next((mime for beginning, mime in _BEGINNINGS if beginning.match(data)), "")
    if not found or (found == "image/svg+xml" and b"svg" not in data):
        raise CheckError(f"it is no image that is known ({KINDS})")
    return found


def json_value(text: str) -> Any:
    """The value that JSON stands for. Raises CheckError."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise CheckError(f"line {error.lineno}, column {error.colno}: no JSON: {error.msg}") from None
    except RecursionError:
        raise CheckError("no JSON that can be read: it is too deep") from None


def _no_constant(constant: str) -> object:
    raise CheckError(f"no JSON: {constant} is not a value of JSON")


def svg(text: str) -> str:
    """An SVG image without what stands before its root, as front-ends put it into HTML. Raises CheckError."""
    from xml.parsers import expat  # only SVG needs it

    roots: list[str] = []
    parser = expat.ParserCreate("utf-8")  # whatever it says of itself: it is text by now
    parser.StartElementHandler = lambda tag, _: roots.append(tag) if not roots else None
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        place = f"line {error.lineno}, column {error.offset + 1}"
        raise CheckError(f"{place}: no SVG: {expat.ErrorString(error.code)}") from None
    if roots[0].rpartition(":")[2] != "svg":
        raise CheckError(f"no SVG: its root element is <{roots[0]}>")
    return without_prolog(text)


def without_prolog(image: str) -> str:
    """SVG from its root on, unless what stands before it defines something for it."""
    root = _ROOT.search(image)
    return image if root is None or "<!ENTITY" in image[: root.start()] else image[root.start() :]
