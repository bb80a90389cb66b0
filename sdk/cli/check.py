"""Conformance checks on an installed kernel, or on a file that is not installed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from sdk.errors import KernelSpecError
from sdk.kernelspec import (
    SDK_DISTRIBUTION,
    Choices,
    Document,
    check_name,
    fill,
    find_installed,
    put_directory,
    read_template,
)
from sdk.kernelspec.template import Template
from sdk.testing.conformance import Check, Report, check_kernelspec

_NAME = "checked"


def check(*, name: str | None, file: str | None) -> Report:
    """Check the installed kernel `name`, else the one that `file` (a kernel.json or a .py) describes."""
    if name is not None:
        return _check(find_installed(check_name(name)).name)
    with installed_for_a_while(_describe(os.path.abspath(file or ""))):
        return _check(_NAME)


def _check(name: str) -> Report:
    if not sys.stderr.isatty():
        return check_kernelspec(name)
    try:
        return check_kernelspec(name, tell=_show)
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _show(check: Check, number: int, of: int) -> None:
    """In the last line of the terminal, which the report then takes."""
    print(
        f"\r\x1b[K{number}/{of} {check.title}"[: shutil.get_terminal_size().columns + 3],
        end="",
        file=sys.stderr,
        flush=True,
    )


@contextmanager
def installed_for_a_while(document: Document) -> Iterator[None]:
    """Let Jupyter find `document` as a kernelspec before all others, in a directory of its own."""
    before = os.environ.get("JUPYTER_PATH")
    with tempfile.TemporaryDirectory(prefix="kernel-check-") as data:
        put_directory(os.path.join(data, "kernels", _NAME), {"kernel.json": document.data()})
        os.environ["JUPYTER_PATH"] = os.pathsep.join([data, before] if before else [data])
        try:
            yield
        finally:
            if before is None:
                del os.environ["JUPYTER_PATH"]
            else:
                os.environ["JUPYTER_PATH"] = before


def _describe(path: str) -> Document:
    if os.path.isdir(path):
        path = os.path.join(path, "kernel.json")
    if not os.path.isfile(path):
        raise KernelSpecError(f"{path}: there is no such file")
    if path.endswith(".py"):
        argv = [sys.executable, path, "-f", "{connection_file}"]
        title = os.path.basename(path)
        return Document({"argv": argv, "display_name": title, "language": "unknown", "env": {}, "metadata": {}})
    template: Template = read_template(path, name=_NAME, distribution=SDK_DISTRIBUTION)
    return fill(template, Choices(name=_NAME))
