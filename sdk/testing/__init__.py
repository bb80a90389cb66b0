"""The public test kit: a front-end for tests (`Client`) and a way to start any kernel (`KernelProcess`).

with KernelProcess("bash") as kernel, kernel.client() as client:
    assert client.execute("echo hello").text() == "hello\\n"
"""

from __future__ import annotations

from sdk.testing.client import Client
from sdk.testing.exchange import BUSY, IDLE, Exchange
from sdk.testing.launch import KernelProcess
from sdk.testing.memory import MemoryFrontend

__all__ = ["BUSY", "IDLE", "Client", "Exchange", "KernelProcess", "MemoryFrontend"]
