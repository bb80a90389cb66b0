"""Writes a text file so that it is there as a whole or not at all: for `%%file`."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress


def write(path: str, text: str, *, append: bool = False) -> tuple[str, int]:
    """Write `text` to `path`. Gives what was done ("created", "overwritten", "appended to") and the bytes written.

    A file of the user's own is replaced by a new one with the same permissions; what cannot be replaced without a
    change (links to the same file, pipes and devices, somebody else's file) is written in place. Raises OSError.
    """
    data = text.encode("utf-8", "surrogatepass")
    path = os.path.realpath(path)
    try:
        old: os.stat_result | None = os.stat(path)
    except FileNotFoundError:
        old = None
    if append and old is not None:
        with open(path, "ab") as file:
            file.write(data)
        return "appended to", len(data)
    if old is None or (stat.S_ISREG(old.st_mode) and old.st_nlink == 1 and old.st_uid == os.geteuid()):
        _replace(path, data, old)
    else:
        with open(path, "wb") as file:
            file.write(data)
    return "created" if old is None else "overwritten", len(data)


def _replace(path: str, data: bytes, old: os.stat_result | None) -> None:
    if old is not None and not os.access(path, os.W_OK):
        raise PermissionError(13, "Permission denied", path)
    fresh = os.path.join(os.path.dirname(path), f".{secrets.token_hex(8)}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # less what the user's umask takes
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            if old is not None:
                os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
        os.replace(fresh, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(fresh)
        raise
