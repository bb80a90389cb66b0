"""Directories that hold kernelspecs: where to install, and where Jupyter looks."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass

from jupyter_core.paths import jupyter_data_dir, jupyter_path

from sdk.errors import KernelSpecError


@dataclass(frozen=True)
class Place:
    """A directory that holds kernelspecs, and why it was chosen."""

    directory: str
    reason: str


def choose_place(*, user: bool = False, sys_prefix: bool = False, prefix: str | None = None) -> Place:
    """Choose where to install: what was asked for, else this environment, else the user's directory."""
    if prefix is not None:
        if not prefix:
            raise KernelSpecError("prefix '': give a directory, as in --prefix /usr/local")
        return Place(_in_prefix(prefix), "as --prefix asks")
    if sys_prefix:
        return Place(_in_prefix(sys.prefix), "as --sys-prefix asks")
    if user:
        return Place(_in_user(), "as --user asks")
    if not in_environment():
        return Place(_in_user(), "Python runs in no virtual environment, so it is installed for the user")
    if not _writable(_in_prefix(sys.prefix)):
        return Place(_in_user(), f"the environment {sys.prefix} is not writable, so it is installed for the user")
    return Place(_in_prefix(sys.prefix), f"in the virtual environment {sys.prefix}")


def in_environment() -> bool:
    """Tell whether this Python is one of a virtual environment (venv, virtualenv, uv, conda)."""
    return sys.prefix != sys.base_prefix or os.path.isdir(os.path.join(sys.prefix, "conda-meta"))


def search_path() -> list[str]:
    """Directories where Jupyter of this environment looks for kernelspecs, the first that has a name wins."""
    paths = jupyter_path("kernels")
    ipython = os.environ.get("IPYTHONDIR") or os.path.join(os.path.expanduser("~"), ".ipython")
    return list(dict.fromkeys([*paths, os.path.join(ipython, "kernels")]))


def visibility_notes(directory: str) -> list[str]:
    """Say what keeps a `jupyter` from finding the kernelspecs in `directory`."""
    notes = []
    if _real(directory) not in {_real(path) for path in search_path()}:
        data = os.path.dirname(directory)
        notes.append(f"Jupyter of this environment does not look in {directory}; start it with JUPYTER_PATH={data}")
    jupyter = shutil.which("jupyter")
    here = os.path.dirname(os.path.abspath(sys.executable))
    elsewhere = jupyter is not None and _real(os.path.dirname(jupyter)) != _real(here)
    if jupyter and elsewhere and _real(directory) == _real(_in_prefix(sys.prefix)):
        notes.append(
            f"the `jupyter` on your PATH is {jupyter}, of another environment, and does not look there; "
            f"install with --user for that one"
        )
    return notes


def _in_prefix(prefix: str) -> str:
    return os.path.join(os.path.abspath(os.path.expanduser(prefix)), "share", "jupyter", "kernels")


def _in_user() -> str:
    return os.path.join(os.path.abspath(jupyter_data_dir()), "kernels")


def _writable(directory: str) -> bool:
    while not os.path.isdir(directory) and directory != os.path.dirname(directory):
        directory = os.path.dirname(directory)
    return os.access(directory, os.W_OK | os.X_OK)


def _real(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))
