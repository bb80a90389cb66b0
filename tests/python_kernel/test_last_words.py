"""A kernel's death leaves an account, which the next kernel of the session shows."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from python_kernel.last_words import remove_orphans
from sdk.protocol.control import ShutdownRequest
from sdk.protocol.message import Channel
from sdk.testing import Client
from sdk.testing.launch import KernelProcess
from tests.python_kernel.conftest import ARGV, kernel_process


def crash_file(process: KernelProcess) -> Path:
    return Path(process.connection_file.removesuffix(".json") + ".crash")


def died_of(tmp_path: Path, code: str | None, **metadata: str) -> str:
    """The first cell's stderr of a kernel whose connection file was that of one that died of `code`, or idle."""
    with kernel_process(tmp_path) as process:
        with process.client() as client:
            client.execute("x = 1")
            if code is None:
                process.process.kill()
            else:
                client.send_execute(code, metadata=metadata)
        process.wait()
        command = [arg.format(connection_file=process.connection_file) for arg in ARGV]
        environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")}
        second = subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)
        try:
            with Client(process.info) as client:
                assert client.execute("1", store_history=False).text("stderr") == ""  # a front-end's own
                text = client.execute("2").text("stderr")
                assert client.execute("3").text("stderr") == ""
                client.request(ShutdownRequest(restart=False), Channel.CONTROL)
            second.wait(10)
        finally:
            second.kill()
            second.wait()
        assert not crash_file(process).exists()
    return text


def test_a_fault_is_told_with_its_cell_and_its_stack(tmp_path: Path) -> None:
    text = died_of(tmp_path, "import ctypes\ndef inner(): ctypes.string_at(0)\ninner()", cellId="the-cell")
    assert "died while it ran cell [2] (id the-cell): import ctypes" in text
    assert "Segmentation fault" in text
    assert "in inner" in text


def test_a_handler_that_the_user_enables_tells_the_same(tmp_path: Path) -> None:
    text = died_of(tmp_path, "import ctypes, faulthandler; faulthandler.enable(); ctypes.string_at(0)")
    assert "Segmentation fault" in text


@pytest.mark.parametrize("code", ["import os; os._exit(3)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
def test_what_leaves_no_stack_is_told_with_its_cell(tmp_path: Path, code: str) -> None:
    text = died_of(tmp_path, code)
    assert f"died while it ran cell [2]: {code}" in text
    assert "killed" in text


def test_a_kernel_that_was_killed_idle_is_told_too(tmp_path: Path) -> None:
    assert "died while no cell ran" in died_of(tmp_path, None)


def test_a_kernel_that_ends_well_leaves_nothing(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        client.execute("1")
        assert crash_file(fresh).exists()
        assert crash_file(fresh).stat().st_mode & 0o777 == 0o600
        client.request(ShutdownRequest(restart=True), Channel.CONTROL)
    fresh.wait()
    assert not crash_file(fresh).exists()


def test_it_may_be_left_off(tmp_path: Path) -> None:
    with kernel_process(tmp_path, argv=[*ARGV, "--PythonKernel.crash_file=False"]) as process, process.client() as one:
        assert one.execute("import faulthandler; faulthandler.is_enabled()").result == {"text/plain": "False"}
        assert not crash_file(process).exists()


def test_what_dead_kernels_have_left_whose_connection_file_is_gone_is_removed(tmp_path: Path) -> None:
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it stays as a corpse until it is waited for
    dead, alive = (f"{pid}".ljust(511).encode() + b"\n" for pid in (process.pid, os.getpid()))
    in_a_cell = f"{process.pid}\t7\t\tx".ljust(511).encode() + b"\n"
    files = {
        "gone.crash": dead,
        "old.crash": in_a_cell,
        "new.crash": in_a_cell,  # there is something to be read in it
        "faulty.crash": dead + b"Segmentation fault",
        "kept.crash": dead,  # its connection file is there: the session's next kernel tells of it
        "kept.json": b"{}",
        "bare.crash": dead,
        "bare": b"{}",
        "alive.crash": alive,
        "other.crash": b"what another program has written",
        "empty.crash": b"",
    }
    (folder := tmp_path / "runtime").mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    os.utime(folder / "old.crash", (1_600_000_000, 1_600_000_000))
    (tmp_path / "word").write_bytes(dead)
    (folder / "link.crash").symlink_to(tmp_path / "word")
    remove_orphans(str(folder))
    left = [*(files.keys() - {"gone.crash", "old.crash"}), "link.crash"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(left)
    process.wait()
    (folder / "gone.crash").write_bytes(dead)
    remove_orphans(str(folder))
    assert sorted(path.name for path in folder.iterdir()) == sorted(left)


def test_a_kernel_removes_what_the_one_before_it_has_left_beside_it(tmp_path: Path) -> None:
    with kernel_process(tmp_path) as process:
        with process.client() as client:
            client.execute("1")
        process.process.kill()
        process.wait()
        left = crash_file(process).rename(Path(process.connection_file).parent / "another.crash")
        command = [arg.format(connection_file=process.connection_file) for arg in ARGV]
        environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")}
        second = subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)
        try:
            with Client(process.info) as client:
                assert client.execute("1").text("stderr") == ""
                assert not left.exists()
                client.request(ShutdownRequest(restart=False), Channel.CONTROL)
            second.wait(10)
        finally:
            second.kill()
            second.wait()
