"""Which kernels can be started, and how: installed kernelspecs, and the SDK's own kernels without any."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sdk.errors import KernelSpecError

if TYPE_CHECKING:
    from sdk.kernelspec import Document, InstalledSpec


class Launch(NamedTuple):
    """What a kernelspec says of how to start a kernel."""

    name: str
    argv: Sequence[str]
    """With `{connection_file}` in it."""

    display_name: str = ""
    language: str = ""
    interrupt_mode: str = "signal"
    env: Mapping[str, str] = {}
    metadata: Mapping[str, Any] = {}
    directory: str = ""
    """The kernelspec's."""

    @property
    def title(self) -> str:
        """What people call it."""
        return self.display_name or self.name


class UnknownKernelError(Exception):
    """No kernel has this name; the message says what is meant perhaps."""


def find_launch(name: str) -> Launch:
    """The kernel called `name`: a kernelspec, else one of the language, else one of the SDK, else a displayed name.

    Of those of one language it is the SDK's of this environment, else what Jupyter itself calls so (python3), else one
    of the SDK's.

    Raises UnknownKernelError.
    """
    specs = _installed()
    wanted = name.lower()
    exact = [spec for spec in specs if spec.name == wanted]
    speaking = [spec for spec in specs if spec.document is not None and spec.document.language.lower() == wanted]
    speaking.sort(
        key=lambda spec: (
            not _is_of_here(spec),
            spec.name != f"{wanted}3",
            not spec.ours,
            not spec.name.startswith(wanted),
            spec.name,
        )
    )
    for spec in (*exact, *speaking):
        if spec.document is None:
            raise UnknownKernelError(f"kernel {name!r}: {spec.problem}")
        return _of_document(spec.name, spec.document, spec.directory)
    own = own_launch(wanted)
    if own is not None:
        return own
    for spec in specs:
        if spec.document is not None and spec.display_name.lower() == wanted:
            return _of_document(spec.name, spec.document, spec.directory)
    known = kernel_names()
    near = difflib.get_close_matches(wanted, known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(known)}"
    raise UnknownKernelError(f"kernel {name!r}: there is none of this name; {hint}")


def _is_of_here(spec: InstalledSpec) -> bool:
    """Whether it is the SDK's, and started by the Python that runs this."""
    return spec.ours and spec.document is not None and spec.document.argv[:1] == [sys.executable]


def own_launch(name: str) -> Launch | None:
    """The SDK's kernel `name` (those of other distributions too), as this environment's Python starts it."""
    from sdk.kernelspec import known_kernels, load_template

    if name not in known_kernels():
        return None
    try:
        template = load_template(name)
    except KernelSpecError as error:
        raise UnknownKernelError(str(error)) from None
    launch = _of_document(name, template.document, template.directory)
    argv = [sys.executable if word == "{python}" else word for word in launch.argv]
    title = launch.display_name.replace("{python_version}", f"{sys.version_info[0]}.{sys.version_info[1]}")
    return launch._replace(argv=argv, display_name=title)


def kernel_names() -> list[str]:
    """All names that `find_launch` surely knows."""
    from sdk.kernelspec import known_kernels

    return sorted({*(spec.name for spec in _installed() if spec.document is not None), *known_kernels()})


def kernel_table() -> list[Launch]:
    """What can be started: the kernelspecs that are installed, and the SDK's kernels that none of them stands for."""
    found = {
        spec.name: _of_document(spec.name, spec.document, spec.directory)
        for spec in _installed()
        if spec.document is not None
    }
    for name in kernel_names():
        if name not in found and (launch := find_launch(name)).name == name:
            found[name] = launch
    return [found[name] for name in sorted(found)]


def environment_launch(path: str) -> Launch:
    """The Python kernel of an environment: `path` is its directory or its interpreter.

    Raises UnknownKernelError when there is no Python, or no kernel in it.
    """
    from sdk.kernelspec import probe  # it starts the interpreter

    found = path
    if os.path.isdir(path):
        places = [os.path.join(path, "bin", name) for name in ("python", "python3")]
        found = next((place for place in places if os.path.exists(place)), "")
        if not found:
            raise UnknownKernelError(f"{path}: there is no Python in it: {places[0]} is missing")
    elif not os.access(path, os.X_OK):
        raise UnknownKernelError(f"{path}: give the directory of an environment, or its Python")
    try:
        answer = probe(found, ["ipykernel", "python_kernel"])
    except KernelSpecError as error:
        raise UnknownKernelError(f"{path}: {error}") from None
    for module, command in (
        ("ipykernel", ["-m", "ipykernel_launcher"]),
        ("python_kernel", ["-P", "-m", "python_kernel"]),
    ):
        if answer.modules.get(module) is not None:
            return Launch(
                name=f"python@{path}",
                argv=[found, *command, "-f", "{connection_file}"],
                display_name=f"Python ({path})",
                language="python",
            )
    raise UnknownKernelError(f"{path}: no kernel is installed there: {found} -m pip install ipykernel")


def _installed() -> list[InstalledSpec]:
    from sdk.kernelspec import installed_specs  # its dependencies take 20 ms

    return [spec for spec in installed_specs() if not spec.hidden]


def _of_document(name: str, document: Document, directory: str) -> Launch:
    mode = document.fields.get("interrupt_mode")
    return Launch(
        name=name,
        argv=document.argv,
        display_name=document.display_name,
        language=document.language,
        interrupt_mode=mode if isinstance(mode, str) else "signal",
        env=document.env,
        metadata=document.metadata,
        directory=directory,
    )
