"""The history's file: shared, private, and never in the way, whatever the disk does."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from sdk.kernel import history as history_module
from sdk.kernel import history_file
from sdk.kernel.history import History
from sdk.protocol.shell import HistoryRequest

NOBODY = 65534


class Recorder:
    """A history and what it asked for: deferred flushes and log lines."""

    def __init__(self, path: Path) -> None:
        self.deferred: list[Callable[[], None]] = []
        self.logged: list[str] = []
        self.history = History(str(path), self.deferred.append, self.logged.append)

    def run_deferred(self) -> None:
        callbacks, self.deferred[:] = self.deferred.copy(), []
        for callback in callbacks:
            callback()


def ask(history: History, hist_access_type: str = "tail", **fields: Any) -> Sequence[Any]:
    return asyncio.run(history.answer(HistoryRequest(hist_access_type, **fields))).history


def rows(path: Path, query: str = "SELECT session, line, source FROM history ORDER BY session, line") -> list[Any]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


@contextmanager
def python(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A second process; it is killed when it has not ended by then."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)
    assert process.returncode == 0


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write everywhere: be somebody else for a while."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A directory into which other users may look; pytest's own are closed to them."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        path.chmod(0o755)
        yield path


LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN " + sys.argv[2])
print("locked", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
"""


# -- batches -----------------------------------------------------------------------------------------------------------


def test_cells_are_written_in_batches_and_not_before(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "h")
    for line in (1, 2, 3):
        recorder.history.append(line, f"cell {line}")
    assert len(recorder.deferred) == 1
    assert not (tmp_path / "h").exists()
    recorder.run_deferred()
    assert rows(tmp_path / "h") == [(1, 1, "cell 1"), (1, 2, "cell 2"), (1, 3, "cell 3")]
    recorder.history.append_output(3, "three")
    recorder.history.append(4, "cell 4")
    assert len(recorder.deferred) == 1
    recorder.run_deferred()
    assert rows(tmp_path / "h")[-1] == (1, 4, "cell 4")
    assert rows(tmp_path / "h", "SELECT * FROM output_history") == [(1, 3, "three")]
    assert recorder.logged == []


def test_a_session_in_memory_asks_for_no_flush(tmp_path: Path) -> None:
    deferred: list[Callable[[], None]] = []
    history = History(None, deferred.append, deferred.append)
    history.append(1, "a")
    history.flush()
    history.close()
    assert deferred == []


def test_a_session_without_cells_touches_no_disk(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "h")
    assert ask(recorder.history) == []
    recorder.history.flush()
    recorder.history.close()
    assert list(tmp_path.iterdir()) == []
    assert recorder.logged == []


def test_closing_writes_the_rest_and_the_end_of_the_session_once(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "h")
    recorder.history.append(1, "a")
    recorder.history.append(2, "b")
    recorder.history.close()
    ended = rows(tmp_path / "h", "SELECT session, num_cmds, end >= start, remark FROM sessions")
    assert ended == [(1, 2, 1, "")]
    first_end = rows(tmp_path / "h", "SELECT end FROM sessions")
    recorder.history.close()
    assert rows(tmp_path / "h", "SELECT end FROM sessions") == first_end


def test_a_session_whose_cells_are_all_written_gets_its_end_too(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "h")
    recorder.history.append(1, "a")
    recorder.history.flush()
    assert rows(tmp_path / "h", "SELECT end IS NULL FROM sessions") == [(1,)]
    recorder.history.close()
    assert rows(tmp_path / "h", "SELECT end IS NULL FROM sessions") == [(0,)]


def test_what_comes_after_the_end_is_kept_in_memory_alone(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "h")
    recorder.history.append(1, "a")
    recorder.history.close()
    recorder.deferred.clear()
    recorder.history.append(2, "b")
    assert recorder.deferred == []
    assert ask(recorder.history) == [(1, 1, "a"), (1, 2, "b")]
    assert rows(tmp_path / "h") == [(1, 1, "a")]


