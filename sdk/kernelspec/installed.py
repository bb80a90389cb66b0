"""Kernelspecs that are installed: who wrote them and whether what they start is still there."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from sdk.errors import KernelSpecError
from sdk.kernelspec.document import KERNEL_JSON, Document, holds_kernel
from sdk.kernelspec.places import search_path
from sdk.kernelspec.probe import Probe, probe

_PYTHON = re.compile(r"python(3(\.\d+)?)?")


@dataclass(frozen=True)
class InstalledSpec:
    """A directory that Jupyter takes for a kernelspec. `problem` says what is wrong with its `kernel.json`."""

    name: str
    directory: str
    document: Document | None = field(default=None, repr=False)
    problem: str = ""
    hidden: bool = False  # another one of the same name is found before it

    @classmethod
    def read(cls, directory: str, *, hidden: bool = False) -> InstalledSpec:
        """Read the kernelspec in `directory`; one that cannot be read is kept with its problem."""
        name = os.path.basename(directory).lower()
        try:
            document = Document.read(os.path.join(directory, KERNEL_JSON))
        except KernelSpecError as error:
            return cls(name, directory, problem=str(error), hidden=hidden)
        return cls(name, directory, document, hidden=hidden)

    @property
    def ours(self) -> bool:
        """Whether this project wrote it."""
        return self.document is not None and self.document.marked

    @property
    def display_name(self) -> str:
        """What front-ends show."""
        return self.document.display_name if self.document else "?"

    @property
    def owner(self) -> str:
        """The distribution that it came with, or what another project's starts."""
        if self.document is None:
            return "unknown"
        if self.document.marked:
            return self.document.note("distribution") or "this project"
        return f"another project: {self.document.module or os.path.basename(self.document.argv[0])}"

    @property
    def interpreter(self) -> str | None:
        """The program that it starts, or None when it is gone. Jupyter starts `python` as its own interpreter."""
        program = self.document.argv[0] if self.document else ""
        if _PYTHON.fullmatch(program):
            return sys.executable
        program = program.replace("{prefix}", sys.prefix).replace("{resource_dir}", self.directory)
        return shutil.which(program)

    @property
    def starts_python(self) -> bool:
        """Whether the program that it starts is a Python, by its file's name."""
        program = os.path.basename(self.document.argv[0]) if self.document else ""
        return _PYTHON.fullmatch(program.removesuffix(".exe").removesuffix("w")) is not None


def installed_specs(directories: Iterable[str] | None = None) -> list[InstalledSpec]:
    """List the kernelspecs in `directories` (those that Jupyter searches, if not given), in Jupyter's order."""
    found: list[InstalledSpec] = []
    names: set[str] = set()
    for directory in search_path() if directories is None else directories:
        for entry in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
            path = os.path.join(directory, entry)
            if holds_kernel(path):
                found.append(InstalledSpec.read(path, hidden=entry.lower() in names))
        names.update(spec.name for spec in found)
    return found


def find_installed(name: str, directories: Iterable[str] | None = None) -> InstalledSpec:
    """Find the kernelspec that Jupyter would start for `name`; KernelSpecError when there is none."""
    searched = search_path() if directories is None else list(directories)
    for spec in installed_specs(searched):
        if spec.name == name.lower():
            return spec
    raise KernelSpecError(f"no kernelspec {name!r} in {', '.join(searched)}")


def problems(specs: Iterable[InstalledSpec]) -> dict[str, str]:
    """Say by directory what keeps a kernelspec from starting: unreadable, interpreter gone, package gone."""
    wrong: dict[str, str] = {}
    asked: dict[str, list[InstalledSpec]] = {}
    for spec in specs:
        if spec.document is None:
            wrong[spec.directory] = spec.problem
        elif (interpreter := spec.interpreter) is None:
            wrong[spec.directory] = f"its program is gone: {spec.document.argv[0]}"
        elif spec.document.module and spec.starts_python:
            asked.setdefault(interpreter, []).append(spec)
    for interpreter, users in asked.items():  # each interpreter is started once
        wrong.update(_package_problems(interpreter, users))
    return wrong


def _package_problems(interpreter: str, specs: list[InstalledSpec]) -> dict[str, str]:
    modules = {spec.directory: spec.document.module for spec in specs if spec.document}
    try:
        answer = probe(interpreter, sorted(set(modules.values())))
    except KernelSpecError as error:
        return dict.fromkeys(modules, str(error))
    wrong = {directory: module_problem(answer, module) for directory, module in modules.items()}
    return {directory: problem for directory, problem in wrong.items() if problem}


def module_problem(answer: Probe, module: str) -> str:
    """Say what keeps `python -m module` from starting, or "" when nothing does."""
    place = answer.modules[module]
    if place is None:
        return f"its package is gone: {module}"
    return "" if place.runnable else f"package {module} in {place.directory} has no __main__.py"
