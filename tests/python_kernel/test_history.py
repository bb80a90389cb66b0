"""History: kept by IPython, shared between kernels of a profile, never in a cell's way."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import IPython

from sdk.protocol.control import ShutdownRequest
from sdk.protocol.message import Channel
from sdk.protocol.shell import HistoryRequest
from sdk.testing import Client, KernelProcess
from tests.python_kernel.conftest import ARGV, kernel_process


def history(client: Client, **fields: Any) -> Sequence[Any]:
    reply: Any = client.request(HistoryRequest(**fields)).reply
    entries: Sequence[Any] = reply.content.history
    return entries


def shut_down(process: KernelProcess, client: Client) -> None:
    client.request(ShutdownRequest(restart=False), Channel.CONTROL)
    assert process.wait() == 0


def test_tail_range_and_search(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        for code in ("first = 1", "second = 2", "first", "hidden"):
            client.execute(code, store_history=code != "hidden")
        tail = history(client, hist_access_type="tail", n=2)
        assert [tuple(entry[1:]) for entry in tail] == [(2, "second = 2"), (3, "first")]
        session = tail[0][0]
        assert session > 0
        assert history(client, hist_access_type="range", session=session, start=1, stop=2) == [
            [session, 1, "first = 1"]
        ]
        assert history(client, hist_access_type="range", session=0, start=3, stop=4, output=True) == [
            [0, 3, ["first", "1"]]
        ]
        found = history(client, hist_access_type="search", pattern="*first*")
        assert [tuple(entry[1:]) for entry in found] == [(1, "first = 1"), (3, "first")]


def test_what_was_run_is_there_in_the_next_kernel(tmp_path: Path) -> None:
    for number in (1, 2):
        with kernel_process(tmp_path) as process, process.client() as client:
            client.execute(f"kernel_number = {number}")
            if number == 2:
                found = history(client, hist_access_type="search", pattern="kernel_number*")
                assert [entry[2] for entry in found] == ["kernel_number = 1", "kernel_number = 2"]
            shut_down(process, client)
    with sqlite3.connect(tmp_path / "ipython/profile_default/history.sqlite") as database:
        rows = database.execute("select session, line, source_raw from history order by session, line").fetchall()
        ended = database.execute("select count(*) from sessions where end is not null").fetchone()
    database.close()
    assert rows == [(1, 1, "kernel_number = 1"), (2, 1, "kernel_number = 2")]
    assert ended == (2,)


SLOW = """
import sqlite3, threading
opening = threading.Event()
def slowly(opening, closed, connect):  # names of its own: the user's are gone at the end
    class Slow(sqlite3.Connection):
        def execute(self, *args):
            if not opening.is_set():
                opening.set()
                closed.wait(1)
            return super().execute(*args)
        def close(self):
            closed.set()
            super().close()
    return lambda *args, **options: connect(*args, **{**options, 'factory': Slow})
sqlite3.connect = slowly(opening, threading.Event(), sqlite3.connect)
"""


def test_a_kernel_that_ends_while_its_history_is_being_opened_writes_it(tmp_path: Path) -> None:
    with kernel_process(tmp_path) as process, process.client() as client:
        client.execute(SLOW)
        assert client.execute("opening.wait(10)").result == {"text/plain": "True"}
        shut_down(process, client)
    with closing(sqlite3.connect(tmp_path / "ipython/profile_default/history.sqlite")) as database:
        rows = database.execute("select line, source_raw from history order by line").fetchall()
        ended = database.execute("select count(*) from sessions where end is not null").fetchone()
    assert rows == [(1, SLOW.rstrip()), (2, "opening.wait(10)")]
    assert ended == (1,)


def test_a_kernel_that_keeps_nothing_touches_no_database(tmp_path: Path) -> None:
    with kernel_process(tmp_path) as process, process.client() as client:
        loaded = client.execute("import sys; 'sqlite3' in sys.modules", store_history=False).result
        assert loaded == {"text/plain": "False"} or IPython.version_info < (9, 18)
        shut_down(process, client)
    assert not (tmp_path / "ipython/profile_default/history.sqlite").exists()


def test_a_running_kernel_writes_by_itself(fresh: KernelProcess, tmp_path: Path) -> None:
    with fresh.client() as client:
        client.execute("written = 1")
        code = """
import asyncio, sqlite3
found, waited = [], 0
while not found and waited < 20:
    await asyncio.sleep(0.1)
    waited += 0.1
    with sqlite3.connect(get_ipython().history_manager.hist_file) as database:
        try:
            found = database.execute("select source_raw from history where line = 1").fetchall()
        except sqlite3.OperationalError:
            pass
    database.close()
