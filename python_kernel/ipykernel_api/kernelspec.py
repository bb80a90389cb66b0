"""`ipykernel.kernelspec`: the kernelspec of the real package, for software that writes one for another environment.

`python -m python_kernel install` installs ours.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from traitlets.config.application import Application

import kernelspecs

KERNEL_NAME = f"python{sys.version_info[0]}"
RESOURCES = os.path.join(os.path.dirname(kernelspecs.__file__), "python")
_LOGOS = ("logo-32x32.png", "logo-64x64.png", "logo-svg.svg")


def make_ipkernel_cmd(
    mod: str = "ipykernel_launcher",
    executable: str | None = None,
    extra_arguments: Sequence[str] | None = None,
    python_arguments: Sequence[str] | None = None,
) -> list[str]:
    """The command that starts ipykernel."""
    arguments = [executable or sys.executable, *(python_arguments or ()), "-m", mod, "-f", "{connection_file}"]
    return [*arguments, *(extra_arguments or ())]


def get_kernel_dict(
    extra_arguments: Sequence[str] | None = None, python_arguments: Sequence[str] | None = None
) -> dict[str, Any]:
    """What stands in kernel.json."""
    return {
        "argv": make_ipkernel_cmd(extra_arguments=extra_arguments, python_arguments=python_arguments),
        "display_name": f"Python {sys.version_info[0]} (ipykernel)",
        "language": "python",
        "metadata": {"debugger": True, "supported_encryption": ["curve"]},
        "kernel_protocol_version": "5.5",
    }


def write_kernel_spec(
    path: str | None = None,
    overrides: dict[str, Any] | None = None,
    extra_arguments: Sequence[str] | None = None,
    python_arguments: Sequence[str] | None = None,
) -> str:
    """Write a kernelspec's folder, by default a temporary one; its path."""
    if path is None:
        path = os.path.join(tempfile.mkdtemp(suffix="_kernels"), KERNEL_NAME)
    os.makedirs(path, exist_ok=True)
    for name in _LOGOS:
        if os.path.exists(os.path.join(RESOURCES, name)):
            shutil.copy(os.path.join(RESOURCES, name), path)
    document = {**get_kernel_dict(extra_arguments, python_arguments), **(overrides or {})}
    with open(os.path.join(path, "kernel.json"), "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
    return str(path)


def install(  # noqa: PLR0917  # ipykernel's
    kernel_spec_manager: Any = None,
    user: bool = False,
    kernel_name: str = KERNEL_NAME,
    display_name: str | None = None,
    prefix: str | None = None,
    profile: str | None = None,
    env: dict[str, str] | None = None,
    frozen_modules: bool = False,
) -> str:
    """Install it; where."""
    if kernel_spec_manager is None:
        from jupyter_client.kernelspec import KernelSpecManager

        kernel_spec_manager = KernelSpecManager()
    overrides: dict[str, Any] = {}
    if kernel_name != KERNEL_NAME and display_name is None:
        display_name = kernel_name
    if profile and not display_name:
        overrides["display_name"] = f"Python {sys.version_info[0]} [profile={profile}]"
    if display_name:
        overrides["display_name"] = display_name
    env = dict(env or {})
    if frozen_modules:
        env.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # else the debugger complains of them
    if env:
        overrides["env"] = env
    python_arguments = None if frozen_modules else ["-Xfrozen_modules=off"]
    path = write_kernel_spec(
        overrides=overrides,
        extra_arguments=["--profile", profile] if profile else None,
        python_arguments=python_arguments,
    )
    try:
        where: str = kernel_spec_manager.install_kernel_spec(path, kernel_name=kernel_name, user=user, prefix=prefix)
    finally:
        shutil.rmtree(os.path.dirname(path))
    return where


class InstallIPythonKernelSpecApp(Application):
    """`python -m ipykernel install`."""

    name = "ipython-kernel-install"

    def initialize(self, argv: Any = None) -> None:
        """Note the command line."""
        self.argv = list(sys.argv[1:] if argv is None else argv)

    def start(self) -> None:
        """Do as it says."""
        parser = argparse.ArgumentParser(prog=self.name, description="Install the IPython kernel spec.")
        parser.add_argument("--user", action="store_true")
        parser.add_argument("--name", default=KERNEL_NAME)
        parser.add_argument("--display-name")
        parser.add_argument("--profile")
        parser.add_argument("--prefix")
        parser.add_argument("--sys-prefix", action="store_const", const=sys.prefix, dest="prefix")
        parser.add_argument("--env", action="append", nargs=2, metavar=("ENV", "VALUE"))
        parser.add_argument("--frozen_modules", action="store_true")
        options = parser.parse_args(self.argv)
        where = install(
            user=options.user,
            kernel_name=options.name,
            display_name=options.display_name,
            prefix=options.prefix,
            profile=options.profile,
            env=dict(options.env or ()),
            frozen_modules=options.frozen_modules,
        )
        sys.stdout.write(f"Installed kernelspec {options.name} in {where}\n")
