"""Live kernels for the tests of magics: echo, bash and octave, each with a home and a working directory of its own.

def test_greeting(any_kernel: Live) -> None:
    assert any_kernel.run("%greet").text() == "hello you\\n"

`echo`, `bash`, `octave` and `any_kernel` (each of the three in turn) are one kernel for a module. A test that needs
options, or a fresh one, makes its own: `with started("bash", folder, "--BashKernel.magics=none") as kernel`.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel, Header
from sdk.testing import Client, Exchange, KernelProcess
from sdk.testing.processes import marked
from tests.conftest import needs
from tests.waiting import until

KERNELS = ("echo", "bash", "octave")
LIMIT = 20.0  # seconds that anything in these tests may take

_PACKAGES: Mapping[str, str] = {
    "echo": "examples.echo",
    "bash": "bash_kernel",
    "octave": "octave_kernel",
    "python": "python_kernel",
    "gnuplot": "examples.gnuplot",
    "r": "examples.r",
}
_SAY: Mapping[str, str] = {"echo": "{}", "bash": "echo '{}'", "octave": "disp ('{}')", "python": "print('{}')"}
_ROOT = Path(__file__).parents[2]


class Live(NamedTuple):
    """One kernel, and one client of it. Its home is `folder`/home, its working directory `folder`/work."""

    name: str
    process: KernelProcess
    client: Client
    folder: Path

    @property
    def home(self) -> Path:
        """The home directory, with the user's magics in `.jupyter/kernel_magics`."""
        return self.folder / "home"

    @property
    def work(self) -> Path:
        """The working directory."""
        return self.folder / "work"

    def say(self, text: str) -> str:
        """A line of the language that says `text`, in which no quote may be."""
        return _SAY[self.name].format(text)

    def said(self, text: str) -> str:
        """What stdout shows for `say(text)`, where it is the cell's last line."""
        return text if self.name == "echo" else f"{text}\n"

    def pids(self) -> Collection[int]:
        """The processes that it has started and that still run."""
        return marked(self.process.mark)

    # -- cells ---------------------------------------------------------------------------------------------------------

    def run(self, code: str, stdin: Sequence[str] | None = None, **fields: Any) -> Exchange:
        """Run a cell to its end; the client can be asked if there are answers."""
        return self.client.execute(code, stdin=stdin, **fields)

    def begin(self, code: str, *, until: str = "", name: str = "stdout", **fields: Any) -> Header:
        """Send a cell, and wait until it has shown the text `until` on the stream `name`."""
        header = self.client.send_execute(code, **fields)
        if until:
            self.wait_for(header, until, name)
        return header

    def wait_for(self, header: Header, text: str, name: str = "stdout") -> None:
        """Wait until the request with this header has shown `text`; the messages stay to be collected."""
        until(lambda: text in self._shown(header, name), f"{text!r} was not shown")

    def _shown(self, header: Header, name: str) -> str:
        return "".join(
            message.content.text
            for place, message in self.client.pending
            if place is Channel.IOPUB
            and message.parent_header is not None
            and message.parent_header.msg_id == header.msg_id
            and isinstance(message.content, Stream)
            and message.content.name == name
        )

    def end(self, header: Header, stdin: Sequence[str] | None = None) -> Exchange:
        """Wait for the end of a cell that was begun."""
        return self.client.collect(header, stdin=stdin)

    def interrupt(self) -> None:
        """Ask for an interrupt."""
        self.client.request(InterruptRequest(), Channel.CONTROL)

    def interrupted(self, code: str, *, until: str, name: str = "stdout") -> Exchange:
        """Begin a cell, interrupt it when it has shown `until`, and wait for its end."""
        header = self.begin(code, until=until, name=name)
        self.interrupt()
        return self.end(header)

    def goes_on(self) -> None:
        """The next cell runs in the language, and shows what it says and nothing else."""
        done = self.run(self.say("next"))
        assert (done.text(), done.text("stderr"), done.error) == (self.said("next"), "", None)


def error_of(done: Exchange) -> tuple[str, str] | None:
    """Name and text of the error that a cell ended with."""
    return None if done.error is None else (done.error.ename, done.error.evalue)


@contextmanager
def started(name: str, folder: Path, *options: str, env: Mapping[str, str] | None = None) -> Iterator[Live]:
    """A kernel whose directories are in `folder`. When it has ended, no process of it may be left."""
    if name in ("octave", "gnuplot", "r"):
        needs("R" if name == "r" else name)
    for each in ("home", "tmp", "work"):
        (folder / each).mkdir(parents=True, exist_ok=True)
    environment = {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "JUPYTER_CONFIG_DIR": str(folder / "home" / ".jupyter"),
        "JUPYTER_DATA_DIR": str(folder / "home" / ".local" / "share" / "jupyter"),
        "JUPYTER_PATH": "",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(_ROOT),
        **(env or {}),
    }
    # Without -P: examples.echo is found in this project's folder, which is no place of the environment's.
    argv = [sys.executable, "-m", _PACKAGES[name], "-f", "{connection_file}", *options]
    with KernelProcess(argv, env=environment, cwd=folder / "work") as process, process.client() as client:
        client.patience = LIMIT
        yield Live(name, process, client, folder)
    assert process.leftovers == [], f"processes were left behind: {process.leftovers}"


def _of_module(name: str, places: pytest.TempPathFactory) -> Iterator[Live]:
    with started(name, places.mktemp(name)) as live:
        yield live


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The echo kernel: no asyncio, no language."""
    yield from _of_module("echo", tmp_path_factory)


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The bash kernel."""
    yield from _of_module("bash", tmp_path_factory)


@pytest.fixture(scope="module")
def octave(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The Octave kernel."""
    yield from _of_module("octave", tmp_path_factory)


@pytest.fixture(scope="module", params=KERNELS)
def any_kernel(request: pytest.FixtureRequest) -> Live:
    """Each of the three in turn."""
    live: Live = request.getfixturevalue(request.param)
    return live