def test_text_that_no_encoding_knows_is_written_as_near_as_can_be(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "h")
    recorder.history.append(1, "lone \ud83d surrogate")
    recorder.history.append(2, "nul \0 byte ä")
    recorder.history.append_output(2, "\udc80")
    recorder.history.close()
    assert rows(tmp_path / "h") == [(1, 1, "lone ? surrogate"), (1, 2, "nul \0 byte ä")]
    assert ask(recorder.history, "search", pattern="lone*") == [(1, 1, "lone \ud83d surrogate")]
    assert recorder.logged == []


def test_bytes_of_another_program_that_are_no_text_are_read_as_near_as_can_be(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "h")
    recorder.history.append(1, "a")
    recorder.history.close()
    connection = sqlite3.connect(tmp_path / "h")
    connection.execute("UPDATE history SET source_raw = CAST(x'61ff62' AS TEXT)")
    connection.commit()
    connection.close()
    assert ask(Recorder(tmp_path / "h").history) == [(1, 1, "a\N{REPLACEMENT CHARACTER}b")]


# -- the place ---------------------------------------------------------------------------------------------------------


def test_directory_and_file_are_made_and_nobody_elses_business(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "too" / "a name?with#signs%20 ä.sqlite"
    before = os.umask(0)
    try:
        recorder = Recorder(path)
        recorder.history.append(1, "a")
        recorder.history.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert rows(path) == [(1, 1, "a")]


def test_a_path_without_directory_is_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    recorder = Recorder(Path("h"))
    recorder.history.append(1, "a")
    recorder.history.close()
    assert rows(tmp_path / "h") == [(1, 1, "a")]


def test_ipythons_own_reader_reads_it(tmp_path: Path) -> None:
    from IPython.core.history import HistoryAccessor

    recorder = Recorder(tmp_path / "h")
    recorder.history.append(1, "a")
    recorder.history.close()
    with HistoryAccessor(hist_file=str(tmp_path / "h")) as accessor:
        session, start, ended, count, remark = accessor.get_session_info(1)
        assert (session, count, remark) == (1, 1, "")
        assert ended is not None
        assert start <= ended
        assert list(accessor.get_tail(1, include_latest=True)) == [(1, 1, "a")]


WRITER = """
import sys
from sdk.kernel import history_file
from sdk.kernel.history import History
history_file.BUSY = 60  # the machine may be busy too
failures = []
history = History(sys.argv[1], lambda flush: None, failures.append)
for line in range(1, 41):
    history.append(line, f"{sys.argv[2]} {line}")
    if line % 10 == 0:  # each is two waits for a disk that may be busy
        history.flush()
history.close()
sys.exit("\\n".join(failures) or 0)
"""


def test_kernels_that_write_at_once_have_each_their_session(tmp_path: Path) -> None:
    names = ["one", "two", "three", "four"]
    with ExitStack() as stack:
        for process in [stack.enter_context(python(WRITER, tmp_path / "h", name)) for name in names]:
            end(process)
    found: dict[int, list[str]] = {}
    for session, _, source in rows(tmp_path / "h"):
        found.setdefault(session, []).append(source)
    assert sorted(found) == [1, 2, 3, 4]
    assert sorted(found.values()) == sorted([f"{name} {line}" for line in range(1, 41)] for name in names)


def test_writing_loads_sqlite_and_nothing_else_that_is_large(tmp_path: Path) -> None:
    code = """
import sys
from sdk.kernel.history import History
import sqlite3
before = set(sys.modules)
history = History(sys.argv[1], lambda flush: None, print)
history.append(1, "a")
history.close()
print(*sorted(set(sys.modules) - before))
"""
    with python(code, tmp_path / "h") as process:
        assert line_of(process) == ""
        end(process)
    assert rows(tmp_path / "h") == [(1, 1, "a")]


# -- locked ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_locked_file_costs_no_cell_and_one_log_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lock: str
) -> None:
    path = tmp_path / "h"
    old = Recorder(path)
    old.history.append(1, "old")
    old.history.close()
    monkeypatch.setattr(history_file, "BUSY", 0.01)
    recorder = Recorder(path)
    recorder.history.append(1, "before")
    recorder.run_deferred()
    with python(LOCK, path, lock) as locker:
        assert line_of(locker) == "locked"
        for line in (2, 3):
            recorder.history.append(line, f"while {line}")
            assert len(recorder.deferred) == 1
            recorder.run_deferred()
        others = [(1, 1, "old")] if lock == "IMMEDIATE" else []  # who waits to write lets others read
        mine = [(2, 1, "before"), (2, 2, "while 2"), (2, 3, "while 3")]
        assert ask(recorder.history) == others + mine
        assert ask(recorder.history, "search", pattern="while*") == mine[1:]
        assert ask(recorder.history, "range", session=0) == mine
        assert recorder.logged == [
            f"history file {path}: database is locked; this session's cells stay in memory until it can be written"
        ]
        end(locker)
    recorder.history.append(4, "after")
    recorder.run_deferred()
    assert rows(path) == [(1, 1, "old"), *mine, (2, 4, "after")]
    assert len(recorder.logged) == 1


