"""The public test kit.

    with KernelProcess("bash") as kernel, kernel.client() as client:
        assert client.execute("echo hello").text() == "hello\\n"

    report = check(MyKernel)  # or check_kernelspec("bash")
    assert report.passed, report.render()

`Client` is a front-end over real sockets, for a kernel that runs already; `KernelProcess` starts any kernel and surely
ends it; `check` and `check_kernelspec` run the conformance checks; `MemoryFrontend` needs neither process nor socket.
"""

from __future__ import annotations

from sdk.testing.client import Client
from sdk.testing.conformance import Report, check_kernelspec
from sdk.testing.exchange import BUSY, IDLE, Exchange
from sdk.testing.kernel_class import check
from sdk.testing.launch import KernelProcess
from sdk.testing.memory import MemoryFrontend
from sdk.testing.snippets import Snippets

__all__ = [
    "BUSY",
    "IDLE",
    "Client",
    "Exchange",
    "KernelProcess",
    "MemoryFrontend",
    "Report",
    "Snippets",
    "check",
    "check_kernelspec",
]
