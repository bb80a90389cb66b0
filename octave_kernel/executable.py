"""Where Octave is: the ways that are tried, in their order, and what became of each."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sdk import LanguageStartError

VARIABLE = "OCTAVE_EXECUTABLE"
FLATPAK = "org.octave.Octave"
ELSEWHERE = "octave-cli"
"""What is run behind a prefix, if nothing else is chosen."""

_SNAPS = ("/snap/bin/octave-cli", "/snap/bin/octave")
_INSTALLED = ("/var/lib/flatpak/exports/bin", "~/.local/share/flatpak/exports/bin")


class Attempt(NamedTuple):
    """One place where Octave may be: the command that would start it, or why there is none."""

    place: str
    command: Sequence[str] = ()
    problem: str = ""


def attempts(chosen: str | Sequence[str]) -> Iterator[Attempt]:
    """Every place, the one `chosen` (a command, or its words) first."""
    if chosen:
        yield _command("OctaveKernel.executable", shlex.split(chosen) if isinstance(chosen, str) else list(chosen))
        return
    if os.environ.get(VARIABLE):
        yield _command(f"${VARIABLE}", shlex.split(os.environ[VARIABLE]))
        return
    # octave, not octave-cli: only it has the graphics toolkits that draw on a screen.
    for name in ("octave", "octave-cli"):
        found = shutil.which(name)
        yield Attempt(f"{name} on PATH", [found] if found else (), "" if found else "not there")
    yield _flatpak()
    for path in _SNAPS:
        there = os.access(path, os.X_OK)
        yield Attempt(path, [path] if there else (), "" if there else "not there")


def find(chosen: str | Sequence[str]) -> list[str]:
    """The command of the first place where Octave is. Raises LanguageStartError, which names every place tried."""
    tried = []
    for attempt in attempts(chosen):
        if attempt.command:
            return list(attempt.command)
        tried.append(f"  {attempt.place}: {attempt.problem}")
    raise LanguageStartError(
        "Octave was not found. Tried:\n" + "\n".join(tried) + "\nInstall it (Debian and Ubuntu: apt install octave), "
        f"or name its command in OctaveKernel.executable or in ${VARIABLE}"
    )


def there(chosen: str | Sequence[str]) -> list[str]:
    """The command of an Octave elsewhere: whether it is there is seen there."""
    return (shlex.split(chosen) if isinstance(chosen, str) else list(chosen)) or [ELSEWHERE]


def _command(place: str, words: list[str]) -> Attempt:
    if not words:
        return Attempt(place, (), "empty")
    if shutil.which(os.path.expanduser(words[0])) is None:
        return Attempt(place, (), f"{words[0]!r} is not a program that can be run")
    return Attempt(place, [os.path.expanduser(words[0]), *words[1:]])


def _flatpak() -> Attempt:
    place = f"flatpak {FLATPAK}"
    flatpak = shutil.which("flatpak")
    if flatpak is None:
        return Attempt(place, (), "there is no flatpak")
    if not any(os.path.exists(os.path.join(os.path.expanduser(folder), FLATPAK)) for folder in _INSTALLED):
        return Attempt(place, (), "not installed")
    return Attempt(place, [flatpak, "run", "--filesystem=/tmp", "--filesystem=home", FLATPAK])
