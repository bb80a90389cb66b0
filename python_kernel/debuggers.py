"""pdb is IPython's from the moment when it is imported: with its colours, and with interrupts that end the cell.

The first one at its prompt leaves the debugger, and the cell goes on, as in IPython. There that is all: a cell that
debugs in a loop asks again, and never ends. Here the second one in a cell ends it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from types import FrameType, ModuleType
from typing import Any

_PDB, _IPYTHONS = "pdb", "IPython.core.debugger"
_MACHINERY = ("sdk.", "python_kernel.", "IPython.core.interactiveshell")
"""Modules that run the statements of a cell, one after the other, and what these call of the kernel."""


@contextmanager
def ipythons_pdb() -> Iterator[None]:
    """In here whoever imports pdb gets IPython's debugger in it. Costs nothing until then."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    if _PDB in sys.modules:
        _changed(_PDB)
    try:
        yield
    finally:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)


def let_debugger_go() -> None:
    """The cell has ended: a debugger that steps would step into the kernel next. It keeps its breakpoints."""
    trace = sys.gettrace()
    if trace is None:
        return
    tracer: Any = getattr(trace, "__self__", None)
    bdb: Any = sys.modules.get("bdb")
    if bdb is not None and isinstance(tracer, bdb.Bdb):
        sys.settrace(None)
        tracer.set_continue()
        if tracer.breaks:
            sys.settrace(trace)


def _changed(loaded: str) -> None:
    if loaded == _PDB and _IPYTHONS not in sys.modules:
        __import__(_IPYTHONS)  # which ends here again
        return
    ours: Any = sys.modules.get(_IPYTHONS)
    pdb: Any = sys.modules.get(_PDB)
    if hasattr(ours, "set_trace") and hasattr(pdb, "set_trace"):  # else it is being loaded, and ends here later
        if pdb.Pdb is not ours.Pdb:
            ours.Pdb = ours.InterruptiblePdb = pdb.Pdb = _for_cells(ours.InterruptiblePdb)
        pdb.set_trace = ours.set_trace


def _for_cells(base: Any) -> type[Any]:
    class Pdb(base):  # type: ignore[misc]
        """IPython's debugger for kernels. An interrupt at its prompt, not the first, is raised in what is debugged."""

        left_in: int | None = None
        """The number of the cell in which an interrupt has left a debugger last."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.nosigint = True  # else `continue` takes SIGINT for itself, and later cells are not interrupted
            self._over = False

        def stop_here(self, frame: Any) -> bool:
            return not _is_between_statements(frame) and bool(super().stop_here(frame))

        def run(self, cmd: Any, *args: Any, **kwargs: Any) -> None:
            try:
                super().run(cmd, *args, **kwargs)
            finally:
                if cmd == "":  # how %run -d quits, by a command that waits for a stop: here is none
                    self.rcLines.clear()

        def interaction(self, *args: Any, **kwargs: Any) -> None:
            self._over = False
            super().interaction(*args, **kwargs)  # which shows an interrupt and goes on
            if not self._over:
                self._interrupted()

        def _interrupted(self) -> None:
            cell, before = self.shell.execution_count, Pdb.left_in
            Pdb.left_in = cell
            if cell == before:
                self.forget()
                sys.settrace(None)
                raise KeyboardInterrupt
            self.set_continue()  # for it came before the prompt, perhaps: then IPython's still steps

        def setup(self, *args: Any, **kwargs: Any) -> Any:
            left = super().setup(*args, **kwargs)  # by a command of .pdbrc
            self._over = bool(left)
            return left

        def cmdloop(self, intro: Any = None) -> None:
            super().cmdloop(intro)
            self._over = True

    return Pdb


def _is_between_statements(frame: FrameType | None) -> bool:
    """Whether this frame is the kernel's own, or called by it, rather than the user's."""
    while frame is not None:
        module = frame.f_globals.get("__name__") or ""
        if module == "__main__" or module.startswith(_MACHINERY):
            return bool(module != "__main__")
        frame = frame.f_back
    return False


class _Finder:
    """Finds the two modules as everybody would, and looks at them when they are loaded. (A base class loads a lot.)"""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in (_PDB, _IPYTHONS):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            loader: Any = _Changing(spec.loader)
            spec.loader = loader
        return spec


class _Changing:
    """A loader that changes what it has loaded."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)  # get_source, for tracebacks

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _changed(module.__name__)
