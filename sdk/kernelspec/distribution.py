"""Installed distributions: who provides a package, what it requires, which command adds or removes it."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata

from sdk.errors import KernelSpecError
from sdk.kernelspec.locate import locate

SDK_DISTRIBUTION = "jupyter-kernel-sdk"

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?\s*\(?([^;)]*)\)?\s*(?:;(.*))?$")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
_MINIMUM = re.compile(r">=\s*([0-9.]+)")


@dataclass(frozen=True)
class Requirement:
    """One line of a distribution's `Requires-Dist`; `conditional` when a marker other than `extra` stands at it."""

    name: str
    extras: tuple[str, ...]
    minimum: str
    extra: str
    conditional: bool

    @classmethod
    def parse(cls, line: str) -> Requirement | None:
        """Read `line`; None when it is not of the usual form (a direct address, say)."""
        if (match := _REQUIREMENT.match(line)) is None:
            return None
        name, extras, versions, marker = (group or "" for group in match.groups())
        extra, minimum = _EXTRA.search(marker), _MINIMUM.search(versions)
        return cls(
            name=normalise(name),
            extras=tuple(part.strip() for part in extras.split(",") if part.strip()),
            minimum=minimum.group(1) if minimum else "",
            extra=extra.group(1) if extra else "",
            conditional=bool(_EXTRA.sub("", marker).strip(" ()")),
        )

    def met_by(self, version: str) -> bool:
        """Tell whether `version` is at least the minimum; other clauses are left to the package manager."""
        return not self.minimum or _numbers(version) >= _numbers(self.minimum)


def normalise(name: str) -> str:
    """Give the one spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def version_of(distribution: str) -> str:
    """Give the installed version of `distribution`, or "unknown" when it is run without being installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"


def providers(module: str) -> list[str]:
    """Name every installed distribution that brings files of package `module`, by its record of files."""
    path = module.replace(".", "/")
    names = set()
    for distribution in metadata.distributions():
        record = distribution.read_text("RECORD")
        if record is not None:
            found = any(line.startswith((path + "/", path + ".py,")) for line in record.splitlines())
        else:  # installed by a system's package manager or by setup.py: there are only top-level names
            found = module in (distribution.read_text("top_level.txt") or "").split()
        if found:
            names.add(normalise(distribution.metadata["Name"]))
    return sorted(names)


def check_single_provider(module: str, distribution: str) -> None:
    """Refuse when another distribution than `distribution` also provides `module`: which one runs is then chance."""
    mine = normalise(distribution)
    others = [name for name in providers(module) if name != mine]
    if others:
        remedy = uninstall_command(others[0])
        raise KernelSpecError(
            f"package {module!r} is provided by two installed distributions, {mine} and {' and '.join(others)}; "
            f"remove one of them: {remedy} (then, if files were shared: {reinstall_command(mine)})"
        )


def requirements(distribution: str, extra: str = "") -> list[Requirement]:
    """List what `distribution` requires, with its `extra`; nothing when it is not installed."""
    try:
        lines: Iterable[str] = metadata.requires(distribution) or ()
    except metadata.PackageNotFoundError:
        return []
    return select(lines, extra)


def select(lines: Iterable[str], extra: str) -> list[Requirement]:
    """Keep the requirements that hold without an extra or with `extra`."""
    parsed = (Requirement.parse(line) for line in lines)
    return [one for one in parsed if one is not None and one.extra in {"", extra}]


def closure(distribution: str, extra: str = "") -> list[metadata.Distribution]:
    """Give `distribution` and all that it needs, as far as installed."""
    found: dict[str, metadata.Distribution] = {}
    seen = set()
    queue = [(normalise(distribution), extra)]
    while queue:
        name, with_extra = queue.pop()
        if (name, with_extra) in seen:
            continue
        seen.add((name, with_extra))
        try:
            found.setdefault(name, metadata.distribution(name))
        except metadata.PackageNotFoundError:
            continue
        for one in requirements(name, with_extra):
            queue.extend((one.name, inner) for inner in ("", *one.extras))
    return list(found.values())


def install_command(requirement: str) -> str:
    """Give the command that adds `requirement` to this environment."""
    quoted = f"'{requirement}'" if "[" in requirement else requirement
    return f"{_package_manager('install')} {quoted}"


def reinstall_command(distribution: str) -> str:
    """Give the command that puts back the files of `distribution`."""
    option = "--reinstall" if _package_manager("install").startswith("uv") else "--force-reinstall"
    return f"{_package_manager('install')} {option} --no-deps {distribution}"


def uninstall_command(distribution: str) -> str:
    """Give the command that removes `distribution` from this environment."""
    return f"{_package_manager('uninstall')} {distribution}"


def _package_manager(verb: str) -> str:
    # An environment that uv made has no pip; naming a command that cannot run would be no remedy.
    if locate("pip") is None and shutil.which("uv"):
        return f"uv pip {verb} --python {sys.executable}"
    return f"{sys.executable} -m pip {verb}"


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    parts = [int(part) for part in match.group().split(".")] if match else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
