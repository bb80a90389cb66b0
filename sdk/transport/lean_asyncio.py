"""asyncio without TLS, which is loaded when something first asks for it. Most kernels never do: 2 MB of memory."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

_LATER = ("ssl", "asyncio.sslproto")


class _Later(ModuleType):
    """Stands for a module until one of its names is needed."""

    def __getattr__(self, name: str) -> Any:
        self.make_way()
        return getattr(importlib.import_module(self.__name__), name)

    def make_way(self) -> None:
        """Whoever imports the module from now on gets the module itself."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]


def import_asyncio() -> None:
    """Import it, unless it is there already."""
    if "asyncio" in sys.modules:
        return
    standing_in = [_Later(name) for name in _LATER if name not in sys.modules]
    sys.modules.update({one.__name__: one for one in standing_in})
    try:
        asyncio = importlib.import_module("asyncio")
    finally:
        for one in standing_in:
            one.make_way()
    for one in standing_in:  # `import asyncio` alone gives the name asyncio.sslproto
        package, _, name = one.__name__.rpartition(".")
        if package and not hasattr(asyncio, name):
            setattr(asyncio, name, one)
