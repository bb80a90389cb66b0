"""The API of ipykernel 7.4 over python_kernel. It is no part of the project ipykernel, and none of its code is here.

In the process of a kernel this is what `import ipykernel` finds (see `python_kernel.serving`); other processes find the
real package. `__version__` says which API this is like, `__compat__` whose it is.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sdk import __version__ as _sdk_version

version_info = (7, 4, 0)
__version__ = ".".join(map(str, version_info))
__compat__ = f"python_kernel {_sdk_version}"

kernel_protocol_version_info = (5, 3)
kernel_protocol_version = "5.3"

# A kernel has these loaded, so that programs take them from the package without importing them.
_LOADED = (
    *("comm", "compiler", "connect", "control", "debugger", "displayhook", "iostream", "ipkernel", "jsonutil"),
    *("kernelapp", "kernelbase", "thread", "zmqshell"),
)
_CONNECT = ("connect_qtconsole", "get_connection_file", "get_connection_info", "write_connection_file")


def __getattr__(name: str) -> Any:
    if name in _CONNECT:  # start-up time: who looks at the version needs none of it
        from . import connect

        return getattr(connect, name)
    if name in _LOADED:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}: {__compat__} serves the API of {__version__}")
