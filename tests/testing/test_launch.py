"""Kernels are started in every way that Jupyter has, and leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from pathlib import Path

import pytest

from examples.echo.kernel import EchoKernel
from sdk.errors import ClientError, KernelSpecError
from sdk.protocol.control import ShutdownRequest
from sdk.protocol.message import Channel
from sdk.testing import KernelProcess
from sdk.testing.kernel_class import launch_spec
from sdk.testing.processes import alive, marked
from sdk.testing.spec import LaunchSpec, find_spec
from tests.waiting import until

ECHO = launch_spec(EchoKernel)
# Ignores all that asks it to end, and has a child in a session of its own.
STUBBORN = (
    "import signal, subprocess, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
    "print('up', child.pid, flush=True)\n"
    "time.sleep(600)\n"
)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"transport": "ipc"},
        {"curve": True},
        {"transport": "ipc", "curve": True},
        {"choose_ports": True},
        {"key": ""},
        {"ip": "::1"},
    ],
    ids=str,
)
def test_a_kernel_is_reached_by_every_transport(options: dict[str, str]) -> None:
    with KernelProcess(ECHO, **options) as kernel, kernel.client() as client:
        assert client.execute("hello").text() == "hello"
        assert client.heartbeat()


def test_the_connection_file_is_private_and_goes_with_the_process() -> None:
    with KernelProcess(ECHO) as kernel:
        path = Path(kernel.connection_file)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        pid = kernel.process.pid
    assert not path.parent.exists()
    assert kernel.ended()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_kernel_is_asked_to_end_before_it_is_made_to() -> None:
    with KernelProcess(ECHO) as kernel, kernel.client():
        pass
    assert kernel.process.returncode == 0
    assert kernel.leftovers == []


def test_a_kernel_that_will_not_end_is_ended_with_all_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdk.testing.launch._PATIENCE", (0.1, 0.1, 5.0))
    with KernelProcess([sys.executable, "-c", STUBBORN, "{connection_file}"]) as kernel:
        while not kernel.output().startswith("up"):
            assert not kernel.ended()
        child = int(kernel.output().split()[1])
        until(lambda: child in marked(kernel.mark), "the child has no environment yet")  # until it is another program
        started = marked(kernel.mark)[child]
    assert kernel.process.returncode == -signal.SIGKILL
    assert [left.partition(" ")[0] for left in kernel.leftovers] == [str(child)]
    assert "sleep" in kernel.leftovers[0]
    assert not alive(child, started)


def test_the_kernel_ends_when_a_test_fails() -> None:
    with pytest.raises(ZeroDivisionError), KernelProcess(ECHO) as kernel:
        raise ZeroDivisionError
    assert kernel.ended()


def test_waiting_for_the_end_has_a_limit() -> None:
    with KernelProcess(ECHO) as kernel, kernel.client() as client:
        with pytest.raises(ClientError, match=r"has not ended within 0\.01 s"):
            kernel.wait(timeout=0.01)
        client.send(ShutdownRequest(), Channel.CONTROL)
        assert kernel.wait() == 0


def test_a_process_that_is_not_started_says_so() -> None:
    with pytest.raises(ClientError, match="not started"):
        _ = KernelProcess(ECHO).process


def test_a_kernel_that_writes_no_ports_is_an_error() -> None:
    argv = [sys.executable, "-c", "raise SystemExit('no ports')", "{connection_file}"]
    with pytest.raises(ClientError, match=r"wrote no ports(.|\n)*no ports"), KernelProcess(argv, choose_ports=True):
        pass


def test_a_kernelspec_is_taken_from_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHO", "me")
    fields = {
        "argv": ["python", "-m", "x", "{connection_file}", "{resource_dir}/a"],
        "env": {"NAME": "${WHO}"},
        "interrupt_mode": "message",
        "language": "x",
        "display_name": "X",
    }
    (tmp_path / "kernel.json").write_text(json.dumps(fields))
    spec = find_spec(tmp_path)
    assert spec == LaunchSpec(
        tmp_path.name, tuple(fields["argv"]), {"NAME": "me"}, "message", "x", str(tmp_path), fields
    )
    assert spec.command("/c.json") == [sys.executable, "-m", "x", "/c.json", f"{tmp_path}/a"]


def test_a_kernelspec_is_found_by_the_name_that_jupyter_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kernels" / "mine"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text('{"argv": ["x", "{connection_file}"], "display_name": "X", "language": "x"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert find_spec("mine").directory == str(folder)
    with pytest.raises(KernelSpecError, match="no kernelspec named 'another': `jupyter kernelspec list` shows"):
        find_spec("another")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"argv": 1}', '{"argv": [], "env": 1}'])
def test_a_kernelspec_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "kernel.json").write_text(text)
    with pytest.raises(KernelSpecError, match=r"kernel\.json: not a kernelspec"):
        find_spec(tmp_path)
