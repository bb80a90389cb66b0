"""pdb is IPython's from the moment when it is imported: with its colours, and an interrupt at its prompt leaves it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_PDB, _IPYTHONS = "pdb", "IPython.core.debugger"


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


def _changed(loaded: str) -> None:
    if loaded == _PDB and _IPYTHONS not in sys.modules:
        __import__(_IPYTHONS)  # which ends here again
        return
    ours: Any = sys.modules.get(_IPYTHONS)
    pdb: Any = sys.modules.get(_PDB)
    if hasattr(ours, "set_trace") and hasattr(pdb, "set_trace"):  # else it is being loaded, and ends here later
        ours.Pdb = pdb.Pdb = ours.InterruptiblePdb
        pdb.set_trace = ours.set_trace


class _Finder(MetaPathFinder):
    """Finds the two modules as everybody would, and looks at them when they are loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in (_PDB, _IPYTHONS):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Changing(spec.loader)
        return spec


class _Changing(Loader):
    """A loader that changes what it has loaded."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)  # get_source, for tracebacks

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _changed(module.__name__)
