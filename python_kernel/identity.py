"""What the kernel says of itself before IPython is loaded: known from constants, so that kernel_info need not wait."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.machinery import PathFinder
from typing import Any

PYTHON_VERSION = ".".join(map(str, sys.version_info[:3]))

LANGUAGE_INFO: Mapping[str, Any] = {
    "name": "python",
    "version": PYTHON_VERSION,
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}

HELP_LINKS = tuple(
    {"text": text, "url": url}
    for text, url in (
        ("Python Reference", f"https://docs.python.org/{sys.version_info[0]}.{sys.version_info[1]}"),
        ("IPython Reference", "https://ipython.readthedocs.io/en/stable/"),
        ("NumPy Reference", "https://numpy.org/doc/stable/"),
        ("SciPy Reference", "https://docs.scipy.org/doc/scipy/"),
        ("Matplotlib Reference", "https://matplotlib.org/stable/"),
        ("SymPy Reference", "https://docs.sympy.org/latest/"),
        ("pandas Reference", "https://pandas.pydata.org/docs/"),
    )
)

_NUMBERED = "_version_"


def ipython_version() -> str:
    """IPython's version, read from its release file: importing it takes 50 ms. "0" without it."""
    spec = PathFinder.find_spec("IPython")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        try:
            with open(f"{folder}/core/release.py", encoding="utf-8") as file:
                lines = file.read().splitlines()
        except OSError:
            continue
        fields = dict(map(_assigned, (line for line in lines if line.startswith(_NUMBERED))))
        numbers = [fields[name] for name in ("major", "minor", "patch") if name in fields]
        return str(".".join(numbers) + fields.get("extra", ""))
    return "0"


def _assigned(line: str) -> tuple[str, str]:
    """Name and value of a line such as `_version_minor = 18  # comment`."""
    name, _, value = line.removeprefix(_NUMBERED).partition("=")
    return name.strip(), value.partition("#")[0].strip().strip("'\"")


def banner(version: str) -> str:
    """The text that a console shows first."""
    return (
        f"Python {sys.version.replace(chr(10), ' ')}\n"
        "Type 'copyright', 'credits' or 'license' for more information\n"
        f"IPython {version} -- An enhanced Interactive Python. Type '?' for help.\n"
    )


def has_debugpy() -> bool:
    """Whether there is a debugger."""
    return PathFinder.find_spec("debugpy") is not None
