"""Kernels that can be installed from this environment: found by name, never imported."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import metadata

from sdk.errors import KernelSpecError
from sdk.kernelspec.distribution import SDK_DISTRIBUTION, normalise
from sdk.kernelspec.document import KERNEL_JSON, Document, holds_kernel
from sdk.kernelspec.locate import locate

ENTRY_POINT_GROUP = "sdk.kernelspecs"
_OWN_TEMPLATES = "kernelspecs"


@dataclass(frozen=True)
class Template:
    """A `kernel.json` to be filled in, the directory with its logos, and the distribution it came with."""

    name: str
    directory: str
    distribution: str
    document: Document


@dataclass(frozen=True)
class Source:
    """Where a kernel's template is; `directory` is "" when there is none, and `problem` says why."""

    name: str
    distribution: str
    module: str
    directory: str
    problem: str = ""


def sources() -> dict[str, list[Source]]:
    """List all kernels by name: those of the SDK, then those of the entry-point group `sdk.kernelspecs`."""
    found: dict[str, list[Source]] = {}
    for source in [*_own_sources(), *_entry_point_sources()]:
        found.setdefault(source.name, []).append(source)
    return found


def known_kernels() -> list[str]:
    """Names of the kernels that can be installed."""
    return sorted(name for name, places in sources().items() if any(place.directory for place in places))


def load_template(name: str) -> Template:
    """Read the template of kernel `name`; KernelSpecError says why there is none, or more than one."""
    places = sources().get(name.lower(), [])
    if not places:
        known = ", ".join(known_kernels()) or "none"
        raise KernelSpecError(f"no kernel {name!r} is known here; known kernels: {known}")
    if len({normalise(place.distribution) for place in places}) > 1 and places[0].module != _OWN_TEMPLATES:
        names = " and ".join(sorted({place.distribution for place in places}))
        raise KernelSpecError(f"kernel {name!r} is offered by {names}; uninstall one of them")
    place = places[0]
    if not place.directory:
        raise KernelSpecError(f"kernel {name!r} of distribution {place.distribution}: {place.problem}")
    return read_template(os.path.join(place.directory, KERNEL_JSON), name=name.lower(), distribution=place.distribution)


def read_template(path: str, *, name: str, distribution: str) -> Template:
    """Read the template at `path`."""
    document = Document.read(path)
    if "{connection_file}" not in " ".join(document.argv):
        raise KernelSpecError(
            f"{path}: field 'argv' does not hold {{connection_file}}; the kernel could not be reached"
        )
    return Template(name=name, directory=os.path.dirname(path), distribution=distribution, document=document)


def _own_sources() -> list[Source]:
    place = locate(_OWN_TEMPLATES)
    if place is None or not os.path.isdir(place.directory):
        return []
    directories = {name: os.path.join(place.directory, name) for name in sorted(os.listdir(place.directory))}
    return [
        Source(name, SDK_DISTRIBUTION, _OWN_TEMPLATES, directory)
        for name, directory in directories.items()
        if holds_kernel(directory)
    ]


def _entry_point_sources() -> list[Source]:
    found = []
    for point in metadata.entry_points(group=ENTRY_POINT_GROUP):
        distribution = point.dist.name if point.dist is not None else "an unnamed distribution"
        directory, problem = _template_directory(point.module)
        found.append(Source(point.name.lower(), distribution, point.module, directory, problem))
    return found


def _template_directory(module: str) -> tuple[str, str]:
    """Find the directory of a module's `kernel.json`, or say what is missing."""
    place = locate(module)
    if place is None:
        return "", (
            f"module {module!r} cannot be found from another directory, and a kernel is started with `python -P`: "
            f"install it into this environment first (python -m pip install .)"
        )
    candidates = [place.directory, os.path.join(place.directory, "kernelspec")]
    found = next((directory for directory in candidates if holds_kernel(directory)), "")
    return found, "" if found else f"neither kernel.json nor kernelspec/kernel.json is in {place.directory}"
