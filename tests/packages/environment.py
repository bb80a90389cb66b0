"""Two environments with many packages: without ipykernel, and with it beside.

They are made once and kept in pytest's cache, where `make clean` removes them. The second consists of what it has
besides: it sees the packages of the first.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import install

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIMIT = 600  # seconds for all packages
STATES = ("absent", "beside")
"""Our kernel without the real ipykernel, and with it in the same environment."""
REAL = "real"
"""The real ipykernel."""


def environment(cache: Path) -> Path:
    """The folder of both environments, and of the kernelspecs. Skips when there is no package index."""
    parts = [(HERE / name).read_bytes() for name in ("requirements.txt", "beside.txt")]
    key = hashlib.sha256(b"\0".join([sys.version.encode(), os.fsencode(ROOT), *parts])).hexdigest()[:16]
    folder = cache / key
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run at the same time
        if not (folder / "complete").exists():
            for old in cache.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            _make(folder)
            (folder / "complete").touch()
    return folder


def _make(folder: Path) -> None:
    python = _venv(folder / "absent")
    _install(python, "-r", str(HERE / "requirements.txt"))
    _see(folder / "absent", ROOT)
    python = _venv(folder / "beside")
    _install(python, "--no-deps", "-r", str(HERE / "beside.txt"))
    _see(folder / "beside", _site(folder / "absent"))
    ours = ["-P", "-m", "python_kernel"]
    for name, state, module in (
        ("absent", "absent", ours),
        ("beside", "beside", ours),
        (REAL, "beside", ["-m", "ipykernel_launcher"]),
    ):
        place = folder / "jupyter" / "kernels" / name
        place.mkdir(parents=True)
        argv = [str(folder / state / "bin" / "python"), *module, "-f", "{connection_file}"]
        (place / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": name, "language": "python"}))


def _venv(folder: Path) -> Path:
    _run("venv", "--python", sys.executable, str(folder))
    return folder / "bin" / "python"


def _install(python: Path, *what: str) -> None:
    done = _run("pip", "install", "--python", str(python), *what, check=False)
    if done.returncode:  # pip takes its time, and knows of mirrors and certificates that uv is not told of
        install(python, *what, pip=sys.executable)


def _run(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "uv", "--quiet", *arguments],
        check=check,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT,
        env={"UV_SYSTEM_CERTS": "true", **os.environ},
    )


def _site(folder: Path) -> Path:
    return next(folder.glob("lib/python*/site-packages"))


def _see(folder: Path, place: Path) -> None:
    """Let the environment import what is in `place`, as if it were installed there."""
    (_site(folder) / "more.pth").write_text(f"import site; site.addsitedir({str(place)!r})\n")


def variables(folder: Path, home: Path) -> Mapping[str, str]:
    """The environment of a kernel with a home of its own. Bytecode and matplotlib's list of fonts are kept.

    Under PYTEST_CURRENT_TEST ipykernel does not show what children write.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    return {
        **kept,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "HF_HUB_OFFLINE": "1",
        "PATH": f"{folder / 'absent' / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
