"""A Jupyter server as its REST interface shows it."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.frontends.programs import LIMIT, PYTHON, running
from tests.waiting import until

TOKEN = "token-of-these-tests"


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    """With a slash at the end."""
    folder: Path
    log: Path
    headers: Mapping[str, str] = field(default_factory=lambda: {"Authorization": f"token {TOKEN}"})

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON that the server answers, None when it answers nothing. Raises HTTPError."""
        data = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=LIMIT) as response:
            answer = response.read()
        return json.loads(answer) if answer else None

    def save(self, path: str, kernel: str, sources: Sequence[str]) -> None:
        """Write a notebook with one code cell for each of `sources`."""
        spec = self.ask("GET", f"api/kernelspecs/{kernel}")["spec"]
        cells = [
            {
                "cell_type": "code",
                "id": f"cell-{n}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": s,
            }
            for n, s in enumerate(sources)
        ]
        metadata = {
            "kernelspec": {"name": kernel, "display_name": spec["display_name"], "language": spec["language"]},
        }
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
        self.ask("PUT", f"api/contents/{path}", {"type": "notebook", "format": "json", "content": notebook})

    def forget(self) -> None:
        """Shut down all kernels."""
        for session in self.ask("GET", "api/sessions"):
            self.ask("DELETE", f"api/sessions/{session['id']}")
        for kernel in self.ask("GET", "api/kernels"):
            self.ask("DELETE", f"api/kernels/{kernel['id']}")


@contextmanager
def serving(env: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """A JupyterLab server on a free port, for notebooks in `folder`/notebooks."""
    notebooks, log = folder / "notebooks", folder / "server.log"
    notebooks.mkdir()
    labconfig = Path(env["JUPYTER_CONFIG_DIR"], "labconfig")
    labconfig.mkdir(parents=True)
    # No question at the start whether one wants news.
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (labconfig / "page_config.json").write_text(json.dumps(quiet))
    argv = [
        *(PYTHON, "-m", "jupyterlab", "--no-browser", "--ServerApp.port=0", "--ServerApp.ip=127.0.0.1"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={notebooks}"),
        "--LabApp.expose_app_in_browser=True",  # whether a kernel is connected is not to be seen on the page
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]
    with running(argv, env, cwd=notebooks, log=log) as process:
        info = until(lambda: _info(process, Path(env["JUPYTER_RUNTIME_DIR"]), log), f"the server to start: {log}")
        server = Server(info["url"], notebooks, log)
        until(lambda: _listens(server), f"the server to listen: {log}")  # it writes its file a moment before
        yield server


def _listens(server: Server) -> bool:
    try:
        return bool(server.ask("GET", "api"))
    except urllib.error.URLError:
        return False


def _info(process: subprocess.Popen[bytes], runtime: Path, log: Path) -> dict[str, Any]:
    assert process.poll() is None, log.read_text()
    try:
        info: dict[str, Any] = json.loads((runtime / f"jpserver-{process.pid}.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return info
