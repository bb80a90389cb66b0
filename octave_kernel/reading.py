"""`Reading`: how Octave reads the lines that are typed: by itself, or by a loop of ours, which is far quicker.

At its own prompt Octave reads every folder of the path before each line. In the loop it does so when it is told to:
when a folder has changed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from typing import Any

from octave_kernel.folders import Folders
from octave_kernel.lines import READ_ON, REREAD

_OCTAVES_OWN = re.compile(r"/octave/\d+\.\d+\.\d+/(?:m|oct|data)(?:/|$)")
"""Where the functions are that have come with Octave: while it runs, none are added."""


class Reading:
    """What is known of one Octave."""

    def __init__(self, ours: Collection[str] = ()) -> None:
        """`ours`: folders that do not count."""
        self._ours = tuple(ours)
        self._folders = Folders()
        self._path = self._cwd = ""
        self._on = False

    def line(self, line: str) -> str:
        """`line`, and what else Octave needs to be told with it."""
        on, self._on = self._on, False
        changed = self._folders.changed()
        if on:
            return f"{REREAD}{line}" if changed else line
        return f"{line}{READ_ON}"

    def ended(self, report: Mapping[str, Any]) -> None:
        """The last line has done what it should: Octave reads on."""
        self._on = True
        path, cwd = report.get("path", self._path), report.get("cwd", self._cwd)
        if (path, cwd) != (self._path, self._cwd):
            self._path, self._cwd = path, cwd
            self._folders.use([cwd, *(folder for folder in path.split(os.pathsep) if self._may_change(folder))])

    def _may_change(self, folder: str) -> bool:
        return os.path.isabs(folder) and not folder.startswith(self._ours) and not _OCTAVES_OWN.search(folder)
