"""`ipykernel.zmqshell`: the shell of the kernel, and what it shows by."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell, InteractiveShellABC

from python_kernel.display import ZMQDisplayPublisher, ZMQShellDisplayHook
from python_kernel.kernel_magics import KernelMagics
from python_kernel.shell import ZMQInteractiveShell
from python_kernel.traps import SharedCompiler as XCachingCompiler

InteractiveShellABC.register(ZMQInteractiveShell)

__all__ = [
    "InteractiveShell",
    "InteractiveShellABC",
    "KernelMagics",
    "XCachingCompiler",
    "ZMQDisplayPublisher",
    "ZMQInteractiveShell",
    "ZMQShellDisplayHook",
]
