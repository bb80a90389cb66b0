"""`HistoryFile`: the SQLite file in which kernels keep their history, each its own session.

The tables are those of IPython's history files, so that its tools read ours. The file is opened for each batch and
closed again: a kernel that sleeps holds nothing, and a file that was deleted or replaced meanwhile is noticed. The
journal is SQLite's ordinary one and not a write-ahead log, which does not work on network file systems.

Nothing here raises for what the disk does. What went wrong is logged once, in words.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from sqlite3 import Connection

T = TypeVar("T")

Cell: TypeAlias = tuple[int, int, str, str | None]
"""Session, line, source, output."""

BUSY = 0.5
"""Seconds to wait for another kernel that is writing."""

_UNQUOTED = frozenset(b"/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
"""Bytes of a path that stand for themselves in a URI."""

_CORRUPT = (11, 26)  # SQLITE_CORRUPT, SQLITE_NOTADB

_TABLES = (
    (
        "CREATE TABLE IF NOT EXISTS sessions "
        "(session INTEGER PRIMARY KEY AUTOINCREMENT, start TIMESTAMP, end TIMESTAMP, num_cmds INTEGER, remark TEXT)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS history "
        "(session INTEGER, line INTEGER, source TEXT, source_raw TEXT, PRIMARY KEY (session, line))"
    ),
    (
        "CREATE TABLE IF NOT EXISTS output_history "
        "(session INTEGER, line INTEGER, output TEXT, PRIMARY KEY (session, line))"
    ),
)


class HistoryFile:
    """One session's view of the file: its own cells are written, those of the others read."""

    def __init__(self, path: str, log: Callable[[str], None]) -> None:
        self.session = 0
        """This session's number in the file; 0 until its first cell is written."""
        self.writable = True
        """Whether the last attempt to write succeeded."""
        self._path = path
        self._log = log
        self._start = ""
        self._said: set[str] = set()

    def write(self, lines: Iterable[int], cells: Mapping[int, str], outputs: Mapping[int, str], *, ended: bool) -> bool:
        """Write the cells with these `lines`, or all when the file does not know this session (any more).

        `ended` writes the session's end too. Returns whether it was done; if not, nothing was written.
        """
        before = self.session, self._start

        def work(connection: Connection) -> bool:
            connection.execute("BEGIN IMMEDIATE")
            for table in _TABLES:
                connection.execute(table)
            wanted = lines
            if not _knows(connection, self.session, self._start):
                wanted, start = cells, _now()
                # Known before it is committed, so that a reader never takes these cells for another session's.
                self.session, self._start = _begin(connection, start), start
            _insert(connection, self.session, wanted, cells, outputs)
            if ended:
                cells_kept = "(SELECT count(*) FROM history WHERE history.session = sessions.session)"
                connection.execute(
                    f"UPDATE sessions SET end = ?, num_cmds = {cells_kept} WHERE session = ?", (_now(), self.session)
                )
            connection.execute("COMMIT")
            return True

        self.writable = self._attempt(work, create=True) or False
        if not self.writable:
            self.session, self._start = before
        return self.writable

    def read(
        self,
        take: Callable[[Iterable[Cell]], list[Cell]],
        where: str = "",
        values: Sequence[Any] = (),
        *,
        raw: bool = True,
        output: bool = False,
    ) -> list[Cell]:
        """What `take` takes of the other sessions' cells, which it gets newest first; of none if they cannot be read.

        `where` is SQL, in which `{source}` stands for the source's column.
        """
        query = cells_of_others(where, raw=raw, output=output)

        def work(connection: Connection) -> list[Cell]:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'history'").fetchone():
                return take(())
            return take(connection.execute(query, (self.session, *values)))

        found = self._attempt(work, create=False)
        return take(()) if found is None else found

    # -- trouble -------------------------------------------------------------------------------------------------------

    def _attempt(self, work: Callable[[Connection], T], *, create: bool) -> T | None:
        """What `work` does with the open file; None when that failed. A corrupt file is replaced once."""
        try:
            import sqlite3  # start-up time: 8 ms, and needed when the first cell has run
        except ImportError as error:
            self.report(f"this Python has no sqlite3 ({error})")
            return None
        for _ in range(2):
            identity = _identity(self._path)
            if identity is None and not create:
                return None
            try:
                return self._with_connection(work, create=create)
            except (OSError, sqlite3.Error) as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _CORRUPT:
                    self.report(str(error))
                    return None
                if not self._move_aside(identity, str(error)):
                    return None
        return None  # corrupt again: that was logged, and the next batch tries again

    def _with_connection(self, work: Callable[[Connection], T], *, create: bool) -> T:
        import sqlite3

        if create:
            _create(self._path)
        connection = sqlite3.connect(
            _address(self._path), uri=True, timeout=BUSY, isolation_level=None, check_same_thread=False
        )
        try:
            connection.text_factory = _decoded
            return work(connection)
        finally:
            connection.close()  # and roll back what was not committed

    def _move_aside(self, identity: object, reason: str) -> bool:
        if _identity(self._path) != identity:
            return True  # another kernel has done it
        aside = f"{self._path}.corrupt-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
        try:
            os.rename(self._path, aside)
            # The journal of a kernel that is writing just now would be played back into the new file.
            if os.path.exists(f"{self._path}-journal"):
                os.rename(f"{self._path}-journal", f"{aside}-journal")
        except OSError as error:
            self.report(f"{reason}, and cannot be moved aside: {error}")
            return False
        self._say(f"history file {self._path}: {reason}; it was moved to {aside} and a new one is begun")
        return True

    def report(self, reason: str) -> None:
        """Log, once, why the file cannot be used."""
        self._say(f"history file {self._path}: {reason}; this session's cells stay in memory until it can be written")

    def _say(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._log(text)


def cells_of_others(where: str, *, raw: bool, output: bool) -> str:
    """SQL for `HistoryFile.read`; its first value is this session's number."""
    source = "source_raw" if raw else "source"
    outputs = " LEFT JOIN output_history USING (session, line)" if output else ""
    return (
        f"SELECT session, line, {source}, {'output' if output else 'NULL'} FROM history{outputs} "
        f"WHERE session != ?{' AND ' + where.format(source=source) if where else ''} "
        "ORDER BY session DESC, line DESC"
    )


def matching(pattern: str, cells: list[Cell]) -> list[Cell]:
    """The cells whose source matches `pattern`, as SQLite's GLOB says, so that kept and unwritten ones match alike."""
    try:
        import sqlite3
    except ImportError:
        from fnmatch import fnmatchcase

        return [cell for cell in cells if fnmatchcase(cell[2], pattern)]
    connection = sqlite3.connect(":memory:")
    try:
        match = connection.execute
        return [cell for cell in cells if match("SELECT ? GLOB ?", (storable(cell[2]), pattern)).fetchone()[0]]
    finally:
        connection.close()


def _create(path: str) -> None:
    if not os.path.exists(path):
        directory = os.path.dirname(path)
        if directory:
            os.makedirs(directory, mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _address(path: str) -> str:
    """The path as SQLite's URI. By hand, because urllib.parse takes half a megabyte of each kernel's memory."""
    quoted = "".join(chr(byte) if byte in _UNQUOTED else f"%{byte:02X}" for byte in os.fsencode(path))
    return f"file:{quoted}?mode=rw"


def _identity(path: str) -> object:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _knows(connection: Connection, session: int, start: str) -> bool:
    found = connection.execute("SELECT 1 FROM sessions WHERE session = ? AND start = ?", (session, start))
    return found.fetchone() is not None


def _begin(connection: Connection, start: str) -> int:
    return connection.execute("INSERT INTO sessions (start, remark) VALUES (?, '')", (start,)).lastrowid or 0


def _insert(
    connection: Connection, session: int, lines: Iterable[int], cells: Mapping[int, str], outputs: Mapping[int, str]
) -> None:
    for line in lines:
        source = storable(cells[line])
        connection.execute("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)", (session, line, source, source))
        if line in outputs:
            output = storable(outputs[line])
            connection.execute("INSERT OR REPLACE INTO output_history VALUES (?, ?, ?)", (session, line, output))
        else:
            connection.execute("DELETE FROM output_history WHERE session = ? AND line = ?", (session, line))


def _now() -> str:
    # Local time in the form in which IPython's tools read it.
    now = time.time_ns()
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(now // 10**9))}.{now // 1000 % 10**6:06d}"


def storable(text: str) -> str:
    """`text` without lone surrogates, which browsers send and SQLite does not take."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")
