"""Starting, stopping and many cells leave nothing behind: no process, descriptor, file, task or timer."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bash_kernel.conftest import Shell, started
from tests.waiting import seen_soon


def open_descriptors() -> set[str]:
    return {f"{fd}: {os.readlink(f'/proc/self/fd/{fd}')}" for fd in os.listdir("/proc/self/fd") if lives(fd)}


def lives(fd: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{fd}")


def children() -> list[str]:
    found = []
    for thread in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{thread}/children") as file:
            found += file.read().split()
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    return tmp_path


async def at_once(shell: Shell) -> None:
    """Nothing more has happened than the start."""


async def in_a_question(shell: Shell) -> None:
    cell = asyncio.ensure_future(shell.cell("read -p 'q? ' x", []))
    repl = shell.kernel.life.repl
    assert repl is not None
    await seen_soon(lambda: repl.state.name == "WAITING", every=0.001)
    await stopped(shell, cell)


async def in_a_flood(shell: Shell) -> None:
    cell = asyncio.ensure_future(shell.cell("yes", []))
    repl = shell.kernel.life.repl
    assert repl is not None
    await seen_soon(lambda: repl.state.name == "RUNNING", every=0.001)
    await asyncio.sleep(0.01)  # of flood
    await stopped(shell, cell)


async def in_a_snapshot(shell: Shell) -> None:
    shell.kernel.snapshot_after = 0.001
    await shell.cell("list=({1..100000})", [])
    repl = shell.kernel.life.repl
    assert repl is not None
    await seen_soon(lambda: repl.state.name != "IDLE", every=0)


async def between_type_and_start(shell: Shell) -> None:
    cell = asyncio.ensure_future(shell.cell("echo x", []))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await stopped(shell, cell)


async def stopped(shell: Shell, cell: asyncio.Future[Any]) -> None:
    await shell.kernel.stop(restart=False)
    await asyncio.wait([cell], timeout=6)
    assert cell.done()
    cell.exception()


@pytest.mark.parametrize("bring", [at_once, in_a_question, in_a_flood, in_a_snapshot, between_type_and_start])
def test_a_stop_leaves_nothing(folder: Path, bring: Callable[[Shell], Awaitable[None]]) -> None:
    warm = started(folder)  # what is loaded once stays
    warm.close()
    before, kin = open_descriptors(), children()
    shell = started(folder)
    try:
        shell.loop.run_until_complete(asyncio.wait_for(bring(shell), 12))
        shell.do(shell.kernel.stop(restart=False))
        left = [task for task in asyncio.all_tasks(shell.loop) if not task.done()]
        shell.do(asyncio.sleep(0))
        assert [task for task in left if not task.done()] == []
    finally:
        shell.close()
    gc.collect()
    assert open_descriptors() == before
    assert children() == kin
    assert os.listdir(folder / "temporary") == []


def test_a_stop_in_the_middle_of_a_start(folder: Path) -> None:
    kin = children()
    shell = Shell()
    shell.kernel.bashrc = False

    async def cut() -> None:
        start = asyncio.ensure_future(shell.kernel.start())
        await seen_soon(lambda: os.listdir(folder / "temporary"), every=0)
        await asyncio.sleep(0)
        start.cancel()
        await asyncio.wait([start])
        await shell.kernel.stop(restart=False)

    try:
        shell.do(cut())
        assert os.listdir(folder / "temporary") == []
        assert children() == kin
    finally:
        shell.close()


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_many_cells_leave_nothing(folder: Path) -> None:
    shell = started(folder)

    async def cells(count: int) -> None:
        for number in range(count):
            cell = await shell.cell(f"echo {number}; x={number}", [])
            assert cell.text == f"{number}\n"

    try:
        shell.do(cells(300))
        shell.do(asyncio.sleep(0.6))  # timers that nobody waits for any more
        gc.collect()
        descriptors, files, memory = open_descriptors(), os.listdir(shell.kernel.session.path), resident()  # type: ignore[union-attr]
        objects = len(gc.get_objects())
        shell.do(cells(2000))
        shell.do(asyncio.sleep(0.6))  # as above; sooner than the state is saved, a second after a cell
        gc.collect()
        assert open_descriptors() == descriptors
        assert sorted(os.listdir(shell.kernel.session.path)) == sorted(files)  # type: ignore[union-attr]
        assert len(gc.get_objects()) - objects < 1500
        assert resident() - memory < 8 << 20
    finally:
        shell.close()
