"""What the command line asks to see in place of a kernel: `--version`, `--show-config`, `--show-config-json`."""

from __future__ import annotations

import json
import sys
from typing import Any

from traitlets.config.loader import Config, DeferredConfig, LazyConfigValue

from python_kernel.command_line import Arguments
from python_kernel.identity import PYTHON_VERSION, ipython_version
from python_kernel.profile import read_profile


def show(arguments: Arguments) -> None:
    """Print it."""
    if arguments.printed == "version":
        from importlib.metadata import version

        sys.stdout.write(
            f"python_kernel {version('jupyter-kernel-sdk')} (IPython {ipython_version()}, Python {PYTHON_VERSION})\n"
        )
        return
    problems = list(arguments.problems)
    profile = read_profile(arguments, {}, problems.append, lambda config, place: None)
    if arguments.printed == "config-json":
        sys.stdout.write(json.dumps(_plain(profile.config), indent=1, sort_keys=True, default=repr) + "\n")
    else:
        sys.stdout.write("".join(f"# read: {path}\n" for path in profile.files) or "# no configuration file was read\n")
        sys.stdout.write(f"# profile: {profile.location}\n")
        for name, section in sorted(profile.config.items()):
            for option, value in sorted(section.items()) if isinstance(section, Config) else ():
                sys.stdout.write(f"c.{name}.{option} = {_plain(value)!r}\n")
    for problem in problems:
        sys.stderr.write(f"{problem}\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Config):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, LazyConfigValue):
        return value.get_value([]) if value._value is not None or value._extend else value.to_dict()
    if isinstance(value, DeferredConfig):
        return list(value) if isinstance(value, list) else str(value)
    return value
