"""`ipykernel.kernelapp`: the application that a kernel is. Where one runs, `IPKernelApp.instance()` stands for it."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from python_kernel.application import IPKernelApp
from python_kernel.command_line import ALIASES, FLAGS
from python_kernel.shell import ZMQInteractiveShell

from .ipkernel import IPythonKernel
from .zmqshell import ZMQInteractiveShell as _Shell

__all__ = ["IPKernelApp", "IPythonKernel", "_Shell", "kernel_aliases", "kernel_flags", "launch_new_instance", "main"]

kernel_aliases = {name: trait for name, (trait, _) in ALIASES.items()}
kernel_flags = dict(FLAGS)
launch_new_instance = IPKernelApp.launch_instance


def main() -> None:
    """Run a kernel as the command line says."""
    IPKernelApp.launch_instance()


def _announce() -> None:
    shell = InteractiveShell._instance
    if isinstance(shell, ZMQInteractiveShell) and not IPKernelApp.initialized():
        IPKernelApp.of_running(shell)


_announce()