found
"""
        assert client.execute(code, timeout=30).result == {"text/plain": "[('written = 1',)]"}


def test_a_file_that_is_no_database_harms_no_cell(tmp_path: Path) -> None:
    profile = tmp_path / "ipython/profile_default"
    profile.mkdir(parents=True)
    (profile / "history.sqlite").write_bytes(b"this is no database" * 100)
    with kernel_process(tmp_path) as process, process.client() as client:
        assert client.execute("1 + 1").result == {"text/plain": "2"}
        tail = history(client, hist_access_type="tail", n=5)
        assert [entry[2] for entry in tail] == ["1 + 1"]
        shut_down(process, client)


def test_history_in_memory_as_nbclient_wants_it(tmp_path: Path) -> None:
    argv = [*ARGV, "--HistoryManager.hist_file=:memory:"]
    with kernel_process(tmp_path, argv=argv) as process, process.client() as client:
        client.execute("kept = 1")
        assert [entry[2] for entry in history(client, hist_access_type="tail", n=5)] == ["kept = 1"]
        shut_down(process, client)
    assert not (tmp_path / "ipython/profile_default/history.sqlite").exists()


TABLES = """
CREATE TABLE sessions (session integer primary key autoincrement, start timestamp, end timestamp, num_cmds integer,
                       remark text);
CREATE TABLE history (session integer, line integer, source text, source_raw text, PRIMARY KEY (session, line));
CREATE TABLE output_history (session integer, line integer, output text, PRIMARY KEY (session, line));
"""
FULL = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY));"


def others(folder: Path) -> Path:
    """A database with a cell of another session."""
    path = folder / "ipython/profile_default/history.sqlite"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(TABLES)
        database.execute("insert into sessions (start) values ('2020-01-01 00:00:00')")
        database.executemany("insert into history values (1, ?, ?, ?)", [(n, "old", "old " * 20) for n in range(2000)])
    return path


def test_a_locked_database_stays_where_it_is_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    path = others(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as another:
        another.execute("begin exclusive")
        with kernel_process(tmp_path) as process, process.client() as client:
            assert client.execute("1 + 1").result == {"text/plain": "2"}
            assert [entry[2] for entry in history(client, hist_access_type="tail", n=5)] == ["1 + 1"]
            assert client.execute("2 + 2").result == {"text/plain": "4"}
            shut_down(process, client)
        another.execute("rollback")
        assert another.execute("select count(*) from history").fetchone() == (2000,)
    assert [file.name for file in path.parent.glob("history*")] == ["history.sqlite"]


def test_cells_that_come_while_the_database_is_locked_are_written_later(tmp_path: Path) -> None:
    path = others(tmp_path)
    with kernel_process(tmp_path) as process, process.client() as client:
        client.execute("first = 1")
        assert history(client, hist_access_type="tail", n=1)[0][2] == "first = 1"
        with closing(sqlite3.connect(path, isolation_level=None)) as another:
            another.execute("begin immediate")
            client.execute("second = 2")
            client.execute("get_ipython().history_manager.writeout_cache()", store_history=False)
            another.execute("rollback")
        shut_down(process, client)
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("select source_raw from history where session = 2 order by line").fetchall()
    assert rows == [("first = 1",), ("second = 2",)]


def test_a_full_disk_costs_no_cell_and_no_history(tmp_path: Path) -> None:
    path = others(tmp_path)
    with kernel_process(tmp_path) as process, process.client() as client:
        client.execute(FULL, store_history=False)
        assert client.execute("1 + 1").result == {"text/plain": "2"}
        assert [entry[2] for entry in history(client, hist_access_type="tail", n=1)] == ["1 + 1"]
        shut_down(process, client)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("select count(*) from history").fetchone() == (2000,)


def test_a_disk_that_becomes_full_costs_no_cell_and_no_history(tmp_path: Path) -> None:
    path = others(tmp_path)
    with kernel_process(tmp_path) as process, process.client() as client:
        client.execute("first = 1")
        history(client, hist_access_type="tail", n=1)
        client.execute(FULL, store_history=False)
        assert client.execute("1 + 1").result == {"text/plain": "2"}
        assert client.request(HistoryRequest(hist_access_type="tail", n=1)).status == "ok"
        shut_down(process, client)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("select count(*) from history where session = 1").fetchone() == (2000,)


def test_a_damaged_database_is_put_aside(tmp_path: Path) -> None:
    path = others(tmp_path)
    data = bytearray(path.read_bytes())
    data[4096 : len(data) // 2] = bytes(len(data) // 2 - 4096)
    path.write_bytes(data)
    with kernel_process(tmp_path) as process, process.client() as client:
        assert client.execute("1 + 1").result == {"text/plain": "2"}
        assert [entry[2] for entry in history(client, hist_access_type="tail", n=5)] == ["1 + 1"]
        shut_down(process, client)
    (aside,) = path.parent.glob("history*-*")
    assert aside.read_bytes() == bytes(data)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("select source_raw from history").fetchall() == [("1 + 1",)]


def test_a_home_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    nowhere = {"IPYTHONDIR": "/proc/self/nowhere", "HOME": "/proc/self/nowhere"}
    with kernel_process(tmp_path, env=nowhere) as process, process.client() as client:
        assert client.execute("1 + 1").result == {"text/plain": "2"}
        assert [entry[2] for entry in history(client, hist_access_type="tail", n=5)] == ["1 + 1"]
        shut_down(process, client)
