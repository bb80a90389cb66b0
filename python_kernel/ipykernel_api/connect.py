"""`ipykernel.connect`: how others connect to this kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from jupyter_client import write_connection_file
from jupyter_core.paths import jupyter_runtime_dir

from .kernelapp import IPKernelApp

__all__ = ["connect_qtconsole", "get_connection_file", "get_connection_info", "write_connection_file"]


def get_connection_file(app: Any = None) -> str:
    """The connection file of `app`, by default of the kernel that runs. Raises RuntimeError where none runs."""
    if app is None:
        if not IPKernelApp.initialized():
            raise RuntimeError("app not specified, and not in a running Kernel")
        app = IPKernelApp.instance()
    name = app.connection_file
    places = (".", app.connection_dir, jupyter_runtime_dir())
    if os.path.dirname(name):
        return str(name)
    return next((path for place in places if os.path.exists(path := os.path.join(place, name))), str(name))


def get_connection_info(connection_file: str | None = None, unpack: bool = False) -> Any:
    """What the connection file says, as text; with `unpack` as a dict, whose key is bytes."""
    with open(_found(connection_file), encoding="utf-8") as file:
        text = file.read()
    if not unpack:
        return text
    info = json.loads(text)
    info["key"] = info.get("key", "").encode()
    return info


def connect_qtconsole(connection_file: str | None = None, argv: Sequence[str] | None = None) -> subprocess.Popen[bytes]:
    """Open a Qt console on a kernel, by default on this one."""
    command = [sys.executable, "-m", "qtconsole", "--existing", _found(connection_file), *(argv or ())]
    return subprocess.Popen(command, start_new_session=True)


def _found(connection_file: str | None) -> str:
    if connection_file is None:
        return get_connection_file()
    from jupyter_client import find_connection_file

    path: str = find_connection_file(connection_file)
    return path
