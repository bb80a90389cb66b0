"""Where magics come from: the shared set, other distributions, the kernel's own package, the user's folder.

Other distributions name their modules in the entry-point group `sdk.magics`; the user's are the files of
`kernel_magics` in Jupyter's configuration directory. Later ones replace earlier ones. No path is added to `sys.path`.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from sdk.kernel.magic_syntax import MagicSyntax
from sdk.magics import shared
from sdk.magics.magic import MagicSet, magics_of
from sdk.magics.parser import Kind, Use

GROUP = "sdk.magics"


class Sources:
    """The places, for one kernel."""

    def __init__(self, own: Sequence[str] = ()) -> None:
        """`own`: the modules of the kernel's package."""
        self._own = own

    def load(self, magics: MagicSet) -> list[str]:
        """Put all magics there are into `magics`. Gives what is to be told: what cannot be loaded, and why."""
        news = []
        for name, load in self._places():
            try:
                module = load()
            except (Exception, SystemExit) as error:  # somebody else's code
                news.append(f"magics: {name} cannot be loaded: {type(error).__name__}: {error}")
                continue
            magics.add(magics_of(module))
        return news

    def _places(self) -> Iterator[tuple[str, Callable[[], ModuleType]]]:
        for name in (*shared.MODULES, *self._own):
            yield name, partial(importlib.import_module, name)
        for point in entry_points(group=GROUP):
            yield f"{point.name} ({point.value})", point.load
        for path in user_files():
            yield str(path), partial(_load_file, path)

    @staticmethod
    def unknown(use: Use, magics: MagicSet, syntax: MagicSyntax) -> str:
        """The message about a magic that is not there."""
        times = 1 if use.kind is Kind.LINE else 2
        shown = f"{syntax.prefix * times}{use.name}"
        others = magics.named(use.name)
        if others:
            return f"{shown}: there is only {others[0].shown(syntax.prefix)}; {others[0].shown(syntax.prefix)} --help"
        if not magics.allows(use.name):
            return f"{shown}: it is switched off by the kernel's option `magics`"
        names = [magic.name for magic in magics if magic.is_cell == (times == 2)]
        near = difflib.get_close_matches(use.name, names, 1)
        hint = (
            f"did you mean {syntax.prefix * times}{near[0]}?"
            if near
            else f"{syntax.prefix}lsmagic lists those there are"
        )
        return f"{shown}: no such magic; {hint}"


def _load_file(path: Path) -> ModuleType:
    __user_code_below__ = True  # noqa: F841  # see sdk.transport.stack: so that it can be interrupted
    name = f"kernel_magics.{path.stem}"
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        exec(compile(path.read_bytes(), path, "exec"), module.__dict__)  # no cache: it may change within a second
        for magic in magics_of(module):
            magic.arguments("%")  # what is wrong with a signature is told now
    except BaseException:
        del sys.modules[name]
        raise
    return module


def user_folder() -> Path:
    """Where the user's magics are."""
    home = os.environ.get("JUPYTER_CONFIG_DIR") or os.path.join(os.path.expanduser("~"), ".jupyter")
    return Path(home, "kernel_magics")


def user_files() -> list[Path]:
    """The user's modules of magics."""
    return sorted(path for path in user_folder().glob("*.py") if not path.name.startswith("_"))
