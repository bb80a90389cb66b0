"""`ipykernel`, as other software imports it, served by the package `ipykernel_api` in this process alone.

`served` is in force while the kernel runs: nothing is written anywhere, so that other processes find the real package,
or none. Two of the modules are there from the start, since many programs only look whether they are; they are executed
when somebody wants something of them. All others Python finds by itself, by the `__path__` of the first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from threading import RLock
from types import ModuleType
from typing import Any

NAME = "ipykernel"
MODES = ("shadow", "absent", "off")
"""In place of the real package; where there is none; not at all."""

_OWN_NAME = "python_kernel.ipykernel_api"
_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ipykernel_api")
_LOOKED_FOR = "zmqshell"
_TO_EXECUTE = ("__version__", "__doc__", "__all__", "__compat__")


class LazyModule(ModuleType):
    """A module that is executed when something is wanted of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in _TO_EXECUTE:  # who walks over all modules
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        self._execute()
        if type(self) is LazyModule:  # it is being executed by this thread: as far as that has come
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} yet")
        return getattr(self, name)

    def __dir__(self) -> list[str]:
        self._execute()
        return sorted(vars(self))

    def _execute(self) -> None:
        with _LOCK:
            if type(self) is not LazyModule or self.__dict__.get("_is_executing"):
                return
            assert self.__spec__ is not None
            assert self.__spec__.loader is not None
            self._is_executing = True
            try:
                self.__spec__.loader.exec_module(self)
            finally:
                del self._is_executing
            self.__class__ = ModuleType  # type: ignore[assignment]


_LOCK = RLock()


class _Finder:
    """Finds the package, should somebody have taken it out of sys.modules. (A base class would load a lot.)"""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return _spec() if fullname == NAME else None


def module(name: str) -> Any:
    """The module `name` of the package ("": itself), under the name by which it is known in this process."""
    return import_module(f"{NAME if is_served() else _OWN_NAME}.{name}".rstrip("."))


def is_served() -> bool:
    """Whether `ipykernel` is ours in this process."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def is_in_use() -> bool:
    """Whether somebody has imported the modules that know the kernel."""
    return any(f"{name}.kernelbase" in sys.modules for name in (NAME, _OWN_NAME) if is_served() or name == _OWN_NAME)


@contextmanager
def served(mode: str) -> Iterator[None]:
    """In here `ipykernel` is ours, if `mode` says so."""
    if mode == "off" or is_served() or (mode == "absent" and PathFinder.find_spec(NAME) is not None):
        yield
        return
    found = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_part(name)}
    serve()
    try:
        yield
    finally:
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
        for name in [name for name in sys.modules if _is_part(name)]:
            del sys.modules[name]
        sys.modules.update(found)


def serve() -> None:
    """From now on `ipykernel` is ours."""
    sys.meta_path.insert(0, _Finder())
    package = sys.modules[NAME] = _lazy(_spec())
    child = sys.modules[f"{NAME}.{_LOOKED_FOR}"] = _lazy(_spec(_LOOKED_FOR))
    setattr(package, _LOOKED_FOR, child)


def _is_part(name: str) -> bool:
    return name == NAME or name.startswith(f"{NAME}.")


def _spec(name: str = "") -> ModuleSpec:
    if name:
        found = spec_from_file_location(f"{NAME}.{name}", os.path.join(_FOLDER, f"{name}.py"))
    else:
        found = spec_from_file_location(
            NAME, os.path.join(_FOLDER, "__init__.py"), submodule_search_locations=[_FOLDER]
        )
    assert found is not None
    return found


def _lazy(spec: ModuleSpec) -> ModuleType:
    made = LazyModule(spec.name)
    made.__spec__, made.__loader__, made.__file__ = spec, spec.loader, spec.origin
    made.__package__ = spec.parent
    if spec.submodule_search_locations is not None:
        made.__path__ = spec.submodule_search_locations
    return made
