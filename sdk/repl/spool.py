"""Displays that a program has put into the session directory: a line of fields, then the payload.

The fields are separated by tabs: the MIME type (empty: look at the payload), the display id (empty: none), "update" or
nothing, the file's name as the user wrote it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from sdk.protocol.message import MimeBundle
from sdk.protocol.record import NOTHING

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
)
_ENDINGS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".htm": "text/html",
    ".md": "text/markdown",
    ".tex": "text/latex",
    ".json": "application/json",
    ".js": "application/javascript",
}
_TEXTS = ("image/svg+xml", "application/javascript", "application/xml")


class Spooled(NamedTuple):
    """Something to show."""

    data: MimeBundle
    metadata: Mapping[str, Any] = NOTHING
    display_id: str | None = None
    update: bool = False


def read_spooled(path: str) -> Spooled:
    """Read a spool file and remove it. Raises OSError, and ValueError for a payload that is not what it should be."""
    with open(path, "rb") as file:
        fields = file.readline().decode("utf-8", "replace").rstrip("\n").split("\t")
        payload = file.read()
    os.unlink(path)
    mime, display_id, verb, name, *_ = [*fields, "", "", "", ""]
    mime = mime or mime_of(payload, name)
    return Spooled({mime: _value(mime, payload)}, NOTHING, display_id or None, verb == "update")


def mime_of(payload: bytes, name: str = "") -> str:
    """What `payload` is, by how it begins or else how its file is named."""
    for beginning, mime in _BEGINNINGS:
        if payload.startswith(beginning):
            return mime
    if payload[:4] == b"RIFF" and payload[8:12] == b"WEBP":
        return "image/webp"
    if b"<svg" in payload[:1024]:
        return "image/svg+xml"
    return _ENDINGS.get(os.path.splitext(name)[1].lower(), "text/plain")


def _value(mime: str, payload: bytes) -> object:
    if mime == "application/json" or mime.endswith("+json"):
        import json  # loaded anyway, and rarely needed here

        return json.loads(payload)
    if mime.startswith("text/") or mime in _TEXTS:
        return payload.decode("utf-8", "replace")
    return payload
