"""asyncio and ZeroMQ without what they import for a few of their functions: it is loaded when one of these is called.

That is TLS, which is 2 MB of memory, and 5 ms of a start.
"""

from __future__ import annotations

import importlib
import sys

from sdk.later import Later, standing_in

_PICKLE_PROTOCOL = 4 if sys.version_info < (3, 14) else 5  # the default of pyzmq's send_pyobj is pickle's


def import_zmq() -> None:
    """Import it, unless it is there already."""
    if "zmq" in sys.modules:
        return
    modules = [Later("random"), Later("pickle", DEFAULT_PROTOCOL=_PICKLE_PROTOCOL)]
    if sys.implementation.name == "cpython":
        modules.append(Later("platform", python_implementation=_cpython))
    with standing_in(*modules):
        importlib.import_module("zmq")


def import_asyncio() -> None:
    """Import it, unless it is there already."""
    if "asyncio" not in sys.modules:
        with standing_in(Later("ssl"), Later("asyncio.sslproto")):
            importlib.import_module("asyncio")


def _cpython() -> str:
    return "CPython"
