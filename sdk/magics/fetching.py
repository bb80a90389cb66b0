"""`Fetching`: a file is fetched from an address into a place, whole or not at all."""

from __future__ import annotations

import os
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

_PIECE = 1 << 16
_EVERY = 0.2  # seconds between two reports
_SILENCE = 30.0  # seconds that the other side may say nothing

Report = Callable[[float | None, str], None]


class Fetching:
    """One download. `run` belongs on a thread; `end` may be called from any."""

    def __init__(self, url: str, target: Path, report: Report) -> None:
        self._url = url
        self._target = target
        self._report = report
        self._ended = Event()
        self._left = Event()

    def run(self) -> int:
        """Fetch it; how many bytes. Raises OSError (urllib's errors are such) and ValueError."""
        part = self._target.with_name(f".{self._target.name}.{os.getpid()}.part")
        try:
            size = self._fetch(part)
            if not self._ended.is_set():
                os.replace(part, self._target)
            return size
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
            self._left.set()

    def end(self) -> None:
        """Give up; when this returns nothing is left of it, unless the other side says nothing at all."""
        self._ended.set()
        self._left.wait(2.0)

    def _fetch(self, part: Path) -> int:
        request = urllib.request.Request(self._url, headers={"User-Agent": "jupyter-kernel-sdk"})
        with urllib.request.urlopen(request, timeout=_SILENCE) as answer, open(part, "xb") as file:
            total = int(answer.headers.get("Content-Length") or 0)
            done, told = 0, 0.0
            while not self._ended.is_set():
                piece = answer.read1(_PIECE)
                if not piece:
                    break
                file.write(piece)
                done += len(piece)
                if time.monotonic() - told > _EVERY:
                    told = time.monotonic()
                    self._report(done / total if total else None, f"{self._target.name}: {_said(done, total)}")
            if total and done < total and not self._ended.is_set():
                raise OSError(f"the connection ended after {done:,} of {total:,} bytes")
            self._report(1.0, f"{self._target.name}: {done:,} bytes")
        return done


def name_of(url: str) -> str:
    """The file's name that an address ends in; "" when it has none."""
    return Path(urllib.parse.unquote(urllib.parse.urlsplit(url).path)).name


def _said(done: int, total: int) -> str:
    return f"{done:,} of {total:,} bytes" if total else f"{done:,} bytes"
