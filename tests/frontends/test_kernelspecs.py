"""What `python -m sdk install` installed, Jupyter's own command sees."""

from __future__ import annotations

import json
from pathlib import Path

from tests.frontends.programs import PYTHON, run


def test_jupyter_kernelspec_list_sees_the_installed_kernels(environment: dict[str, str], folder: Path) -> None:
    listed = run([PYTHON, "-m", "jupyter", "kernelspec", "list", "--json"], environment, cwd=folder).stdout
    kernelspecs = json.loads(listed)["kernelspecs"]
    kernels = Path(environment["JUPYTER_PATH"], "kernels")
    found = {name: kernelspecs[name] for name in ("bash", "echo", "ipython")}
    assert {name: Path(one["resource_dir"]) for name, one in found.items()} == {name: kernels / name for name in found}
    assert {name: one["spec"]["language"] for name, one in found.items()} == {
        "bash": "bash",
        "echo": "echo",
        "ipython": "python",
    }


def test_a_kernelspec_that_was_uninstalled_is_not_seen(environment: dict[str, str], folder: Path) -> None:
    where = ["--prefix", str(folder)]
    env = {**environment, "JUPYTER_PATH": str(folder / "share" / "jupyter")}
    seen = []
    for command in (["install", "bash", "--name", "short-lived", *where], ["uninstall", "short-lived", *where]):
        run([PYTHON, "-m", "sdk", *command], env, cwd=folder)
        listed = run([PYTHON, "-m", "jupyter", "kernelspec", "list", "--json"], env, cwd=folder).stdout
        seen.append("short-lived" in json.loads(listed)["kernelspecs"])
    assert seen == [True, False]
