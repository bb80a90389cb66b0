"""`Fetching`: a file is fetched from an address into a place, whole or not at all."""

from __future__ import annotations

import os
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

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
        self._part = target.with_name(f".{target.name}.{os.getpid()}.part")
        self._ended = False
        self._lock = Lock()

    def run(self) -> int:
        """Fetch it; how many bytes. Raises OSError (urllib's errors are such) and ValueError."""
        try:
            size = self._fetch(self._part)
            with self._lock:
                if not self._ended:
                    os.replace(self._part, self._target)
            return size
        finally:
            self._remove()

    def end(self) -> None:
        """Give up: at once nothing is left of it, whenever the other side says something again."""
        with self._lock:
            self._ended = True
        self._remove()

    def _remove(self) -> None:
        with suppress(FileNotFoundError):
            self._part.unlink()

    def _fetch(self, part: Path) -> int:
        request = urllib.request.Request(self._url, headers={"User-Agent": "jupyter-kernel-sdk"})
        with urllib.request.urlopen(request, timeout=_SILENCE) as answer, open(part, "xb") as file:
            total = int(answer.headers.get("Content-Length") or 0)
            done, told = 0, 0.0
            while not self._ended:
                piece = answer.read1(_PIECE)
                if not piece:
                    break
                file.write(piece)
                done += len(piece)
                if not self._ended and time.monotonic() - told > _EVERY:
                    told = time.monotonic()
                    self._report(done / total if total else None, f"{self._target.name}: {_said(done, total)}")
            if total and done < total and not self._ended:
                raise OSError(f"the connection ended after {done:,} of {total:,} bytes")
            if not self._ended:
                self._report(1.0, f"{self._target.name}: {done:,} bytes")
        return done


def name_of(url: str) -> str:
    """The file's name that an address ends in; "" when it has none."""
    return Path(urllib.parse.unquote(urllib.parse.urlsplit(url).path)).name


def _said(done: int, total: int) -> str:
    return f"{done:,} of {total:,} bytes" if total else f"{done:,} bytes"