def test_an_answer_does_not_wait_for_a_file_that_was_locked_a_moment_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(tmp_path / "h")
    attempts: list[int] = []
    write = history_file.HistoryFile.write

    def counted(file: history_file.HistoryFile, *values: Any, **options: Any) -> bool:
        attempts.append(1)
        return write(file, *values, **options)

    monkeypatch.setattr(history_file.HistoryFile, "write", counted)
    monkeypatch.setattr(history_file, "BUSY", 0.01)
    recorder.history.append(1, "a")
    recorder.run_deferred()
    with python(LOCK, tmp_path / "h", "IMMEDIATE") as locker:
        assert line_of(locker) == "locked"
        recorder.history.append(2, "b")
        for _ in range(3):
            assert ask(recorder.history) == [(1, 1, "a"), (1, 2, "b")]
        assert len(attempts) == 2
        recorder.deferred.clear()
        recorder.history.append(3, "c")
        recorder.run_deferred()
        assert len(attempts) == 3
        end(locker)


def test_the_end_of_the_session_is_the_last_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "h"
    recorder = Recorder(path)
    recorder.history.append(1, "a")
    recorder.history.flush()
    monkeypatch.setattr(history_file, "BUSY", 0.01)
    with python(LOCK, path, "EXCLUSIVE") as locker:
        assert line_of(locker) == "locked"
        recorder.history.append(2, "b")
        recorder.run_deferred()
        end(locker)
    recorder.history.close()
    assert rows(path) == [(1, 1, "a"), (1, 2, "b")]


def test_cells_without_a_session_number_are_this_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "h"
    old = Recorder(path)
    old.history.append(1, "old")
    old.history.close()
    monkeypatch.setattr(history_file, "BUSY", 0.01)
    with python(LOCK, path, "IMMEDIATE") as locker:
        assert line_of(locker) == "locked"
        recorder = Recorder(path)
        recorder.history.append(1, "mine")
        assert ask(recorder.history) == [(1, 1, "old"), (0, 1, "mine")]
        assert ask(recorder.history, "search") == [(1, 1, "old"), (0, 1, "mine")]
        assert ask(recorder.history, "range", session=0) == [(0, 1, "mine")]
        assert ask(recorder.history, "range", session=-1) == [(1, 1, "old")]
        assert ask(recorder.history, "range", session=1) == [(1, 1, "old")]
        end(locker)


