"""Asks a Python interpreter what it would find, by starting it: its version, modules and distributions."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from string import Template

from sdk.errors import KernelSpecError
from sdk.kernelspec import locate
from sdk.kernelspec.locate import Location

_TIME_LIMIT = 30.0  # seconds; an interpreter answers in a tenth, on a cold network disk in some


@dataclass(frozen=True)
class Probe:
    """What an interpreter answered."""

    version: str
    prefix: str
    modules: dict[str, Location | None]
    installed: dict[str, str] = field(default_factory=dict)
    requires: tuple[str, ...] | None = None


def probe(
    interpreter: str, modules: Iterable[str], *, env: Mapping[str, str] | None = None, distribution: str = ""
) -> Probe:
    """Start `interpreter` elsewhere than in the current directory and ask; KernelSpecError when it does not answer."""
    question = json.dumps({"modules": list(modules), "distribution": distribution})
    environment = {**os.environ, **expand(env or {}), "PYTHONSAFEPATH": "1"}  # what -P does; older ones ignore it
    command = [interpreter, os.path.abspath(locate.__file__), question]
    try:
        done = subprocess.run(
            command, cwd=os.sep, env=environment, capture_output=True, timeout=_TIME_LIMIT, check=True
        )
        answer = json.loads(done.stdout.splitlines()[-1])  # a sitecustomize may have printed before
    except subprocess.TimeoutExpired:
        raise KernelSpecError(f"{interpreter} did not answer within {_TIME_LIMIT:.0f} s") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise KernelSpecError(f"{interpreter} failed with status {error.returncode}: {said[0]}") from None
    except OSError as error:
        raise KernelSpecError(f"{interpreter} cannot be started: {error.strerror}") from None
    except (ValueError, IndexError):
        raise KernelSpecError(f"{interpreter} is not a Python interpreter of version 3.8 or later") from None
    found = {name: Location(*at) if at else None for name, at in answer["modules"].items()}
    requires = answer.get("requires")
    return Probe(
        version=answer["version"],
        prefix=answer["prefix"],
        modules=found,
        installed=answer.get("installed", {}),
        requires=None if requires is None else tuple(requires),
    )


def expand(env: Mapping[str, str]) -> dict[str, str]:
    """The `env` of a kernelspec with `${NAME}` filled in, as Jupyter does when it starts the kernel."""
    return {key: Template(value).safe_substitute(os.environ) for key, value in env.items()}
