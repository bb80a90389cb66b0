"""usage_request: what the kernel and its children use, told by psutil, by /proc, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from sdk.kernel import usage_proc
from sdk.kernel.usage import Usage, find_source
from sdk.kernel.usage_proc import ProcSource
from sdk.kernel.usage_psutil import PsutilSource
from sdk.kernel.usage_source import ProcessId, Source, Used
from sdk.protocol.control import UsageReply

NOBODY = 65534
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc of Linux")


@pytest.fixture(params=[PsutilSource, pytest.param(ProcSource, marks=needs_proc)])
def source(request: pytest.FixtureRequest) -> Source:
    made: Source = request.param()
    return made


class Given:
    """Figures that a test sets."""

    def __init__(self) -> None:
        self.used: Mapping[ProcessId, Used] = {(1, 0.0): Used(5.0, 100)}
        self.host = (50.0, 1000.0)
        self.time = 100.0

    def processes(self) -> Mapping[ProcessId, Used]:
        return self.used

    def host_cpu(self) -> tuple[float, float]:
        return self.host

    def host_memory(self) -> Mapping[str, Any]:
        return {"total": 1}

    def usage(self) -> Usage:
        return Usage(lambda: self, lambda: self.time)


BUSY = """
import sys, time
while time.process_time() < float(sys.argv[1]):
    pass
memory = bytearray(int(sys.argv[2]))
for place in range(0, len(memory), 1024):
    memory[place] = 1
print("done", flush=True)
sys.stdin.readline()
"""


@contextmanager
def child(seconds: float = 0.0, memory: int = 0) -> Iterator[int]:
    """A child process that has used so many seconds of CPU and has so many bytes; its pid."""
    command = [sys.executable, "-c", BUSY, str(seconds), str(memory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"done\n"
            yield process.pid
        finally:
            process.kill()


# -- arithmetic --------------------------------------------------------------------------------------------------------


def test_the_first_answer_has_no_percentages_to_tell() -> None:
    assert Given().usage().usage() == UsageReply(
        hostname=os.uname().nodename,
        pid=os.getpid(),
        cpu_count=os.cpu_count(),
        kernel_cpu=0.0,
        kernel_memory=100,
        host_virtual_memory={"total": 1},
    )


def test_percentages_are_since_the_last_answer() -> None:
    given = Given()
    usage = given.usage()
    usage.usage()
    given.used, given.host, given.time = {(1, 0.0): Used(6.0, 200)}, (75.0, 1100.0), 110.0
    reply = usage.usage()
    assert (reply.kernel_cpu, reply.kernel_memory, reply.host_cpu_percent) == (10.0, 200, 25.0)
    given.used, given.host, given.time = {(1, 0.0): Used(26.0, 200)}, (175.0, 1200.0), 120.0
    reply = usage.usage()
    assert (reply.kernel_cpu, reply.kernel_memory, reply.host_cpu_percent) == (200.0, 200, 100.0)


def test_a_new_process_counts_with_all_it_has_used_and_one_that_ended_not_at_all() -> None:
    given = Given()
    given.used = {(1, 0.0): Used(5.0, 100), (2, 0.0): Used(50.0, 10)}
    usage = given.usage()
    usage.usage()
    # The pid of the process that ended is used again.
    given.used, given.time = {(1, 0.0): Used(5.0, 100), (2, 105.0): Used(1.0, 30)}, 110.0
    reply = usage.usage()
    assert (reply.kernel_cpu, reply.kernel_memory) == (10.0, 130)


def test_asked_twice_at_once_nothing_is_divided_by_nothing() -> None:
    usage = Given().usage()
    usage.usage()
    reply = usage.usage()
    assert (reply.kernel_cpu, reply.host_cpu_percent) == (0.0, None)


def test_clocks_that_go_back_give_no_negative_figures() -> None:
    given = Given()
    usage = given.usage()
    usage.usage()
    given.used, given.host, given.time = {(1, 0.0): Used(4.0, 100)}, (40.0, 1100.0), 110.0
    reply = usage.usage()
    assert (reply.kernel_cpu, reply.host_cpu_percent) == (0.0, 0.0)


def test_two_usages_remember_each_their_own() -> None:
    given = Given()
    one, other = given.usage(), given.usage()
    one.usage()
    given.used, given.time = {(1, 0.0): Used(6.0, 100)}, 110.0
    other.usage()
    assert one.usage().kernel_cpu == 10.0
    assert other.usage().kernel_cpu == 0.0


# -- real processes ----------------------------------------------------------------------------------------------------


def test_the_cpu_and_memory_of_a_child_are_the_kernels(source: Source) -> None:
    times = iter([100.0, 110.0, 120.0])
    usage = Usage(lambda: source, lambda: next(times))
    alone = usage.usage()
    with child(seconds=0.3, memory=50_000_000):
        together = usage.usage()
    after = usage.usage()
    assert alone.kernel_memory is not None
    assert together.kernel_memory is not None
    assert after.kernel_memory is not None
    assert together.kernel_memory - alone.kernel_memory > 50_000_000
    assert together.kernel_memory - after.kernel_memory > 50_000_000
    assert together.kernel_cpu is not None
    assert together.kernel_cpu >= 3.0 - 0.2  # 0.3 s of 10 s, in ticks of 10 ms


def test_both_sources_see_the_same_processes() -> None:
    before = {pid for pid, _ in ProcSource().processes()}  # other tests may have children of their own
    with child() as pid:
        psutil_sees, proc_sees = PsutilSource().processes(), ProcSource().processes()
    assert pid not in before
    assert os.getpid() in before
    assert {os.getpid(), pid} <= {pid for pid, _ in psutil_sees}
    assert {os.getpid(), pid} <= {pid for pid, _ in proc_sees}


FORKING = """
import os, sys
from sdk.kernel.usage_proc import ProcSource
from sdk.kernel.usage_psutil import PsutilSource
source = {"ProcSource": ProcSource, "PsutilSource": PsutilSource}[sys.argv[1]]()
shared = bytearray(b"x") * 50_000_000
print(sum(used.memory for used in source.processes().values()))
reader, writer = os.pipe()
for _ in range(3):
    if os.fork() == 0:
        os.read(reader, 1)
        os._exit(0)
