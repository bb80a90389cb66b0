"""`ipykernel.displayhook`: what shows results."""

from __future__ import annotations

from python_kernel.display import ZMQShellDisplayHook

ZMQDisplayHook = ZMQShellDisplayHook

__all__ = ["ZMQDisplayHook", "ZMQShellDisplayHook"]
