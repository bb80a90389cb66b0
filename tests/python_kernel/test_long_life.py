"""A day's worth of cells in one kernel: what it holds is what the user has made, and nothing is left open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from sdk.protocol.comm import CommClose, CommMsg, CommOpen
from sdk.protocol.iopub import DisplayData
from sdk.protocol.shell import CommInfoRequest, CompleteRequest, InspectRequest
from sdk.testing import Client, KernelProcess
from tests.python_kernel.conftest import kernel_process

WARM_UP = 300  # cells after which everything that is loaded when first needed is there
CELLS = (
    "x = {n}",
    "print({n})",
    "def f(a):\n    return [a] * 10\ny = f({n})",
    "{n} + 1",
    "await asyncio.sleep(0)",
    "for n in range(5): print(n, flush=True)",
    "display(HTML('<b>{n}</b>'))",
    "raise ValueError({n})",
    "import sys; print({n}, file=sys.stderr)",
    "z = {{'a': x}}; z;",
    "%xmode Context\nclass C:\n    pass\nc = C()",
    "task = asyncio.create_task(asyncio.sleep(0)); await task",
    "with open('scratch.txt', 'w') as file: file.write('{n}')",
    "shown = display({n}, display_id=True); shown.update(0); del shown",
)
PLOT = "figure, axes = plt.subplots(figsize=(2, 2))\naxes.plot([1, {n}]);"
WIDGET = """
slider = widgets.IntSlider(value=3)
slider.observe(lambda change: print('moved to', change['new']), 'value')
display(slider)
"""
COUNT = "import gc as _gc; [_gc.collect() for _ in range(3)]; len(_gc.get_objects())"
LONG = [pytest.mark.soak, pytest.mark.timeout(3600)]


@dataclass(frozen=True)
class Held:
    """What a kernel holds."""

    objects: int
    """Those that the collector knows: not the texts of In."""
    memory: int
    """Bytes."""
    descriptors: tuple[str, ...]
    """What they lead to; without those of its profile, where the history is written now and then."""
    threads: int
    files: tuple[str, ...]
    """In its temporary folder, and the notebook's."""


class Measured:
    """A kernel, and what it holds."""

    def __init__(self, kernel: KernelProcess, client: Client, folder: Path) -> None:
        self.client = client
        self._process = psutil.Process(kernel.process.pid)
        self._folder = folder

    def held(self) -> Held:
        """What it holds now."""
        return Held(
            int(self.client.execute(COUNT).result["text/plain"]),
            self._process.memory_info().rss,
            tuple(sorted(name for name in self._open() if "/profile_default" not in name)),
            self._process.num_threads(),
            tuple(sorted(str(path) for name in ("tmp", "here") for path in (self._folder / name).rglob("*"))),
        )

    def _open(self) -> Iterator[str]:
        for entry in Path(f"/proc/{self._process.pid}/fd").iterdir():
            with suppress(OSError):
                yield str(entry.readlink())

    def history(self) -> int:
        """How often it has its history open: to read, to write, and what SQLite adds while it writes."""
        return len([name for name in self._open() if "/history.sqlite" in name])

    def children(self) -> list[psutil.Process]:
        """The processes that it has started."""
        return list(self._process.children(recursive=True))


pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system has no /proc")


@pytest.fixture
def measured(tmp_path: Path) -> Iterator[Measured]:
    (tmp_path / "tmp").mkdir()
    with kernel_process(tmp_path, env={"TMPDIR": str(tmp_path / "tmp")}) as process, process.client() as client:
        client.patience = 60
        client.execute("import asyncio\nfrom IPython.display import HTML, display")
        yield Measured(process, client, tmp_path)


def run_cells(client: Client, begin: int, end: int) -> None:
    for number in range(begin, end):
        code = CELLS[number % len(CELLS)].format(n=number)
        exchange = client.execute(code)
        assert exchange.status == ("error" if code.startswith("raise") else "ok"), exchange.error
        if number % 50 == 0:
            assert "print" in client.request(CompleteRequest("prin", 4)).reply.content.matches
            client.request(InspectRequest("f", 1))


@pytest.mark.parametrize("cells", [1_000, pytest.param(50_000, marks=LONG)])
def test_what_a_kernel_holds_does_not_grow_with_its_cells(measured: Measured, cells: int) -> None:
    run_cells(measured.client, 0, WARM_UP)
    before = measured.held()
    run_cells(measured.client, WARM_UP, WARM_UP + cells)
    after = measured.held()
    report(before, after, cells)
    # What is kept for tracebacks, %notebook and history: each cell's lines, what it printed, the trees of failed ones.
    assert after.objects - before.objects < 1_000 + 10 * cells
    assert after.memory - before.memory < 8_000_000 + 3_000 * cells
    assert_nothing_left(measured, before, after)


@pytest.mark.parametrize("times", [20, pytest.param(2_000, marks=LONG)])
def test_what_a_kernel_holds_does_not_grow_with_plots_and_widgets(measured: Measured, times: int) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("ipywidgets")
    client = measured.client
    assert client.execute("import matplotlib.pyplot as plt, ipywidgets as widgets").status == "ok"
    run_pictures(client, 15)
    before = measured.held()
    run_pictures(client, times)
    after = measured.held()
    report(before, after, 2 * times)
    assert client.request(CommInfoRequest()).reply.content.comms == {}
    assert client.execute("plt.get_fignums(), len(widgets.Widget.widgets)").result == {"text/plain": "([], 0)"}
    assert after.objects - before.objects < 500 + 4 * times  # the lines of each cell, for tracebacks
    assert after.memory - before.memory < 30_000_000
    assert_nothing_left(measured, before, after)


def assert_nothing_left(measured: Measured, before: Held, after: Held) -> None:
    """The thread that completes while a cell runs may have begun meanwhile: one, with the descriptors of its loop."""
    assert after.threads - before.threads in (0, 1)
    more = len(after.descriptors) - len(before.descriptors)
    assert more in ((0,) if after.threads == before.threads else (3, 4)), (before.descriptors, after.descriptors)
    assert measured.history() <= 4
    assert after.files == before.files
    assert measured.children() == []


def run_pictures(client: Client, times: int) -> None:
    for number in range(times):
        shown = client.execute(PLOT.format(n=number)).outputs()
        assert [set(one.data) for one in shown if isinstance(one, DisplayData)] == [{"text/plain", "image/png"}]
        opened = [one for one in client.execute(WIDGET).contents() if isinstance(one, CommOpen)]
        (slider,) = (one.comm_id for one in opened if one.data["state"]["_model_name"] == "IntSliderModel")
        header = client.send(CommMsg(slider, {"method": "update", "state": {"value": 7}, "buffer_paths": []}))
        client.wait_for(
            lambda message, header=header: (
                message.parent_header is not None
                and message.parent_header.msg_id == header.msg_id
                and getattr(message.content, "text", "") == "moved to 7\n"
            )
        )
        closed = client.execute("widgets.Widget.close_all(); del slider").contents()
        assert len([one for one in closed if isinstance(one, CommClose)]) == len(opened)
        client.take(lambda channel, message: True)


def report(before: Held, after: Held, cells: int) -> None:
    """What `pytest -s` shows."""
    objects, memory = after.objects - before.objects, after.memory - before.memory
    print(f"\n{cells} cells in process {os.getpid()}: {objects:+} objects, {memory / 1e6:+.1f} MB", end=" ")
    print(f"({memory / cells:.0f} bytes a cell), {len(after.descriptors)} descriptors, {after.threads} threads")
