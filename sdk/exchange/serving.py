"""Gives and takes the variables of a Python that knows nothing of this, from within it (`line` is how it gets here)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from .reading import read
from .values import ExchangeError
from .writing import write

_PACKAGE = "kernel_sdk_exchange"
"""What `sdk.exchange` is called in Pythons that do not have the SDK, or another version of it."""


def line(asked: Mapping[str, str]) -> str:
    """The line of Python that serves `asked` (see `serve`) in a kernel that sees this machine's files.

    It is one expression, which leaves no name behind, and uses none that the user may have given to something else.
    """
    folder = os.path.dirname(os.path.abspath(__file__))
    return (
        f"(lambda b, s, m: (b.setattr(m, '__path__', [{folder!r}]), s.modules.setdefault({_PACKAGE!r}, m), "
        f"b.__import__('importlib').import_module('{_PACKAGE}.serving').serve(b.globals(), {dict(asked)!r}))[-1])"
        f"(__import__('builtins'), __import__('sys'), __import__('types').ModuleType({_PACKAGE!r}))\n"
    )


def serve(user: dict[str, Any], asked: Mapping[str, str]) -> None:
    """Give or take a variable of the namespace `user`, in a kernel that knows nothing of this; `asked` says what.

    How it went is written beside the file, for whoever asked.
    """
    try:
        name, path = asked["name"], asked["path"]
        if asked["does"] == "take":
            user[name] = read(path, name, rich=True)
        elif name in user:
            write(path, user[name], name)
        else:
            raise ExchangeError(f"there is no variable {name!r}")
        said: dict[str, Any] = {"ok": True}
    except BaseException as error:
        said = {"ok": False, "kind": type(error).__name__, "text": str(error)}
        if not isinstance(error, ExchangeError):
            said["text"] = "{}: {}: {}".format(asked["name"], type(error).__name__, error)
    with open(asked["path"] + ".new", "w") as file:
        json.dump(said, file)
    os.replace(asked["path"] + ".new", asked["path"] + ".said")
