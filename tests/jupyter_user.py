"""A user of Jupyter with a home of their own, who types `python -m sdk ...`; and distributions that they installed."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent
LIMIT = 120  # seconds for one command


@functools.cache
def interpreter() -> str:
    """A Python of an environment of its own, with this one's packages: whose kernelspecs are not those of this one."""
    directory = Path(os.environ["HOME"]) / "environment"  # the home that all tests share, see conftest.py
    venv.create(directory, symlinks=True)
    packages = sysconfig.get_path("purelib")
    site = sysconfig.get_path("purelib", vars={"base": str(directory)})
    Path(site, "packages.pth").write_text(f"import site; site.addsitedir({packages!r})\n", encoding="utf-8")
    return str(directory / "bin" / "python")


@dataclass
class Done:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str


@dataclass
class User:
    """Runs commands in an environment where HOME and all of Jupyter's directories lie below `home`."""

    home: Path
    python: str = field(default_factory=interpreter)
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "XDG", "PYTHON"))}
        path = (
            os.pathsep.join((os.path.dirname(self.python), os.path.dirname(sys.executable)))
            + os.pathsep
            + kept.get("PATH", "")
        )
        self.env = {**kept, "HOME": str(self.home), "IPYTHONDIR": str(self.home / ".ipython"), "PATH": path, **self.env}

    @property
    def kernels(self) -> Path:
        """Where `--user` installs."""
        return self.home / ".local" / "share" / "jupyter" / "kernels"

    def run(
        self,
        *arguments: str | Path,
        module: str = "sdk",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        before: Callable[[], None] | None = None,
    ) -> Done:
        """Run `python -m MODULE ARGUMENTS` to its end."""
        done = subprocess.run(
            [self.python, "-m", module, *map(str, arguments)],
            env={**self.env, **(env or {})},
            cwd=cwd or self.home,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            preexec_fn=before,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def jupyter_kernels(self) -> dict[str, dict[str, object]]:
        """What `jupyter kernelspec list --json` finds: name -> resource_dir and spec."""
        done = self.run("list", "--json", module="jupyter_client.kernelspecapp")
        assert done.status == 0, done.err
        found: dict[str, dict[str, object]] = json.loads(done.out)["kernelspecs"]
        return found

    def kernel_json(self, name: str) -> dict[str, object]:
        """The installed `kernel.json` of the user's kernel `name`."""
        document: dict[str, object] = json.loads((self.kernels / name / "kernel.json").read_text(encoding="utf-8"))
        return document


def add_distribution(
    site: Path,
    distribution: str,
    package: str,
    files: Mapping[str, str],
    *,
    entry_points: Mapping[str, str] | None = None,
) -> None:
    """Put an installed distribution with one package on the path `site`, as a package manager leaves it."""
    for name, text in files.items():
        path = site / package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    lines = "".join(f"{name} = {value}\n" for name, value in (entry_points or {}).items())
    (info / "entry_points.txt").write_text(f"[sdk.kernelspecs]\n{lines}")
    (info / "RECORD").write_text("".join(f"{package}/{name},,\n" for name in files))


def template(module: str, **fields: object) -> str:
    """A `kernel.json` that starts `module`."""
    argv = ["{python}", "-P", "-m", module, "-f", "{connection_file}"]
    return json.dumps({"argv": argv, "display_name": module.title(), "language": "text", **fields})


def snapshot(directory: Path) -> dict[str, bytes]:
    """Every file below `directory` with its bytes, directories as b""."""
    return {
        str(path.relative_to(directory)): path.read_bytes() if path.is_file() else b""
        for path in sorted(directory.rglob("*"))
    }
