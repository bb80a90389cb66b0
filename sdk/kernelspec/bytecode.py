"""Compiles what a kernel imports, so that its start does not have to: a start without takes twice as long."""

from __future__ import annotations

import compileall
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import MAGIC_NUMBER, cache_from_source

from sdk.kernelspec.distribution import closure
from sdk.kernelspec.locate import locate
from sdk.kernelspec.template import Template


@dataclass(frozen=True)
class Compiled:
    """What was done: number of files compiled, and the directories that could not be written."""

    files: int
    unwritable: tuple[str, ...]


def compile_for(template: Template) -> Compiled:
    """Compile the SDK, the kernel and what its distribution requires, as far as it is not up to date."""
    modules = ["sdk", template.document.module]
    sources = set(_recorded(template)) | {path for name in modules if name for path in _below(name)}
    return compile_files(sources)


def compile_files(sources: Iterable[str]) -> Compiled:
    """Compile those of `sources` whose bytecode is missing or older. Nothing is an error; a broken file stays."""
    count = 0
    unwritable: set[str] = set()
    for path in sorted(sources):
        if _up_to_date(path):
            continue
        directory = os.path.dirname(path)
        if not _writable(directory):
            unwritable.add(directory)
        elif compileall.compile_file(path, quiet=2):
            count += 1
    tops = {one for one in unwritable if os.path.dirname(one) not in unwritable}
    return Compiled(count, tuple(sorted(tops)))


def _recorded(template: Template) -> Iterator[str]:
    """Files of the distributions in this environment; those of a shared system directory are the system's."""
    prefix = os.path.realpath(sys.prefix) + os.sep
    for distribution in closure(template.distribution, template.document.note("extra")):
        for file in distribution.files or ():
            if file.suffix == ".py" and "tests" not in file.parts:
                path = os.path.realpath(str(distribution.locate_file(file)))
                if path.startswith(prefix) and os.path.isfile(path):
                    yield path


def _below(module: str) -> Iterator[str]:
    """Files of a package found by name: one that is installed for editing has no record of them."""
    place = locate(module)
    if place is None or not os.path.isfile(os.path.join(place.directory, "__init__.py")):
        return
    for directory, _, names in os.walk(place.directory):
        yield from (os.path.join(directory, name) for name in names if name.endswith(".py"))


def _up_to_date(path: str) -> bool:
    """Tell by the header of the bytecode file (PEP 552), without reading the rest; nothing to do for a lost source."""
    try:
        status = os.stat(path)
        with open(cache_from_source(path), "rb") as file:
            header = file.read(16)
    except FileNotFoundError:
        return not os.path.isfile(path)
    except OSError:
        return False
    stamp = (int(status.st_mtime), status.st_size)
    expected = b"".join((number & 0xFFFFFFFF).to_bytes(4, "little") for number in stamp)
    hashed = header[4:8] != bytes(4)  # checked by hash, which compileall was told to write: leave it
    return header[:4] == MAGIC_NUMBER and (hashed or header[8:16] == expected)


def _writable(directory: str) -> bool:
    cache = os.path.join(directory, "__pycache__")
    return os.access(cache if os.path.isdir(cache) else directory, os.W_OK)
