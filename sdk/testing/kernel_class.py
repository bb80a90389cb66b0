"""`check(MyKernel)`: the conformance checks for a class, without installing anything."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Collection, Mapping

from sdk.errors import KernelSpecError
from sdk.kernel.base import Kernel
from sdk.testing.conformance import Report, check_kernelspec
from sdk.testing.snippets import Snippets
from sdk.testing.spec import LaunchSpec

# Text, because the kernel runs in a process of its own. A class of a script is loaded from its file, under another name
# than __main__, so that the script's last lines do not run.
_BY_NAME = "import importlib; from sdk.app import run; run(importlib.import_module({module!r}).{name})"
_BY_FILE = "import runpy; from sdk.app import run; run(runpy.run_path({file!r}, run_name='kernel')[{name!r}])"


def check(
    kernel_class: type[Kernel],
    *,
    snippets: Snippets | None = None,
    only: Collection[str] | None = None,
    env: Mapping[str, str] | None = None,
) -> Report:
    """Run `kernel_class` in a process of this interpreter, and check it through real sockets.

    `snippets`: code in its language, else ours for that language; `only`: names of checks, `*` allowed. Raises
    KernelSpecError for a class that no other process could import.
    """
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path)
    return check_kernelspec(
        launch_spec(kernel_class), snippets=snippets, only=only, env={"PYTHONPATH": path, **(env or {})}
    )


def launch_spec(kernel_class: type[Kernel]) -> LaunchSpec:
    """How a process of this interpreter runs `kernel_class`; for `KernelProcess`, too."""
    module, name = kernel_class.__module__, kernel_class.__qualname__
    if "<locals>" in name:
        raise KernelSpecError(
            f"{name}: a class inside a function cannot be run in another process: move it to the module"
        )
    if module == "__main__":
        code = _BY_FILE.format(file=os.path.abspath(inspect.getfile(kernel_class)), name=name)
    else:
        code = _BY_NAME.format(module=module, name=name)
    argv = (sys.executable, "-c", code, "-f", "{connection_file}")
    return LaunchSpec(
        kernel_class.__name__, argv, interrupt_mode="message", language=kernel_class.language_info.get("name", "")
    )
