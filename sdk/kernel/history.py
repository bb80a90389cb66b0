"""`History`: the cells of this session, and those of earlier ones that a file keeps (spec, "History").

This session is answered from memory, so it answers whatever becomes of the file; of a very long one, the last cells.
Cells are written in batches, on whatever thread `defer` calls; running a cell never waits for the disk. The file itself
is in `history_file.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import chain, islice
from threading import Lock
from typing import Any, ClassVar

from sdk.errors import ContentError
from sdk.kernel.history_file import Cell, HistoryFile, matching, storable
from sdk.protocol.shell import HistoryReply, HistoryRequest

TAIL = 10
"""How many cells a tail request gets that does not say how many."""

PATIENCE = 2.0
"""Seconds to wait for another thread that is writing and may hang, as network file systems do."""

LONGEST_OUTPUT = 65_536
"""Characters of an output that are kept; a longer one is cut and ends in "…"."""

MOST_CELLS = 10_000
"""How many of this session's cells are kept in memory: what runs for months must not grow. The file keeps them all."""

LONGEST_PATTERN = 50_000
"""Bytes; SQLite takes no longer one."""


class History:
    """What was run. `append`, `append_output`, `flush`, `close` and `answer` may be called from any thread."""

    def __init__(
        self, path: str | None, defer: Callable[[Callable[[], None]], None], log: Callable[[str], None]
    ) -> None:
        self._file = HistoryFile(path, log) if path is not None else None
        self._defer = defer
        self._lock = Lock()
        self._writing = Lock()
        self._cells: dict[int, str] = {}
        self._outputs: dict[int, str] = {}
        self._unsaved: dict[int, None] = {}
        self._deferred = False
        self._closed = False

    # -- writing -------------------------------------------------------------------------------------------------------

    def append(self, line: int, source: str) -> None:
        """Keep the cell with the execution count `line`. Blank ones are not kept; a number used again is replaced."""
        source = source.rstrip("\n")
        if not source or source.isspace():
            return
        with self._lock:
            self._cells.pop(line, None)
            self._outputs.pop(line, None)
            self._cells[line] = source
            if len(self._cells) > MOST_CELLS:
                self._forget(next(iter(self._cells)))
            defer = self._note_change(line)
        if defer:
            self._defer(self.flush)

    def append_output(self, line: int, text: str) -> None:
        """Keep what the cell `line` gave, as plain text."""
        if len(text) > LONGEST_OUTPUT:
            text = f"{text[: LONGEST_OUTPUT - 1]}…"
        with self._lock:
            if line not in self._cells:
                return
            self._outputs[line] = text
            defer = self._note_change(line)
        if defer:
            self._defer(self.flush)

    def flush(self) -> None:
        """Write what is not written yet. What cannot be written stays in memory until the next attempt."""
        self._save(ended=False)

    def close(self) -> None:
        """Write the rest and end the session. What comes after is kept in memory alone."""
        with self._lock:
            closed, self._closed = self._closed, True
        if not closed:
            self._save(ended=True)

    def _forget(self, line: int) -> None:
        for kept in (self._cells, self._outputs, self._unsaved):
            kept.pop(line, None)

    def _note_change(self, line: int) -> bool:
        """Whether a flush must be asked for; the lock is held."""
        if self._file is None or self._closed:
            return False
        self._unsaved[line] = None
        deferred, self._deferred = self._deferred, True
        return not deferred

    def _save(self, *, ended: bool) -> None:
        if self._file is None:
            return
        if not self._writing.acquire(timeout=PATIENCE):
            self._file.report("does not answer")
            return
        try:
            with self._lock:
                self._deferred = False
                lines, self._unsaved = self._unsaved, {}
                cells, outputs = self._cells.copy(), self._outputs.copy()
            if not lines and not (ended and self._file.session):
                return
            if not self._file.write(lines, cells, outputs, ended=ended):
                with self._lock:
                    self._unsaved = {line: None for line in lines if line in self._cells} | self._unsaved
        finally:
            self._writing.release()

    # -- answering -----------------------------------------------------------------------------------------------------

    async def answer(self, request: HistoryRequest) -> HistoryReply:
        """Answer a history_request. Raises ContentError for an unknown `hist_access_type` or a negative `n`."""
        access = self._ACCESS.get(request.hist_access_type)
        if access is None:
            raise ContentError(
                f"history_request: hist_access_type must be {', '.join(self._ACCESS)}, "
                f"not {request.hist_access_type!r:.60}"
            )
        if request.n is not None and request.n < 0:
            raise ContentError(f"history_request: n must not be negative, not {request.n}")
        if self._file is not None and self._file.writable:
            self.flush()  # so that this session has its number
        cells = access(self, request)
        if request.output:
            return HistoryReply([(session, line, (source, output)) for session, line, source, output in cells])
        return HistoryReply([(session, line, source) for session, line, source, _ in cells])

    def _tail(self, request: HistoryRequest) -> list[Cell]:
        """The last `n`: this session's before those of others, which may be younger."""
        n = TAIL if request.n is None else min(request.n, sys.maxsize)
        mine = self._mine()[::-1]
        newest_first = self._read(lambda others: list(islice(chain(mine, others), n)), request)
        return newest_first[::-1]

    def _search(self, request: HistoryRequest) -> list[Cell]:
        """All that match, by session and line; the last `n` of them. Of equal ones (`unique`) the last counts."""
        n = sys.maxsize if request.n is None else min(request.n, sys.maxsize)
        pattern = storable("*" if request.pattern is None else request.pattern)
        if len(pattern.encode()) > LONGEST_PATTERN:
            raise ContentError(f"history_request: pattern must not be longer than {LONGEST_PATTERN} bytes")
        mine = matching(pattern, self._mine()[::-1])
        select = _without_repetition if request.unique else iter

        def take(others: Iterable[Cell]) -> list[Cell]:
            everything = merge(mine, others, key=_place, reverse=True)
            return list(islice(select(everything), n))

        return self._read(take, request, "{source} GLOB ?", (pattern,))[::-1]

    def _range(self, request: HistoryRequest) -> list[Cell]:
        """The lines from `start` to before `stop` of one session; negative ones count from its end."""
        session = request.session or 0
        number = self._number()
        if session in (0, number):
            return _lines(self._mine(), request)
        if abs(session) > sys.maxsize:
            return []
        if session > 0:
            where, values = "session = ?", (session,)
        elif number:
            where, values = "session = ?", (number + session,)
        else:
            where, values = "session = (SELECT max(session) FROM sessions) + 1 + ?", (session,)
        return _lines(self._read(list, request, where, values)[::-1], request)

    _ACCESS: ClassVar[Mapping[str, Callable[[History, HistoryRequest], list[Cell]]]] = {
        "range": _range,
        "tail": _tail,
        "search": _search,
    }

    def _number(self) -> int:
        """This session's number; 0, which always means this session, until the file has given it one."""
        return 1 if self._file is None else self._file.session

    def _mine(self) -> list[Cell]:
        number = self._number()
        with self._lock:
            return [(number, line, source, self._outputs.get(line)) for line, source in self._cells.items()]

    def _read(
        self,
        take: Callable[[Iterable[Cell]], list[Cell]],
        request: HistoryRequest,
        where: str = "",
        values: Sequence[Any] = (),
    ) -> list[Cell]:
        if self._file is None:
            return take(())
        return self._file.read(take, where, values, raw=request.raw, output=request.output)


def _place(cell: Cell) -> tuple[float, int]:
    return cell[0] or float("inf"), cell[1]


def _without_repetition(cells: Iterable[Cell]) -> Iterator[Cell]:
    seen: set[str] = set()
    for cell in cells:
        if cell[2] not in seen:
            seen.add(cell[2])
            yield cell


def _lines(cells: list[Cell], request: HistoryRequest) -> list[Cell]:
    end = cells[-1][1] + 1 if cells else 0
    start, stop = request.start or 0, request.stop or end
    start = start + end if start < 0 else start
    stop = stop + end if stop < 0 else stop
    return [cell for cell in cells if start <= cell[1] < stop]
