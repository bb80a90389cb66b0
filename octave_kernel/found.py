"""What `sdk doctor` is told: every place where Octave is looked for, what became of each, and what version it is."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence

from octave_kernel.executable import VARIABLE, Attempt, attempts
from sdk import LanguageFinding

_REMEDY = (
    f"install it (Debian and Ubuntu: apt install octave), or name its command: OctaveKernel.executable or ${VARIABLE}"
)
_LIMIT = 15.0  # seconds in which it must say its version


def finding(chosen: str | Sequence[str]) -> LanguageFinding:
    """The first place is taken where Octave is, whether it works or not: as when the kernel starts it."""
    tried = list(attempts(chosen))
    taken = next((attempt for attempt in tried if attempt.command), None)
    lines = [_line(attempt, taken) for attempt in tried]
    if taken is None:
        return LanguageFinding(False, "Octave was not found", lines, _REMEDY)
    command = shlex.join(taken.command)
    try:
        done = subprocess.run(
            [*taken.command, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return LanguageFinding(False, f"{command} does not say its version: {error}", lines, _REMEDY)
    said = (done.stdout if done.returncode == 0 else done.stderr).decode(errors="replace").strip()
    first = said.partition("\n")[0]
    if done.returncode or "octave" not in first.lower():
        said = f"{command} --version ends with status {done.returncode}, and says {first!r}"
        return LanguageFinding(False, said, lines, _REMEDY)
    return LanguageFinding(True, f"{first} ({command})", lines)


def _line(attempt: Attempt, taken: Attempt | None) -> str:
    if not attempt.command:
        return f"{attempt.place}: {attempt.problem}"
    return f"{attempt.place}: {shlex.join(attempt.command)}{', which is taken' if attempt is taken else ', not needed'}"