print(sum(used.memory for used in source.processes().values()))
os.write(writer, b"xxx")
for _ in range(3):
    os.wait()
"""


def test_memory_shared_by_the_kernel_and_its_children_is_counted_once(source: Source) -> None:
    command = [sys.executable, "-c", FORKING, type(source).__name__]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    alone, together = map(int, output.split())
    assert alone > 50_000_000
    assert together - alone < 50_000_000


def test_a_child_that_has_ended_and_is_not_collected_does_no_harm(source: Source) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        processes = source.processes()
    assert processes[next(key for key in processes if key[0] == os.getpid())].memory > 1_000_000
    assert sum(used.memory for key, used in processes.items() if key[0] == process.pid) == 0


def test_a_child_that_ends_while_psutil_looks_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with child() as pid:
        ended = psutil.Process(pid)
    monkeypatch.setattr(psutil.Process, "children", lambda self, recursive: [ended])
    assert [pid for pid, _ in PsutilSource().processes()] == [os.getpid()]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start another user's process")
def test_a_child_of_another_user_counts_with_the_memory_that_may_be_seen(source: Source) -> None:
    with child(memory=10_000_000) as pid:
        os.seteuid(NOBODY)
        try:
            processes = source.processes()
        finally:
            os.seteuid(0)
    assert next(used for key, used in processes.items() if key[0] == pid).memory > 10_000_000


@needs_proc
def test_a_process_that_ends_while_they_are_listed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    names = os.listdir("/proc")
    monkeypatch.setattr(usage_proc.os, "listdir", lambda path: [*names, "99999999"])
    pids = [pid for pid, _ in ProcSource().processes()]
    assert os.getpid() in pids
    assert 99999999 not in pids


@needs_proc
def test_a_name_with_brackets_and_blanks_is_read_past(tmp_path: Path) -> None:
    program = tmp_path / "x) S 1 ("
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        try:
            assert process.pid in [pid for pid, _ in ProcSource().processes()]
        finally:
            process.kill()


def test_the_host_works_and_has_memory(source: Source) -> None:
    worked, possible = source.host_cpu()
    with child(seconds=0.2):
        worked_then, possible_then = source.host_cpu()
    assert worked_then - worked >= 0.1
    assert possible_then - possible >= worked_then - worked
    memory = source.host_memory()
    assert memory["total"] > memory["available"] > 0
    assert memory["total"] > memory["used"] > 0
    assert 0 < memory["percent"] < 100


@needs_proc
def test_proc_tells_what_psutil_tells() -> None:
    ours, theirs = ProcSource().host_memory(), psutil.virtual_memory()._asdict()
    assert ours["total"] == theirs["total"]
    assert ours.keys() < theirs.keys()
    assert ours["available"] == pytest.approx(theirs["available"], rel=0.05)
    ((proc_worked, proc_possible), (worked, possible)) = ProcSource().host_cpu(), PsutilSource().host_cpu()
    assert proc_worked == pytest.approx(worked, rel=0.01, abs=1)
    assert proc_possible == pytest.approx(possible, rel=0.01, abs=1)


# -- which source ------------------------------------------------------------------------------------------------------


def test_psutil_is_asked_where_there_is_one() -> None:
    assert isinstance(find_source(), PsutilSource)


@needs_proc
def test_without_psutil_proc_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    without_psutil(monkeypatch)
    assert isinstance(find_source(), ProcSource)
    memory = Usage().usage().kernel_memory
    assert memory is not None
    assert memory > 1_000_000


def test_without_either_the_process_and_the_host_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without_psutil(monkeypatch)
    exists = os.path.exists
    monkeypatch.setattr(os.path, "exists", lambda path: path != "/proc/self/stat" and exists(path))
    usage = Usage()
    expected = UsageReply(hostname=os.uname().nodename, pid=os.getpid(), cpu_count=os.cpu_count())
    assert usage.usage() == expected
    assert usage.usage() == expected


def without_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    monkeypatch.delitem(sys.modules, "sdk.kernel.usage_psutil")
