"""Stand-ins for modules that other packages import and a kernel seldom needs: the module comes when it is asked for.

Only for modules that are no packages, and are imported as `import name`: who has got a stand-in keeps it, and it hands
on all that is wanted of it. `from name import that` loads the module, unless `that` is known without it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class Later(ModuleType):
    """Stands for a module until one of its names is needed, other than those that are `known` without it."""

    def __init__(self, name: str, **known: Any) -> None:
        super().__init__(name)
        self.__dict__.update(known)

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # what `from name import ...` asks for first: whether it is a package
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        self.make_way()
        return getattr(importlib.import_module(self.__name__), name)

    def make_way(self) -> None:
        """Whoever imports the module from now on gets the module itself."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]


@contextmanager
def standing_in(*modules: Later) -> Iterator[None]:
    """In here who imports one of these gets the stand-in, unless the module is there already."""
    absent = [one for one in modules if one.__name__ not in sys.modules]
    sys.modules.update({one.__name__: one for one in absent})
    try:
        yield
    finally:
        for one in absent:
            one.make_way()
    for one in absent:  # `import a.b` gives `a` the name `b`, which others then use without importing a.b themselves
        package, _, name = one.__name__.rpartition(".")
        parent = sys.modules.get(package)
        if parent is not None and not hasattr(parent, name):
            setattr(parent, name, one)
