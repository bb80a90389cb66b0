"""Macros: pieces of code with a name, kept in Jupyter's data directory, a file each, for each language."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sdk.kernel.base import Kernel


class MacroFiles:
    """Those of one kernel's language."""

    def __init__(self, kernel: Kernel) -> None:
        data = os.environ.get("JUPYTER_DATA_DIR")
        if not data:
            base = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
            data = os.path.join(base, "jupyter")
        language = str(kernel.language_info.get("name") or kernel.implementation or "text")
        self._suffix = str(kernel.language_info.get("file_extension") or ".txt")
        self.folder = Path(data, "kernel_macros", language.replace("/", "_"))

    def names(self) -> list[str]:
        """All there are."""
        return sorted(path.stem for path in self.folder.glob(f"*{self._suffix}"))

    def path(self, name: str) -> Path:
        """Where one is kept."""
        return self.folder / f"{name}{self._suffix}"

    def read(self, name: str) -> str:
        """Its code. Raises FileNotFoundError, or another OSError."""
        return self.path(name).read_text(encoding="utf-8")

    def write(self, name: str, code: str) -> None:
        """Keep it, in the place of what had this name. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, path = tempfile.mkstemp(prefix=".", dir=self.folder)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(code if code.endswith("\n") else f"{code}\n")
        os.replace(path, self.path(name))

    def delete(self, name: str) -> None:
        """Forget it. Raises FileNotFoundError, or another OSError."""
        self.path(name).unlink()
