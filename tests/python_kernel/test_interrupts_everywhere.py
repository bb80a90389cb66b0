"""An interrupt ends whatever runs, at whatever moment it comes: each state again and again in one kernel.

Half of the interrupts come while the cell begins: anywhere between the kernel's `busy` and the user's own code.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from sdk.protocol.control import CreateSubshellRequest, InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel, Header, Message
from sdk.protocol.shell import CompleteReply, CompleteRequest
from sdk.testing import BUSY, IDLE, Client, Exchange, KernelProcess
from tests.python_kernel.conftest import kernel_process

LIMIT = 20.0  # seconds: a test of whether it ends, not of how soon
SPREAD = 0.02  # seconds within which the interrupt comes
PREPARED = """
import asyncio, pdb, re, subprocess, time
%timeit -n 1 -r 1 pass
import numpy as np; matrix = np.random.rand(40, 40)
class Slow:
    def __dir__(self):
        while True: time.sleep(0.005)  # a thread beside the cells may compute it, where no signal ends a long sleep
slow, kept = Slow(), []
"""
CELLS = {
    "busy loop": "while True: pass",
    "time.sleep": "time.sleep(60)",
    "await": "await asyncio.sleep(60)",
    "blocking call in a coroutine": "await asyncio.sleep(0)\ntime.sleep(60)",
    "input": "input('? ')",
    "pdb": "pdb.set_trace()\nraise KeyboardInterrupt",  # which the one at the prompt is not
    "C code that looks for signals": "re.match('(a+)+$', 'a' * 40 + 'b')",
    "numpy": "while True: np.linalg.svd(matrix)",
    "subprocess": "subprocess.run(['sleep', '60'])",
}
HOLDS_GIL = ("C code that looks for signals",)  # no thread of ours can take a message meanwhile
IN_SUBSHELLS = ("busy loop", "time.sleep", "await", "blocking call in a coroutine", "input")
TIMES = pytest.mark.parametrize("times", [10, pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])


@dataclass
class Prepared:
    """A kernel in which everything is loaded, and how many cells were begun in it."""

    process: KernelProcess
    client: Client
    subshell_id: str
    chance: random.Random = field(default_factory=lambda: random.Random(4711))
    rounds: int = 0

    def interrupted(self, code: str, *, subshell_id: str | None = None, by_signal: bool = False) -> Exchange:
        """A cell that was interrupted: somewhere in its beginning, or when its code runs."""
        client, chance = self.client, self.chance
        runs = by_signal or chance.random() < 0.5
        header = client.send_execute(f"print('on')\n{code}", subshell_id=subshell_id, allow_stdin=True)
        client.wait_for(
            lambda message: belongs(message, header) and (not runs or isinstance(message.content, Stream)),
            timeout=LIMIT,
        )
        time.sleep(chance.choice([0, chance.random() * SPREAD / 10, chance.random() * SPREAD]))
        if by_signal or (subshell_id is None and chance.random() < 0.5):
            self.process.interrupt()
        else:
            client.request(InterruptRequest(), Channel.CONTROL, subshell_id=subshell_id)
        return self.ended(header)

    def ended(self, header: Header) -> Exchange:
        """How it ended. Questions are not answered: the interrupt ends it, or nothing does."""
        client = self.client
        reply = client.wait_for(lambda message: belongs(message, header), channel=Channel.SHELL, timeout=LIMIT)
        idle = client.wait_for(lambda message: belongs(message, header) and message.content == IDLE, timeout=LIMIT)
        others = client.take(lambda channel, message: belongs(message, header))
        return Exchange(header, reply, [*others, idle])

    def assert_alive(self) -> None:
        """It answers, and has kept everything."""
        self.rounds += 1
        exchange = self.client.execute("kept.append(len(kept)); len(kept), matrix.shape", timeout=LIMIT)
        assert (exchange.status, exchange.result) == ("ok", {"text/plain": f"({self.rounds}, (40, 40))"})


def belongs(message: Message, header: Header) -> bool:
    return message.parent_header is not None and message.parent_header.msg_id == header.msg_id


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """One kernel for all states."""
    pytest.importorskip("numpy")
    with kernel_process(tmp_path_factory.mktemp("everywhere")) as process, process.client() as client:
        assert client.execute(PREPARED, timeout=60).status == "ok"
        created = client.request(CreateSubshellRequest(), Channel.CONTROL).reply
        yield Prepared(process, client, created.content.subshell_id)  # type: ignore[union-attr]


@TIMES
@pytest.mark.parametrize("name", CELLS)
def test_an_interrupt_ends_a_cell_again_and_again(prepared: Prepared, name: str, times: int) -> None:
    for number in range(times):
        exchange = prepared.interrupted(CELLS[name], by_signal=name in HOLDS_GIL)
        assert (exchange.status, exchange.error and exchange.error.ename) == ("error", "KeyboardInterrupt"), number
        prepared.assert_alive()


@TIMES
def test_an_interrupt_ends_a_subshells_cell_again_and_again(prepared: Prepared, times: int) -> None:
    for number in range(times):
        name = prepared.chance.choice(IN_SUBSHELLS)
        exchange = prepared.interrupted(CELLS[name], subshell_id=prepared.subshell_id)
        assert (exchange.status, exchange.error and exchange.error.ename) == ("error", "KeyboardInterrupt"), (
            number,
            name,
        )
        assert prepared.client.execute("1 + 1", subshell_id=prepared.subshell_id).result == {"text/plain": "2"}
        prepared.assert_alive()


@TIMES
def test_an_interrupt_ends_completion_again_and_again(prepared: Prepared, times: int) -> None:
    client, chance = prepared.client, prepared.chance
    for _ in range(times):
        header = client.send(CompleteRequest("slow."))
        client.wait_for(lambda message, header=header: belongs(message, header) and message.content == BUSY)
        time.sleep(chance.choice([0, chance.random() * SPREAD]))
        client.request(InterruptRequest(), Channel.CONTROL)
        assert isinstance(prepared.ended(header).reply.content, CompleteReply)
        prepared.assert_alive()
