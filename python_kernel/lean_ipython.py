"""IPython without what it imports for a few functions that a kernel does not call: 3 ms of a start."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from sdk.later import Later, standing_in


def import_ipython() -> None:
    """Import it, unless it is there already."""
    if "IPython" not in sys.modules:
        with standing_in(Later("ipaddress"), Later("logging.config", dictConfig=_configure_logging)):
            import_module("IPython")


def default_ipython_dir() -> str:
    """The folder of IPython's profiles, which is made. Raises what `IPython.paths.get_ipython_dir` raises."""
    from IPython.paths import get_ipython_dir  # kernel_info does not wait for IPython

    with standing_in(Later("tempfile")):  # for folders that cannot be written
        return get_ipython_dir()


def _configure_logging(config: Any) -> None:
    """For traitlets' applications: a kernel is none."""
    import_module("logging.config").dictConfig(config)