def test_closing_waits_for_the_batch_that_is_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "h"
    Recorder(path).history.close()
    monkeypatch.setattr(history_file, "BUSY", 60.0)
    monkeypatch.setattr(history_module, "PATIENCE", 60.0)
    with python(LOCK, path, "EXCLUSIVE") as locker:
        assert line_of(locker) == "locked"
        recorder = Recorder(path)
        recorder.history.append(1, "a")
        writer, closer = Thread(target=recorder.history.flush), Thread(target=recorder.history.close)
        writer.start()
        while not recorder.history._writing.locked():
            pass
        closer.start()
        end(locker)
        closer.join(60)
        assert rows(path, "SELECT line, source FROM history") == [(1, "a")]
        assert rows(path, "SELECT num_cmds FROM sessions") == [(1,)]
        writer.join(60)
    assert recorder.logged == []


def test_a_writer_that_hangs_is_not_waited_for_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "PATIENCE", 0.01)
    recorder = Recorder(tmp_path / "h")
    recorder.history.append(1, "a")
    with recorder.history._writing:  # what a write on a dead network file system looks like from here
        recorder.history.close()
        assert recorder.logged == [
            (
                f"history file {tmp_path / 'h'}: does not answer; "
                "this session's cells stay in memory until it can be written"
            )
        ]
        assert ask(recorder.history) == [(0, 1, "a")]
    recorder.history.flush()
    assert rows(tmp_path / "h") == [(1, 1, "a")]


# -- corrupt, deleted, replaced ----------------------------------------------------------------------------------------


def corrupt_copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.corrupt-*"))


def damage(path: Path) -> bytes:
    """All pages but the first become nonsense."""
    damaged = bytearray(path.read_bytes())
    damaged[4096:] = b"\xa5" * (len(damaged) - 4096)
    path.write_bytes(damaged)
    return bytes(damaged)


def test_a_file_that_is_no_database_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    path.write_bytes(b"this is a diary, not a database\n" * 100)
    recorder = Recorder(path)
    recorder.history.append(1, "a")
    recorder.run_deferred()
    assert rows(path) == [(1, 1, "a")]
    (aside,) = corrupt_copies(path)
    assert aside.read_bytes().startswith(b"this is a diary")
    assert recorder.logged == [
        f"history file {path}: file is not a database; it was moved to {aside} and a new one is begun"
    ]


def test_a_damaged_database_is_moved_aside_and_this_session_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    recorder = Recorder(path)
    for line in range(1, 201):
        recorder.history.append(line, f"cell {line} {'x' * 200}")
    recorder.history.flush()
    damaged = damage(path)
    recorder.history.append(201, "after")
    recorder.run_deferred()
    (aside, *_) = corrupt_copies(path)
    assert aside.read_bytes() == damaged
    assert [line for _, line, _ in rows(path)] == list(range(1, 202))
    assert len(recorder.logged) == 1
    assert f"moved to {aside}" in recorder.logged[0]


