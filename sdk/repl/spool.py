"""Displays that a program has put into the session directory: payloads, then what they are, then how long that is.

`display.py` writes them. What they are stands behind them (JSON, and its length in 8 digits), because the length of
what comes through a pipe is known last.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO, Any, NamedTuple

from sdk.protocol.message import MimeBundle
from sdk.protocol.record import NOTHING

_LENGTH = 8  # digits
_NAME = 16  # hexadecimal digits


class Spooled(NamedTuple):
    """Something to show, or with `clear` ("now" or "wait"), that what was shown shall go."""

    data: MimeBundle
    metadata: Mapping[str, Any] = NOTHING
    display_id: str | None = None
    update: bool = False
    clear: str = ""


def is_spooled(name: str) -> bool:
    """Whether a file of the session is called as `display.py` calls its own: anybody can write a marker."""
    return len(name) == _NAME and all(character in "0123456789abcdef" for character in name)


def read_spooled(path: str) -> Spooled:
    """Read a spool file and remove it. Raises OSError, and ValueError for one that is not what it should be."""
    with open(path, "rb") as file:
        os.unlink(path)
        try:
            return _read(file)
        except (KeyError, TypeError, AttributeError):
            raise ValueError("a display that says nothing of itself") from None


def _read(file: IO[bytes]) -> Spooled:
    import json  # loaded by now: a message is JSON

    end = os.fstat(file.fileno()).st_size - _LENGTH
    if end < 0:
        raise ValueError("a display that is not whole")
    file.seek(end)
    start = end - int(file.read(_LENGTH))
    if not 0 <= start <= end:
        raise ValueError("a display that is not whole")
    file.seek(start)
    header = json.loads(file.read(end - start))
    file.seek(0)
    data = {mime: _value(mime, file.read(size)) for mime, size in header["parts"]}
    if header.get("clear"):
        return Spooled({}, clear=header["clear"])
    image = {mime: header["image"] for mime in data if header["image"] and mime.startswith("image/")}
    if header["text"] is not None:
        data.setdefault("text/plain", header["text"])
    return Spooled(data, image, header["id"], header["update"])


def display_script(session: str, python: str) -> str:
    """A shell script that is the program `display` of this session."""
    import shlex  # the driver is up by now

    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "display.py")
    return f'#!/bin/sh\nexec {shlex.join([python, "-I", "-S", program, session])} "$@"\n'


def _value(mime: str, payload: bytes) -> object:
    from sdk.repl.display import is_json, is_text  # not needed before something is displayed

    if is_json(mime):
        import json

        return json.loads(payload)
    return payload.decode("utf-8-sig", "replace") if is_text(mime) else payload
