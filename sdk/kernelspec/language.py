"""Whether a kernel's language is on this machine, its version, and the command that installs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from sdk.kernelspec.distribution import install_command, requirements, version_of
from sdk.kernelspec.document import Document
from sdk.kernelspec.probe import expand

_TIME_LIMIT = 20.0  # seconds for a program to say its version

_SYSTEM_COMMANDS = {
    "apt-get": "sudo apt-get install",
    "dnf": "sudo dnf install",
    "pacman": "sudo pacman -S",
    "zypper": "sudo zypper install",
    "apk": "sudo apk add",
    "brew": "brew install",
    "conda": "conda install -c conda-forge",
}


@dataclass(frozen=True)
class Language:
    """What was found of a kernel's language: `detail` is its version or what is missing, `remedy` a command."""

    found: bool
    detail: str
    remedy: str = ""


def find_language(document: Document, distribution: str) -> Language:
    """Look for the program and the Python packages that a kernel says it needs."""
    if extra := document.note("extra"):
        missing = [
            one.name
            for one in requirements(distribution, extra)
            if one.extra and not one.conditional and version_of(one.name) == "unknown"
        ]
        if missing:
            return Language(False, f"{', '.join(missing)} not installed", install_command(f"{distribution}[{extra}]"))
    if command := document.notes("program"):
        return find_program(command, document.note("package") or command[0], document.env)
    return Language(True, "it needs no program of its own")


def find_program(command: list[str], package: str, env: Mapping[str, str]) -> Language:
    """Start `command` (a program and the option that makes it say its version) with `env`."""
    environment = {**os.environ, **expand(env)}
    program = shutil.which(command[0], path=environment.get("PATH"))
    if program is None:
        return Language(False, f"{command[0]} is not on PATH", system_install_command(package))
    try:
        done = subprocess.run(
            [program, *command[1:]],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIME_LIMIT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Language(False, f"{program} does not say its version: {error}", system_install_command(package))
    lines = (done.stdout or done.stderr).decode(errors="replace").splitlines()
    first = next((line.strip() for line in lines if line.strip()), "no version given")
    return Language(True, f"{re.sub(r' +', ' ', first)} ({program})")


def system_install_command(package: str) -> str:
    """Give the command that installs `package` with the package manager of this machine."""
    for manager, command in _SYSTEM_COMMANDS.items():
        if shutil.which(manager):
            return f"{command} {package}"
    return f"install {package} with your system's package manager"