def test_a_corrupt_file_is_noticed_by_reading_too(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    recorder = Recorder(path)
    recorder.history.append(1, "a")
    recorder.history.flush()
    path.write_bytes(b"not a database, either\n" * 100)
    assert ask(recorder.history) == [(1, 1, "a")]
    assert len(corrupt_copies(path)) == 1
    assert not path.exists()
    recorder.history.append(2, "b")
    recorder.run_deferred()
    assert rows(path) == [(1, 1, "a"), (1, 2, "b")]
    assert len(recorder.logged) == 1


WRITING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE history SET source_raw = 'half'")
print("writing", flush=True)
sys.stdin.readline()
"""


def test_the_journal_of_a_kernel_that_writes_into_a_corrupt_file_goes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    recorder = Recorder(path)
    for line in range(1, 201):
        recorder.history.append(line, f"cell {line} {'x' * 200}")
    recorder.history.flush()
    with python(WRITING, path) as writer:
        assert line_of(writer) == "writing"
        damage(path)
        assert len(ask(recorder.history, "search")) == 200
        (aside, journal) = corrupt_copies(path)
        assert journal.name == f"{aside.name}-journal"
        assert list(tmp_path.iterdir()) == [aside, journal] or list(tmp_path.iterdir()) == [journal, aside]
        recorder.history.append(201, "after")
        recorder.run_deferred()
        end(writer)
    assert [line for _, line, _ in rows(path)] == list(range(1, 202))
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_what_another_kernel_has_begun_anew_is_not_moved_aside_again(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    path.write_bytes(b"not a database\n" * 100)
    logged: list[str] = []
    file = history_file.HistoryFile(str(path), logged.append)
    other = Recorder(path)
    other.history.append(1, "other's")

    def while_we_look(connection: sqlite3.Connection) -> int:
        if not other.logged:
            other.history.flush()  # finds it corrupt at the same time, and is quicker
        return len(connection.execute("SELECT * FROM history").fetchall())

    assert file._attempt(while_we_look, create=False) == 1
    assert len(corrupt_copies(path)) == 1
    assert logged == []
    assert len(other.logged) == 1


def test_a_corrupt_file_that_cannot_be_moved_stays_and_costs_nothing(open_path: Path) -> None:
    path = open_path / "h.sqlite"
    path.write_bytes(b"not a database\n" * 100)
    path.chmod(0o666)
    open_path.chmod(0o555)
    recorder = Recorder(path)
    try:
        with unprivileged():
            recorder.history.append(1, "a")
            recorder.run_deferred()
            assert ask(recorder.history) == [(0, 1, "a")]
    finally:
        open_path.chmod(0o755)
    assert len(recorder.logged) == 1
    assert "file is not a database, and cannot be moved aside: [Errno 13] Permission denied" in recorder.logged[0]
    assert corrupt_copies(path) == []


def test_a_file_that_is_corrupt_again_at_once_is_given_up_for_this_batch(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    logged: list[str] = []
    file = history_file.HistoryFile(str(path), logged.append)

    def spoil(connection: sqlite3.Connection) -> None:
        path.write_bytes(b"not a database\n" * 100)
        connection.execute("SELECT * FROM history")

    assert file._attempt(spoil, create=True) is None
    assert len(logged) >= 1


def test_a_deleted_file_gets_the_whole_session_again(tmp_path: Path) -> None:
    path = tmp_path / "h"
    recorder = Recorder(path)
    recorder.history.append(1, "a")
    recorder.history.append_output(1, "A")
    recorder.history.flush()
    path.unlink()
    assert ask(recorder.history) == [(1, 1, "a")]
    recorder.history.append(2, "b")
    recorder.run_deferred()
    assert rows(path) == [(1, 1, "a"), (1, 2, "b")]
    assert rows(path, "SELECT * FROM output_history") == [(1, 1, "A")]
    assert recorder.logged == []


def test_in_a_file_that_was_replaced_the_session_gets_another_number(tmp_path: Path) -> None:
    path = tmp_path / "h"
    recorder = Recorder(path)
    recorder.history.append(1, "mine")
    recorder.history.flush()
    path.unlink()
    other = Recorder(path)
    other.history.append(1, "other's")
    other.history.flush()
    recorder.history.append(2, "mine too")
    recorder.run_deferred()
    assert rows(path) == [(1, 1, "other's"), (2, 1, "mine"), (2, 2, "mine too")]
    assert ask(recorder.history) == [(1, 1, "other's"), (2, 1, "mine"), (2, 2, "mine too")]


def test_an_empty_file_is_begun(tmp_path: Path) -> None:
    (tmp_path / "h").touch()
    assert ask(Recorder(tmp_path / "h").history) == []
    recorder = Recorder(tmp_path / "h")
    recorder.history.append(1, "a")
    assert ask(recorder.history) == [(1, 1, "a")]
    assert rows(tmp_path / "h") == [(1, 1, "a")]


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "h")
    connection.execute("CREATE TABLE history (url TEXT)")
    connection.close()
    recorder = Recorder(tmp_path / "h")
    recorder.history.append(1, "a")
    recorder.run_deferred()
    assert ask(recorder.history) == [(0, 1, "a")]
    assert rows(tmp_path / "h", "SELECT name FROM sqlite_master") == [("history",)]
    assert corrupt_copies(tmp_path / "h") == []
    assert any("table history has 1 column" in line for line in recorder.logged)


# -- no room, no right, no place ---------------------------------------------------------------------------------------


def assert_answers_from_memory(recorder: Recorder, cells: int) -> None:
    expected = [(0, line, f"cell {line}") for line in range(1, cells + 1)]
    assert ask(recorder.history, n=cells) == expected
    assert ask(recorder.history, "search") == expected
    assert ask(recorder.history, "range") == expected


def test_a_directory_in_the_files_place(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    recorder.history.append(1, "cell 1")
    recorder.run_deferred()
    assert_answers_from_memory(recorder, 1)
    recorder.history.close()
    assert recorder.logged == [
        (
            f"history file {tmp_path}: unable to open database file; "
            "this session's cells stay in memory until it can be written"
        )
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_directorys_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recorder = Recorder(tmp_path / "file" / "h")
    recorder.history.append(1, "cell 1")
    recorder.run_deferred()
    assert_answers_from_memory(recorder, 1)
    (line,) = recorder.logged
    assert line.startswith(f"history file {tmp_path / 'file' / 'h'}: [Errno ")


def test_a_directory_where_nothing_may_be_made(open_path: Path) -> None:
    open_path.chmod(0o555)
    recorder = Recorder(open_path / "h")
    try:
        with unprivileged():
            recorder.history.append(1, "cell 1")
            recorder.run_deferred()
            assert_answers_from_memory(recorder, 1)
            recorder.history.close()
    finally:
        open_path.chmod(0o755)
    (line,) = recorder.logged
    assert "Permission denied" in line


def test_a_file_that_may_only_be_read_still_tells_of_older_sessions(open_path: Path) -> None:
    path = open_path / "h"
    old = Recorder(path)
    old.history.append(1, "old")
    old.history.close()
    path.chmod(0o444)
    open_path.chmod(0o555)
    recorder = Recorder(path)
    try:
        with unprivileged():
            recorder.history.append(1, "mine")
            recorder.run_deferred()
            assert ask(recorder.history) == [(1, 1, "old"), (0, 1, "mine")]
            recorder.history.close()
    finally:
        open_path.chmod(0o755)
    assert recorder.logged == [
        (
            f"history file {path}: attempt to write a readonly database; "
            "this session's cells stay in memory until it can be written"
        )
    ]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a disk of its own")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    path = small_disk / "h"
    recorder = Recorder(path)
    recorder.history.append(1, "cell 1")
    recorder.run_deferred()
    room = (small_disk / "other").open("wb", buffering=0)
    with room, pytest.raises(OSError, match="No space left"):
        while True:
            room.write(b"x" * 1024)
    for line in range(2, 102):
        recorder.history.append(line, f"cell {line}")
        recorder.history.append_output(line, "x" * 500)
        recorder.run_deferred()
    expected = [(1, line, f"cell {line}") for line in range(1, 102)]
    assert ask(recorder.history, n=1000) == expected
    assert len(recorder.logged) == 1
    assert "full" in recorder.logged[0] or "disk I/O error" in recorder.logged[0]
    (small_disk / "other").unlink()
    for line in range(2, 102):
        recorder.history.append_output(line, "")
    recorder.history.close()
    assert rows(path) == expected
    assert len(recorder.logged) == 1


LIMITED = """
import sys, resource
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
from sdk.kernel.history import History
from sdk.protocol.shell import HistoryRequest
import asyncio
logged = []
history = History(sys.argv[1], lambda flush: flush(), logged.append)
for line in range(1, 101):
    history.append(line, f"cell {line} " + "x" * 1000)
reply = asyncio.run(history.answer(HistoryRequest("tail", n=1000)))
history.close()
assert [line for _, line, _ in reply.history] == list(range(1, 101)), reply.history
assert len(logged) == 1, logged
print(logged[0], flush=True)
"""


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    with python(LIMITED, tmp_path / "h") as process:
        assert line_of(process).startswith(f"history file {tmp_path / 'h'}: ")
        end(process)
    written = rows(tmp_path / "h")
    assert rows(tmp_path / "h", "PRAGMA integrity_check") == [("ok",)]
    assert 0 < len(written) < 100
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 60_000


def test_a_python_without_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    recorder = Recorder(tmp_path / "h")
    recorder.history.append(1, "cell 1")
    recorder.run_deferred()
    assert_answers_from_memory(recorder, 1)
    recorder.history.close()
    (line,) = recorder.logged
    assert "this Python has no sqlite3" in line
    assert list(tmp_path.iterdir()) == []


# -- killed ------------------------------------------------------------------------------------------------------------

ENDLESS = """
import sys
from sdk.kernel.history import History
history = History(sys.argv[1], lambda flush: None, print)
line = 0
while True:
    for _ in range(20):
        line += 1
        history.append(line, f"cell {line} " + "x" * 500)
    history.flush()
    print(line, flush=True)
"""


def test_a_kernel_that_is_killed_while_it_writes_leaves_all_that_it_had_written(tmp_path: Path) -> None:
    path = tmp_path / "h"
    expected: list[int] = []
    for _ in range(4):
        with python(ENDLESS, path) as process:
            for _ in range(10):
                assert int(line_of(process)) > 0
            process.kill()
            assert process.stdout is not None
            expected.append(max(200, *(int(line) for line in process.stdout.read().split() or ["0"])))
    recorder = Recorder(path)
    recorder.history.append(1, "the next kernel")
    recorder.run_deferred()
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    written = dict(rows(path, "SELECT session, count(*) FROM history GROUP BY session"))
    assert sorted(written) == [1, 2, 3, 4, 5]
    for session, lines in enumerate(expected, 1):
        assert written[session] - lines in (0, 20)  # the last batch may have been written and not been told of
    assert ask(recorder.history, n=1) == [(5, 1, "the next kernel")]
    assert recorder.logged == []


HALF_WRITTEN = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE history SET source_raw = 'half', source = 'half'")
connection.executemany("INSERT INTO history VALUES (9, ?, 'half', ?)", [(line, "x" * 1000) for line in range(500)])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_kernel_had_half_written_is_undone(tmp_path: Path) -> None:
    path = tmp_path / "h"
    old = Recorder(path)
    old.history.append(1, "old")
    old.history.close()
    with python(HALF_WRITTEN, path) as process:
        process.wait(60)
    assert Path(f"{path}-journal").stat().st_size > 0
    assert path.stat().st_size > 100_000  # it is half written
    recorder = Recorder(path)
    assert ask(recorder.history) == [(1, 1, "old")]
    recorder.history.append(1, "new")
    recorder.history.close()
    assert rows(path) == [(1, 1, "old"), (2, 1, "new")]
    assert recorder.logged == []


# -- threads -----------------------------------------------------------------------------------------------------------


def test_cells_that_come_while_others_are_written_and_read_are_neither_lost_nor_doubled(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "h")
    done = Event()
    answers: list[Sequence[Any]] = []

    def write() -> None:
        while not done.is_set():
            recorder.history.flush()

    def read() -> None:
        while not done.is_set():
            answers.append(ask(recorder.history, "search"))

    threads = [Thread(target=write), Thread(target=read)]
    for thread in threads:
        thread.start()
    try:
        for line in range(1, 301):
            recorder.history.append(line, f"cell {line}")
    finally:
        done.set()
        for thread in threads:
            thread.join(60)
    recorder.history.close()
    assert [line for _, line, _ in rows(tmp_path / "h")] == list(range(1, 301))
    assert all([line for _, line, _ in answer] == list(range(1, len(answer) + 1)) for answer in answers)
    assert recorder.logged == []
