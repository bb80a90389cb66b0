"""ipykernel's own tests, run against our Python kernel and its served API, and against ipykernel for comparison.

They come from its source distribution and run in an environment of their own: nothing of it is kept here. Its tests
start the kernel named python3, so that name is given to our kernel by a kernelspec before all others.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import install

VERSION = "7.4.0"
NEEDS = ["pytest<10", "pytest-asyncio", "pytest-timeout", "pytest-cov", "flaky", "psutil", "trio", "matplotlib"]
OURS = ["ipython>=9.0", "matplotlib-inline", "debugpy", "pexpect", "pygments", "comm"]
FILES = ["test_debugger.py", "test_kernel.py", "test_async.py", "test_subshells.py", "test_message_spec.py"]
ROOT = Path(__file__).parents[2]

EXCEPTIONS: Mapping[str, str] = {
    "test_message_spec.py::test_non_execute_stop_on_error": (
        "sends kernel_info, comm_info and inspect behind a cell that sleeps for half a second, and takes the first "
        "reply to be the cell's; here they are answered at once, so that nobody takes a busy kernel for a dead one "
        "(behind a cell that ends within 10 ms replies keep their order). The replies that it leaves would be taken "
        "for their own by the tests after it: so it is not run"
    ),
}
"""What ipykernel passes and our kernel need not, with the reason. These tests are not run against ours."""

API_FILES = [
    "inprocess",
    "test_comm.py",
    "test_connect.py",
    "test_displayhook.py",
    "test_embed_kernel.py",
    "test_heartbeat.py",
    "test_io.py",
    "test_ipkernel_direct.py",
    "test_jsonutil.py",
    "test_kernel_direct.py",
    "test_kernelspec.py",
    "test_parentpoller.py",
    "test_start_kernel.py",
    "test_zmq_shell.py",
]
"""Those that import ipykernel's modules. Not here: test_kernelapp and test_curve bind sockets by methods of the
application, which the SDK does without one; test_eventloop and test_matplotlib_eventloops need a display, and `%gui`
has tests of its own; test_debugger is for what speaks to debugpy."""

_BINDS = "binds sockets by a method of the application or of the heartbeat: here the SDK binds them"
_FORK_PIPE = (
    "looks into the thread and the pipes by which ipykernel publishes: here any thread sends, and children write"
)
API_EXCEPTIONS: Mapping[str, str] = {
    **{
        f"test_connect.py::test_port_bind_failure_{what}": _BINDS for what in ("raises", "recovery", "gives_up_retries")
    },
    **{
        f"test_heartbeat.py::test_port_bind_{what}": _BINDS
        for what in ("success", "failure_raises", "failure_recovery", "failure_gives_up_retries")
    },
    "test_embed_kernel.py::test_embed_kernel_func": (
        "stops tornado's loop under the kernel; here a user's loop.stop() ends no kernel, but exit_now and shutdown do"
    ),
    "test_io.py::test_io_thread": _FORK_PIPE,
    "test_io.py::test_event_pipe_gc": _FORK_PIPE,
    "test_io.py::test_outstream": f"{_FORK_PIPE} to descriptors 1 and 2",
    "test_io.py::test_echo_watch": "a stream of the user's own that captures a descriptor: here the kernel's alone do",
    "test_ipkernel_direct.py::test_direct_execute_request": (
        "expects a cell to be aborted that is sent after another has failed: here only those are that had come by then"
    ),
    "test_kernel_direct.py::test_usage_request_without_psutil": "replaces psutil in ipykernel.kernelbase",
    "test_kernel_direct.py::test_child_process_fallbacks_without_psutil": "likewise",
    "test_zmq_shell.py::ZMQDisplayPublisherTests::test_display_stored_in_history": (
        "counts the cells of a mock as they are counted while no cell runs"
    ),
}
"""What ipykernel passes and the served API need not, with the reason. These tests are not run against ours."""

_SERVING = "from python_kernel.serving import serve; serve()"

_RESULT = re.compile(r"^tests/(\S+?\.py::\S+) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)", re.MULTILINE)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tests in `source` and an interpreter in `bin`."""
    folder = tmp_path_factory.mktemp("ipykernel")
    run([sys.executable, "-m", "venv", str(folder / "venv")])
    python = folder / "venv" / "bin" / "python"
    install(python, f"ipykernel=={VERSION}", *NEEDS, *OURS)
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "--retries=1", "--timeout=20"]
    run([*pip, "download", "--no-deps", "--no-binary=ipykernel", f"ipykernel=={VERSION}", "-d", str(folder)])
    with tarfile.open(next(folder.glob("ipykernel-*.tar.gz"))) as archive:
        archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    kernelspec = folder / "jupyter" / "kernels" / "python3"
    kernelspec.mkdir(parents=True)
    document = {
        "argv": [str(python), "-P", "-m", "python_kernel", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "env": {"PYTHONPATH": str(ROOT)},
    }
    (kernelspec / "kernel.json").write_text(json.dumps(document))
    return folder


def run(
    command: list[str], *, check: bool = True, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command; its output is text, with what it wrote to stderr in it."""
    return subprocess.run(
        command,
        check=check,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=900,
    )


def results(
    environment: Path, without: Collection[str] = (), files: Collection[str] = FILES, **env: str
) -> tuple[dict[str, str], str]:
    """test -> how it ended, and all that was printed. A test that is repeated counts as it ended last."""
    folder = environment / f"run-{len(files)}-{len(env)}"
    folder.mkdir()
    options = ["-p", "no:cacheprovider", "-v", "--tb=short", "--color=no", "--timeout=60"]
    options += ["-o", "asyncio_default_fixture_loop_scope=function"]
    options += [f"--deselect=tests/{name}" for name in without]
    done = run(
        [str(environment / "venv/bin/python"), "-m", "pytest", *options, *(f"tests/{name}" for name in files)],
        check=False,
        cwd=environment / f"ipykernel-{VERSION}",
        env={"IPYTHONDIR": str(folder / "ipython"), "TMPDIR": str(folder), **env},
    )
    found = dict(_RESULT.findall(done.stdout))
    assert len(found) > 50, done.stdout[-3000:]
    return found, done.stdout


@pytest.mark.timeout(900)
def test_our_kernel_passes_what_ipykernel_passes(environment: Path) -> None:
    with ThreadPoolExecutor() as pool:  # the tests mostly wait
        both = (
            pool.submit(results, environment),
            pool.submit(results, environment, EXCEPTIONS.keys(), JUPYTER_PATH=str(environment / "jupyter")),
        )
        (theirs, _), (ours, printed) = (one.result() for one in both)
    passed = {name for name, result in theirs.items() if result == "PASSED"}
    lacking = {name for name in passed if ours.get(name) != "PASSED"}
    assert lacking - EXCEPTIONS.keys() == set(), printed[-10_000:]


@pytest.mark.timeout(900)
def test_the_served_api_passes_what_ipykernel_passes(environment: Path) -> None:
    serving = environment / "serving"
    serving.mkdir()
    (serving / "sitecustomize.py").write_text(_SERVING)
    path = os.pathsep.join((str(serving), str(ROOT)))
    with ThreadPoolExecutor() as pool:
        both = (
            pool.submit(results, environment, API_EXCEPTIONS.keys(), API_FILES),
            pool.submit(results, environment, API_EXCEPTIONS.keys(), API_FILES, PYTHONPATH=path),
        )
        (theirs, _), (ours, printed) = (one.result() for one in both)
    passed = {name for name, result in theirs.items() if result == "PASSED"}
    assert {name for name in passed if ours.get(name) != "PASSED"} == set(), printed[-10_000:]
