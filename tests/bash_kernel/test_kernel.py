"""The kernel as a process, over real sockets."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import DisplayData, Stream, UpdateDisplayData
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteRequest, KernelInfoRequest
from sdk.testing import Client, KernelProcess
from tests.colours import plain

ARGV = [sys.executable, "-P", "-m", "bash_kernel", "-f", "{connection_file}"]


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[KernelProcess]:
    """A kernel with a home and a temporary directory of its own; nothing must be left of it."""
    for name in ("home", "tmp", "work"):
        (tmp_path / name).mkdir()
    environment = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    process = KernelProcess(ARGV, env=environment, cwd=tmp_path / "work")
    with process:
        yield process
    assert process.leftovers == []
    assert os.listdir(tmp_path / "tmp") == []


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    with kernel.client() as one:
        yield one


def test_a_cell_runs_and_fails(client: Client) -> None:
    done = client.execute("echo hello; x=1")
    assert (done.status, done.outputs()) == ("ok", [Stream("stdout", "hello\n")])
    failed = client.execute("echo oops >&2; false")
    assert failed.status == "error"
    assert failed.error is not None
    assert (failed.error.ename, failed.error.evalue) == ("ExitStatus", "1")
    assert [plain(line) for line in failed.error.traceback] == ["In[2], line 1: status 1", "----> 1 false"]


def test_the_version_is_known_once_the_shell_runs(client: Client) -> None:
    client.execute("true")
    info = client.request(KernelInfoRequest()).reply.content.to_fields()
    assert info["implementation"] == "bash_kernel"
    assert info["language_info"]["name"] == "bash"
    assert info["language_info"]["version"][:1].isdigit()


def test_input_and_password(client: Client) -> None:
    exchange = client.execute('read -p "name? " x; read -s -p "pw: " y; echo "$x $y"', stdin=["bob", "s3cret"])
    assert exchange.text() == "bob s3cret\n"


def test_an_interrupt_reaches_a_running_cell(client: Client) -> None:
    header = client.send_execute("echo go; sleep 100")
    client.wait_for(lambda message: isinstance(message.content, Stream), timeout=10)
    client.request(InterruptRequest(), Channel.CONTROL)
    exchange = client.collect(header)
    assert exchange.error is not None
    assert exchange.error.ename == "KeyboardInterrupt"
    assert client.execute("echo next").text() == "next\n"


def test_100_000_lines_arrive(client: Client) -> None:
    expected = "".join(f"{number}\n" for number in range(1, 100_001))
    assert client.execute("seq 100000", timeout=60).text() == expected


def test_completion_while_a_cell_runs(client: Client, tmp_path: Path) -> None:
    client.execute("mkfifo gate; touch a_file")
    header = client.send_execute("echo go; read <gate")
    client.wait_for(lambda message: isinstance(message.content, Stream), timeout=10)
    reply = client.request(CompleteRequest("cat a_f")).reply.content.to_fields()
    assert reply["matches"] == ["a_file"]
    (tmp_path / "work" / "gate").write_text("go\n")
    assert client.collect(header).status == "ok"


def test_a_display_and_its_update(client: Client) -> None:
    exchange = client.execute("echo '<b>1</b>' | display --id a text/html; echo '<b>2</b>' | display --id a text/html")
    first, second = exchange.outputs()
    assert isinstance(first, DisplayData)
    assert first.data == {"text/html": "<b>1</b>\n"}
    assert isinstance(second, UpdateDisplayData)
    assert (second.data, second.transient) == ({"text/html": "<b>2</b>\n"}, {"display_id": "a"})


def test_a_shell_that_ends_is_replaced(client: Client) -> None:
    client.execute("x=kept")
    exchange = client.execute("exit 3")
    assert exchange.status == "error"
    assert "a new one was started" in exchange.text("stderr")
    assert client.execute("echo $x").text() == "kept\n"
