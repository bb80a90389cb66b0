"""`ipykernel.inprocess`: a kernel in the hands of a program, with clients that call it."""

from __future__ import annotations

from .blocking import BlockingInProcessKernelClient
from .channels import InProcessChannel, InProcessHBChannel
from .client import InProcessKernelClient
from .manager import InProcessKernelManager

__all__ = [
    "BlockingInProcessKernelClient",
    "InProcessChannel",
    "InProcessHBChannel",
    "InProcessKernelClient",
    "InProcessKernelManager",
]
