"""What the user's code started is ended with the kernel; what is not of its process group is left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.testing import KernelProcess
from tests.transport.kernels import cells
from tests.waiting import until

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc"), reason="this system has no /proc")

LIMIT = 20.0
FAMILY = """
import os, subprocess, sys
from sdk.transport.children import end_children
def child(code):
    process = subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE, text=True)
    return [int(part) for part in process.stdout.readline().split()]
{code}
print(*pids, flush=True)
sys.stdin.readline()
end_children()
print("ended", flush=True)
sys.stdin.readline()
"""
OBEDIENT = "pids = child('import os, time; print(os.getpid(), flush=True); time.sleep(1000)')"
IGNORING = (
    "pids = child('import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print(os.getpid(), flush=True); time.sleep(1000)')"
)
GRANDCHILD = (
    "pids = child('import os, subprocess, sys, time; "
    'p = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(1000)"]); '
    "print(os.getpid(), p.pid, flush=True); time.sleep(1000)')"
)
ORPHAN = (
    "pids = child('import os, subprocess, sys; "
    'p = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(1000)"], stdout=2); '
    "print(p.pid, flush=True)')"
)
STOPPED = OBEDIENT + "\nos.kill(pids[0], 19)"
NONE = "pids = []"
ENDED = "pids = child('import os; print(os.getpid(), flush=True)')"


class Family:
    """A process that starts others and ends them when told to."""

    def __init__(self, code: str, *, leads: bool = True) -> None:
        argv = [sys.executable, "-c", FAMILY.format(code=code)]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=leads
        )
        assert self.process.stdout is not None
        assert self.process.stdin is not None
        self.pids = [int(word) for word in self.process.stdout.readline().split()]

    def end_children(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ended\n"

    def close(self) -> None:
        for pid in self.pids:
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.communicate("\n\n", timeout=LIMIT)


@pytest.fixture
def families() -> Iterator[list[Family]]:
    """Closed at the end, whatever is in it."""
    these: list[Family] = []
    try:
        yield these
    finally:
        for family in these:
            family.close()


def is_gone(pid: int) -> bool:
    """Whether there is no such process, or it is a corpse."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


@pytest.mark.parametrize(
    "code",
    [
        OBEDIENT,
        IGNORING,
        GRANDCHILD,
        ORPHAN,
        STOPPED,
        ENDED,
        NONE,
        f"{OBEDIENT}\nothers = pids\n{IGNORING}\npids += others",
    ],
    ids=["obedient", "ignoring SIGTERM", "grandchild", "orphan", "stopped", "ended", "none", "several"],
)
def test_all_processes_of_the_group_are_ended(families: list[Family], code: str) -> None:
    family = Family(code)
    families.append(family)
    if code not in (ENDED, NONE):
        assert not any(is_gone(pid) for pid in family.pids)
    family.end_children()
    assert all(is_gone(pid) for pid in family.pids)
    assert family.process.poll() is None  # not itself


def test_a_process_that_does_not_lead_its_group_ends_nobody(families: list[Family]) -> None:
    family = Family(OBEDIENT, leads=False)  # the group is pytest's
    families.append(family)
    family.end_children()
    assert not is_gone(family.pids[0])


def test_a_process_in_a_session_of_its_own_is_left_alone(families: list[Family]) -> None:
    code = "p = subprocess.Popen(['sleep', '1000'], stdout=subprocess.DEVNULL, start_new_session=True)\npids = [p.pid]"
    family = Family(code)
    families.append(family)
    family.end_children()
    assert not is_gone(family.pids[0])


# -- whole kernels -----------------------------------------------------------------------------------------------------

START = "import subprocess, sys\np = subprocess.Popen({argv!r})\np.pid"


def started(kernel: KernelProcess, argv: list[str]) -> int:
    with kernel.client() as client:
        result = client.execute(START.format(argv=argv)).result
    assert result is not None
    return int(result["text/plain"])


def wait_until_gone(pid: int) -> None:
    until(lambda: is_gone(pid), f"{pid} still runs")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_kernel_that_is_told_to_end_ends_what_its_cells_started(number: signal.Signals) -> None:
    with cells() as kernel:
        pid = started(kernel, ["sleep", "1000"])
        assert not is_gone(pid)
        kernel.process.send_signal(number)
        kernel.wait()
        assert is_gone(pid)


def test_a_program_that_its_author_meant_to_outlive_the_kernel_does() -> None:
    """`setsid` and `nohup` are for that."""
    with cells() as kernel:
        pid = started(kernel, ["setsid", "sleep", "1000"])
        try:
            kernel.process.terminate()
            kernel.wait()
            assert not is_gone(pid)
        finally:
            os.kill(pid, signal.SIGKILL)
            wait_until_gone(pid)
