"""Says where a module is, without importing it or any of its parents. Standard library only.

It is also run as a script by another interpreter (`python locate.py JSON`), to learn what that one would find when it
is started with `-P`, so it needs nothing of this package and nothing newer than Python 3.8.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from typing import NamedTuple


class Location(NamedTuple):
    """A module that was found: the directory that holds its files, and whether `python -m` can start it."""

    directory: str
    runnable: bool


def locate(name: str) -> Location | None:
    """Find module or package `name` as `python -P` does: the current directory does not count."""
    spec = _find(name)
    if spec is None:
        return None
    if spec.submodule_search_locations is None:
        return Location(os.path.dirname(spec.origin or ""), True)
    directory = _locations(spec)[0]
    return Location(directory, _find_child(name + ".__main__", spec) is not None)


def _find(name: str) -> ModuleSpec | None:
    spec: ModuleSpec | None = None
    for depth, _ in enumerate(parts := name.split("."), 1):
        if spec is not None and spec.submodule_search_locations is None:
            return None  # a plain module has no children
        spec = _find_child(".".join(parts[:depth]), spec)
        if spec is None:
            return None
    return spec


def _find_child(name: str, parent: ModuleSpec | None) -> ModuleSpec | None:
    """Ask the finders one by one: `importlib.util.find_spec` would import the parent of a dotted name."""
    below = None if parent is None else _locations(parent)
    for finder in sys.meta_path:
        if finder is PathFinder:
            # Under its last name alone: for a dotted one it would look the parent up among the imported modules.
            spec = PathFinder.find_spec(name.rpartition(".")[2], _safe_path() if below is None else below)
        else:
            spec = finder.find_spec(name, below) if hasattr(finder, "find_spec") else None
        if spec is not None:
            return spec
    return None


def _locations(spec: ModuleSpec) -> list[str]:
    # A namespace package's list recomputes itself from its parent, which is not imported here: take what it holds.
    places = spec.submodule_search_locations
    return list(getattr(places, "_path", places) or [])


def _safe_path() -> list[str]:
    """`sys.path` without the entry that Python puts before it for `-m`, `-c` or a script (what `-P` leaves out)."""
    if getattr(sys.flags, "safe_path", False) or not sys.path:
        return list(sys.path)
    unsafe = {"", os.getcwd(), os.path.dirname(os.path.abspath(__file__))}
    return sys.path[1:] if sys.path[0] in unsafe else list(sys.path)


def _main() -> None:
    wanted = json.loads(sys.argv[1])
    answer: dict[str, object] = {"version": sys.version.split()[0], "prefix": sys.prefix}
    answer["modules"] = {name: locate(name) for name in wanted["modules"]}
    if wanted["distribution"]:
        answer["installed"] = {d.metadata["Name"]: d.version for d in metadata.distributions()}
        try:
            answer["requires"] = metadata.requires(wanted["distribution"]) or []
        except metadata.PackageNotFoundError:
            answer["requires"] = None
    print(json.dumps(answer))


if __name__ == "__main__":
    _main()
