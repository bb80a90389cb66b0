"""Fills in a template and installs it, or removes what was installed. Never imports the kernel."""

from __future__ import annotations

import copy
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from sdk.errors import KernelSpecError
from sdk.kernelspec.distribution import check_single_provider, version_of
from sdk.kernelspec.document import KERNEL_JSON, MARKER, Document
from sdk.kernelspec.files import put_directory, read_files, remove_directory
from sdk.kernelspec.installed import InstalledSpec, find_installed, installed_specs, module_problem
from sdk.kernelspec.places import Place, search_path, visibility_notes
from sdk.kernelspec.probe import probe
from sdk.kernelspec.template import Template

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_ALIASES = {"python": "python3"}  # a kernel of the first name can be listed and never started: Jupyter takes the second
_RESOURCES = (".png", ".svg", ".js", ".css")


@dataclass(frozen=True)
class Choices:
    """What the user chose for one installation; empty values stand for the template's own."""

    name: str
    display_name: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    profile: str = ""
    replace: bool = False


@dataclass(frozen=True)
class Installation:
    """What `install` did: the new kernelspec, the one it replaced, and what the user should know."""

    spec: InstalledSpec
    place: Place
    replaced: InstalledSpec | None
    notes: tuple[str, ...]


def check_name(name: str) -> str:
    """Give `name` as Jupyter will look for it; KernelSpecError when Jupyter would not accept it."""
    if not _NAME.fullmatch(name) or not name.strip("."):
        raise KernelSpecError(f"kernelspec name {name!r}: use letters, digits, '-', '_' and '.'")
    if name.startswith(".kernelspec-"):
        raise KernelSpecError(f"kernelspec name {name!r}: names that begin so are kept for unfinished installations")
    return _ALIASES.get(name.lower(), name.lower())


def occupant(name: str, place: Place) -> InstalledSpec | None:
    """Find the kernelspec that stands in `place` under `name`, whatever the case of its directory."""
    name = check_name(name)
    entries = sorted(os.listdir(place.directory)) if os.path.isdir(place.directory) else []
    same = [entry for entry in entries if entry.lower() == name]
    if not same:
        return None
    return InstalledSpec.read(os.path.join(place.directory, name if name in same else same[0]))


def fill(template: Template, choices: Choices) -> Document:
    """Fill in a template: this interpreter (through no link), the names, the user's environment, our mark."""
    fields = copy.deepcopy(template.document.fields)
    python_version = f"{sys.version_info.major}.{sys.version_info.minor}"
    display_name = template.document.display_name.replace("{python_version}", python_version)
    if check_name(choices.name) != check_name(template.name):
        display_name = f"{choices.name} ({display_name})"
    # Not resolved: the python of a virtual environment is a link, and what it links to knows nothing of it.
    argv = [part.replace("{python}", os.path.abspath(sys.executable)) for part in template.document.argv]
    if choices.profile:
        if template.document.language != "python":
            raise KernelSpecError(
                f"--profile {choices.profile}: profiles are IPython's; kernel {template.name} has none"
            )
        argv += ["--profile", choices.profile]
    document = Document(fields)
    fields["argv"] = argv
    fields["display_name"] = choices.display_name or display_name
    fields["env"] = {**document.env, **_checked_env(choices.env)}
    notes = fields["metadata"] = dict(document.metadata)
    mark = notes.get(MARKER)
    notes[MARKER] = {
        "version": version_of(template.distribution),
        "distribution": template.distribution,
        "kernel": template.name,
        **(mark if isinstance(mark, dict) else {}),
    }
    return document


def install(template: Template, choices: Choices, place: Place) -> Installation:
    """Install `template` in `place`; KernelSpecError when it could not start or would overwrite another's."""
    name = check_name(choices.name)
    document = fill(template, choices)
    _check_startable(template, document)
    target = os.path.join(place.directory, name)
    replaced = occupant(name, place)
    if replaced is not None and not (replaced.ours or choices.replace):
        raise KernelSpecError(
            f"{replaced.directory} exists and is not of this project ({replaced.problem or f'of {replaced.owner}'}); "
            f"--replace replaces it, --name NAME installs beside it"
        )
    contents = read_files(template.directory, _RESOURCES) | {KERNEL_JSON: document.data()}
    put_directory(target, contents, previous=replaced.directory if replaced else None)
    notes = _name_notes(choices.name, name) + visibility_notes(place.directory) + _hiding_notes(name, target)
    return Installation(InstalledSpec.read(target), place, replaced, tuple(notes))


def uninstall(name: str, place: Place | None = None) -> InstalledSpec:
    """Remove the kernelspec that Jupyter would start for `name` (or the one in `place`), if this project wrote it."""
    spec = removable(name, place)
    remove_directory(spec.directory)
    return spec


def removable(name: str, place: Place | None = None) -> InstalledSpec:
    """Find what `uninstall` would remove; KernelSpecError when there is none or it is another project's."""
    spec = find_installed(check_name(name), None if place is None else [place.directory])
    if not spec.ours:
        raise KernelSpecError(
            f"{spec.directory} is not of this project ({spec.owner}); to remove it: jupyter kernelspec remove {name}"
        )
    return spec


def _checked_env(env: Mapping[str, str]) -> Mapping[str, str]:
    for key, value in env.items():
        if not key or "=" in key or "\0" in key + value:
            raise KernelSpecError(f"environment variable {key!r}: a name without '=' is needed")
    return env


def _check_startable(template: Template, document: Document) -> None:
    module = document.module
    if not module or document.argv[0] != os.path.abspath(sys.executable):
        return  # it starts another program; what that needs is its own affair
    check_single_provider(module, template.distribution)
    if problem := module_problem(probe(document.argv[0], [module], env=document.env), module):
        raise KernelSpecError(
            f"kernel {template.name}: started in another directory, {document.argv[0]} -P -m {module} would fail: "
            f"{problem}; install {template.distribution} into this environment first"
        )


def _name_notes(asked: str, name: str) -> list[str]:
    if asked.lower() in _ALIASES:
        return [f"Jupyter takes the name {asked!r} for {name!r}, so it is installed as {name!r}; either starts it"]
    return [] if asked == name else [f"Jupyter ignores the case of names: {asked!r} became {name!r}"]


def _hiding_notes(name: str, target: str) -> list[str]:
    if os.path.dirname(target) not in search_path():
        return []
    first = next((spec for spec in installed_specs() if spec.name == name), None)
    if first is None or os.path.realpath(first.directory) == os.path.realpath(target):
        return []
    remedy = "to start this one, choose another --name, or install it in the other's place with --replace"
    return [f"Jupyter finds another {name!r} before this one: {first.directory} ({first.owner}); {remedy}"]
