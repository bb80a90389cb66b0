"""Magics that IPython imports when they are first used: an interrupt or another thread must not break them for good."""

from __future__ import annotations

import threading
from typing import Any

KERNEL_MAGICS = (
    *("connect_info", "kernel_log", "edit", "ed", "less", "more", "man"),
    *("clear", "cls", "qtconsole", "autosave", "subshell"),
)


def prepare(manager: Any) -> None:
    """Make `manager`, IPython's MagicsManager, load safely, and give it the kernel's magics and %store."""
    load = getattr(manager, "load_lazy", None)
    if load is None:  # IPython before 9.17 imports its magics at once
        from python_kernel.kernel_magics import KernelMagics

        manager.register(KernelMagics)
        manager.register_lazy("store", "IPython.extensions.storemagic")
        return
    loading = threading.RLock()

    def load_safely(name: str, kind: Any = None) -> None:
        with loading:  # IPython takes for loaded what another thread has begun to load
            before = set(manager._loaded_lazy)
            try:
                load(name, kind)
            except BaseException:
                manager._loaded_lazy &= before  # IPython does so for errors, and forgets interrupts
                raise

    manager.load_lazy = load_safely
    for name in KERNEL_MAGICS:
        manager.register_lazy(name, "python_kernel.kernel_magics:KernelMagics", "line")
    manager.register_lazy("store", "IPython.extensions.storemagic:StoreMagics", "line")
