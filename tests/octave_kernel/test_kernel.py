"""The kernel as a process, over real sockets."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.protocol.shell import KernelInfoRequest
from sdk.testing import Client, KernelProcess
from tests.colours import plain
from tests.conftest import needs

ARGV = [sys.executable, "-P", "-m", "octave_kernel", "-f", "{connection_file}"]


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[KernelProcess]:
    """A kernel with a home and a temporary directory of its own; nothing must be left of it."""
    needs("octave")
    for name in ("home", "tmp", "work"):
        (tmp_path / name).mkdir()
    environment = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    process = KernelProcess(ARGV, env=environment, cwd=tmp_path / "work")
    with process:
        yield process
    assert process.leftovers == []
    assert os.listdir(tmp_path / "tmp") == []
    assert os.listdir(tmp_path / "work") == []


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    with kernel.client() as one:
        yield one


def test_a_cell_runs_warns_and_fails(client: Client) -> None:
    done = client.execute("x = 1")
    assert (done.status, done.outputs()) == ("ok", [Stream("stdout", "x = 1\n")])
    warned = client.execute("warning ('careful')").outputs()
    assert warned == [Stream("stderr", "warning: careful\nwarning: called from\n    In[2] at line 1 column 1\n\n")]
    failed = client.execute("disp (2)\nerror ('my:id', 'no')")
    assert failed.status == "error"
    assert failed.error is not None
    assert (failed.error.ename, failed.error.evalue) == ("my:id", "no")
    assert [plain(line) for line in failed.error.traceback] == [
        "error: no",
        "    In[3], line 2, column 1",
        "      1 disp (2)",
        "----> 2 error ('my:id', 'no')",
        "        ^",
    ]


def test_the_version_is_known_once_octave_runs(client: Client) -> None:
    client.execute("1;")
    info = client.request(KernelInfoRequest()).reply.content.to_fields()
    assert info["implementation"] == "octave_kernel"
    assert info["language_info"]["name"] == "octave"
    assert info["language_info"]["version"][:1].isdigit()


def test_a_question_is_asked(client: Client) -> None:
    exchange = client.execute("n = input ('how many? '); printf ('%d\\n', n + 1); pause; disp ('on')", stdin=["41", ""])
    assert exchange.text() == "42\non\n"


@pytest.mark.parametrize("by", ["message", "signal"])
def test_an_interrupt_ends_a_cell(kernel: KernelProcess, client: Client, by: str) -> None:
    client.execute("kept = 5;")
    header = client.send_execute("disp ('go'); while true, end")
    client.wait_for(lambda message: isinstance(message.content, Stream), timeout=10)
    if by == "message":
        client.request(InterruptRequest(), Channel.CONTROL)
    else:
        os.kill(kernel.process.pid, signal.SIGINT)
    exchange = client.collect(header)
    assert exchange.error is not None
    assert exchange.error.ename == "KeyboardInterrupt"
    assert client.execute("disp (kept)").text() == "5\n"
