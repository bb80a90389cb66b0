"""An interrupt ends whatever runs, at whatever moment it comes: each state again and again in one kernel.

Half of the interrupts come while the cell begins: anywhere between the kernel's `busy` and the user's own code.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from sdk.protocol.control import CreateSubshellRequest, InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel, Header, Message
from sdk.protocol.shell import CompleteReply, CompleteRequest
from sdk.testing import BUSY, Client, Exchange, KernelProcess
from tests.python_kernel.conftest import kernel_process

LIMIT = 10.0  # seconds: a test of whether it ends, not of how soon
SPREAD = 0.02  # seconds within which the interrupt comes
PREPARED = """
import asyncio, pdb, re, subprocess, time
%timeit -n 1 -r 1 pass
try: import numpy as np
except ImportError: np = None
else: matrix = np.random.rand(40, 40)
class Slow:
    def __dir__(self): time.sleep(60)
slow, begun, kept = Slow(), 0, {'n': 0}
"""
CELLS = {
    "busy loop": "while True: pass",
    "time.sleep": "time.sleep(60)",
    "await": "await asyncio.sleep(60)",
    "blocking call in a coroutine": "await asyncio.sleep(0)\ntime.sleep(60)",
    "input": "input('? ')",
    "pdb": "pdb.set_trace()\ntime.sleep(60)",
    "C code that looks for signals": "re.match('(a+)+$', 'a' * 40 + 'b')",
    "numpy": "while True: np.linalg.svd(matrix)",
    "subprocess": "subprocess.run(['sleep', '60'])",
}
HOLDS_GIL = ("C code that looks for signals",)  # no thread of ours can take a message meanwhile
IN_SUBSHELLS = ("busy loop", "time.sleep", "await", "blocking call in a coroutine", "input")
STATES = [*CELLS, "subshell", "completion"]
TIMES = pytest.mark.parametrize("times", [10, pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])


@dataclass
class Prepared:
    """A kernel in which everything is loaded, and what was done in it."""

    process: KernelProcess
    client: Client
    subshell_id: str
    chance: random.Random = field(default_factory=lambda: random.Random(4711))
    rounds: int = 0

    def wait(self) -> None:
        """Until any moment."""
        time.sleep(self.chance.choice([0, self.chance.random() * SPREAD / 10, self.chance.random() * SPREAD]))

    def interrupt(self, *, subshell_id: str | None = None, by_signal: bool = False) -> None:
        """By signal or by message, as front-ends do."""
        if by_signal or (subshell_id is None and self.chance.random() < 0.5):
            self.process.interrupt()
        else:
            self.client.request(InterruptRequest(), Channel.CONTROL, subshell_id=subshell_id)

    def interrupted(self, code: str, *, subshell_id: str | None = None, by_signal: bool = False) -> Exchange:
        """A cell that was interrupted at some moment."""
        client = self.client
        says_so = subshell_id is not None or by_signal or self.chance.random() < 0.5
        header = client.send_execute(
            f"begun += 1; kept['n'] += 1\nprint('on')\n{code}", subshell_id=subshell_id, allow_stdin=True
        )
        wanted = (lambda one: isinstance(one, Stream)) if says_so else (lambda one: one == BUSY)
        client.wait_for(lambda message: belongs(message, header) and wanted(message.content))
        self.wait()
        self.interrupt(subshell_id=subshell_id, by_signal=by_signal)
        return client.collect(header, timeout=LIMIT, stdin=lambda request: self.unanswered())

    @staticmethod
    def unanswered() -> str:
        return ""


def belongs(message: Message, header: Header) -> bool:
    return message.parent_header is not None and message.parent_header.msg_id == header.msg_id


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """One kernel for all states."""
    with kernel_process(tmp_path_factory.mktemp("everywhere")) as process, process.client() as client:
        assert client.execute(PREPARED, timeout=60).status == "ok"
        created = client.request(CreateSubshellRequest(), Channel.CONTROL).reply
        yield Prepared(process, client, created.content.subshell_id)  # type: ignore[union-attr]
