"""How a kernel is started: from a kernelspec's name or directory, or from an argv."""

from __future__ import annotations

import json
import os
import string
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sdk.errors import KernelSpecError


@dataclass(frozen=True)
class LaunchSpec:
    """What of a kernelspec matters for a start; `argv` still holds `{connection_file}`."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    interrupt_mode: str = "signal"
    language: str = ""
    directory: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def command(self, connection_file: str) -> list[str]:
        """The argv with its fields filled in."""
        values = {
            "{connection_file}": connection_file,
            "{resource_dir}": self.directory,
            "{prefix}": sys.prefix,
            "{python}": sys.executable,
        }
        words = [_filled(word, values) for word in self.argv]
        if words[0] in ("python", "python3", f"python3.{sys.version_info[1]}"):  # as jupyter_client does
            words[0] = sys.executable
        return words


def find_spec(kernel: str | os.PathLike[str] | Sequence[str]) -> LaunchSpec:
    """The spec of a name that Jupyter knows, of a directory with a kernel.json, or of an argv.

    Raises KernelSpecError.
    """
    if not isinstance(kernel, str | os.PathLike):
        return LaunchSpec(os.path.basename(kernel[0]), tuple(kernel))
    text = os.fspath(kernel)
    directory = text if os.path.isfile(os.path.join(text, "kernel.json")) else _directory_of(text)
    path = os.path.join(directory, "kernel.json")
    try:
        with open(path, encoding="utf-8") as file:
            fields = json.load(file)
        return LaunchSpec(
            os.path.basename(os.path.abspath(directory)),
            tuple(fields["argv"]),
            {name: string.Template(value).safe_substitute(os.environ) for name, value in fields.get("env", {}).items()},
            fields.get("interrupt_mode", "signal"),
            fields.get("language", ""),
            directory,
            fields,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KernelSpecError(f"{path}: not a kernelspec ({type(error).__name__}: {error})") from error


def _directory_of(name: str) -> str:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel  # an argv or a directory needs no Jupyter

    try:
        return KernelSpecManager().get_kernel_spec(name).resource_dir
    except NoSuchKernel:
        raise KernelSpecError(
            f"no kernelspec named {name!r}: `jupyter kernelspec list` shows those that are there; a directory must "
            "hold a kernel.json"
        ) from None


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(name, value)
    return word
