"""What IPython keeps for the cell that runs, made safe for cells that run in several threads at once."""

from __future__ import annotations

from contextlib import AbstractContextManager
from threading import RLock, local
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.display_trap import DisplayTrap

from python_kernel.cell_files import name_of


class SharedDisplayTrap(DisplayTrap):
    """Puts the display hook in place when the first cell comes, and takes it away when the last one goes."""

    def __init__(self, hook: Any = None) -> None:
        super().__init__(hook)
        self._lock = RLock()

    def __enter__(self) -> Any:
        with self._lock:
            return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        with self._lock:
            super().__exit__(*error)


class _Extra(local):
    flags = 0


class SharedCompiler(CachingCompiler):
    """A compiler whose extra flags, such as that for await at the top, are those of one thread."""

    __module__, __qualname__ = "ipykernel.compiler", "XCachingCompiler"

    def __init__(self) -> None:
        self._extra = _Extra()
        super().__init__()

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """The file name of a cell."""
        return name_of(raw_code)

    @property
    def flags(self) -> int:
        """The flags of `from __future__ import ...`, which all cells share, and the extra ones."""
        return self._shared | self._extra.flags

    @flags.setter
    def flags(self, flags: int) -> None:
        self._shared = flags & ~self._extra.flags

    def extra_flags(self, flags: int) -> AbstractContextManager[None]:  # type: ignore[override]  # no generator's
        """In here `flags` are set too, in this thread."""
        return _ExtraFlags(self._extra, flags & ~self._shared)


class _ExtraFlags:
    """Entered for each statement of a cell: a generator's would take as long as to compile a short one."""

    __slots__ = ("_before", "_extra", "_flags")

    def __init__(self, extra: _Extra, flags: int) -> None:
        self._extra, self._flags, self._before = extra, flags, extra.flags

    def __enter__(self) -> None:
        self._extra.flags = self._before | self._flags

    def __exit__(self, *error: object) -> None:
        self._extra.flags = self._before
