"""What history_request is answered with; IPython's own reader of such files is the reference."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.history import HistoryAccessor

from sdk.errors import ContentError
from sdk.kernel.history import LONGEST_OUTPUT, LONGEST_PATTERN, TAIL, History
from sdk.kernel.history_file import cells_of_others
from sdk.protocol.shell import HistoryRequest


def ask(history: History, hist_access_type: str, **fields: Any) -> Sequence[Any]:
    return asyncio.run(history.answer(HistoryRequest(hist_access_type, **fields))).history


def a_history(path: Path | None, *cells: str) -> History:
    history = History(str(path) if path else None, no_defer, no_log)
    for line, source in enumerate(cells, 1):
        history.append(line, source)
    return history


def no_defer(callback: Callable[[], None]) -> None:
    """The cells stay unwritten until somebody asks, flushes or closes."""


def no_log(text: str) -> None:
    raise AssertionError(f"nothing should go wrong: {text}")


@pytest.fixture(params=["memory", "file"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "history.sqlite" if request.param == "file" else None


# -- this session ------------------------------------------------------------------------------------------------------


def test_tail_is_the_last_n_in_order(path: Path | None) -> None:
    history = a_history(path, "a", "b", "c")
    assert ask(history, "tail", n=2) == [(1, 2, "b"), (1, 3, "c")]
    assert ask(history, "tail", n=0) == []
    assert ask(history, "tail", n=10**30) == [(1, 1, "a"), (1, 2, "b"), (1, 3, "c")]


def test_tail_without_n_is_ten(path: Path | None) -> None:
    history = a_history(path, *(f"cell {number}" for number in range(1, 21)))
    assert ask(history, "tail") == [(1, line, f"cell {line}") for line in range(21 - TAIL, 21)]


def test_of_a_very_long_session_the_last_cells_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdk.kernel.history.MOST_CELLS", 3)
    history = a_history(tmp_path / "h", "a", "b")
    history.flush()
    for line, source in ((3, "c"), (4, "d"), (5, "e"), (6, "f"), (7, "g")):
        history.append(line, source)  # 3 and 4 are forgotten before they are written
        history.append_output(line, source.upper())
    assert ask(history, "range") == [(1, 5, "e"), (1, 6, "f"), (1, 7, "g")]
    assert ask(history, "range", start=-1, output=True) == [(1, 7, ("g", "G"))]
    assert len(history._cells) == len(history._outputs) == 3
    history.close()
    with sqlite3.connect(tmp_path / "h") as connection:
        assert connection.execute("SELECT num_cmds FROM sessions").fetchone() == (5,)
        assert [line for (line,) in connection.execute("SELECT line FROM history ORDER BY line")] == [1, 2, 5, 6, 7]
    connection.close()


def test_output_comes_beside_its_source(path: Path | None) -> None:
    history = a_history(path, "a", "b")
    history.append_output(2, "B")
    for fields in ({"hist_access_type": "tail"}, {"hist_access_type": "range"}, {"hist_access_type": "search"}):
        assert ask(history, **fields, output=True) == [(1, 1, ("a", None)), (1, 2, ("b", "B"))]


def test_an_output_may_come_after_its_cell_was_written(tmp_path: Path) -> None:
    history = a_history(tmp_path / "h", "a")
    history.flush()
    history.append_output(1, "A")
    history.close()
    assert ask(a_history(tmp_path / "h"), "tail", output=True) == [(1, 1, ("a", "A"))]


def test_output_of_a_cell_that_is_not_kept_is_not_kept(path: Path | None) -> None:
    history = a_history(path, "a")
    history.append_output(7, "lost")
    assert ask(history, "tail", output=True) == [(1, 1, ("a", None))]


def test_a_very_long_output_is_cut(path: Path | None) -> None:
    history = a_history(path, "a", "b")
    history.append_output(1, "x" * LONGEST_OUTPUT)
    history.append_output(2, "x" * (LONGEST_OUTPUT + 1))
    whole, cut = (output for _, _, (_, output) in ask(history, "tail", output=True))
    assert whole == "x" * LONGEST_OUTPUT
    assert cut == "x" * (LONGEST_OUTPUT - 1) + "…"


def test_blank_cells_are_not_kept_and_line_ends_are_cut(path: Path | None) -> None:
    assert ask(a_history(path, "", " \n\t", "a\n\n", "\n b\nc"), "tail") == [(1, 3, "a"), (1, 4, "\n b\nc")]


def test_a_number_used_again_is_the_newer_cell(path: Path | None) -> None:
    history = a_history(path, "a", "b")
    history.append_output(1, "A")
    history.flush()
    history.append(1, "again")
    assert ask(history, "tail", output=True) == [(1, 2, ("b", None)), (1, 1, ("again", None))]


def test_a_number_used_again_leaves_nothing_of_the_older_cell_in_the_file(tmp_path: Path) -> None:
    history = a_history(tmp_path / "h", "a")
    history.append_output(1, "A")
    history.flush()
    history.append(1, "again")
    history.close()
    assert ask(a_history(tmp_path / "h"), "tail", output=True) == [(1, 1, ("again", None))]


@pytest.mark.parametrize(
    ("start", "stop", "lines"),
    [
        (0, None, [1, 2, 3, 5]),
        (None, None, [1, 2, 3, 5]),
        (2, 4, [2, 3]),
        (3, 0, [3, 5]),
        (-1, None, [5]),
        (-3, None, [3, 5]),
        (1, -1, [1, 2, 3]),
        (4, 2, []),
        (6, None, []),
        (-(10**30), 10**30, [1, 2, 3, 5]),
    ],
)
def test_a_range_is_from_start_to_before_stop(
    tmp_path: Path, start: int | None, stop: int | None, lines: list[int]
) -> None:
    cells = ("a", "b", "c", "", "e")
    mine = a_history(tmp_path / "h", *cells)
    expected = [(1, line, cells[line - 1]) for line in lines]
    assert ask(mine, "range", start=start, stop=stop) == expected
    mine.close()
    assert ask(a_history(tmp_path / "h"), "range", session=1, start=start, stop=stop) == expected


def test_a_session_without_cells_has_an_empty_history(path: Path | None) -> None:
    history = a_history(path)
    for access in ("tail", "search", "range"):
        assert ask(history, access) == []


# -- sessions ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def three_sessions(tmp_path: Path) -> Path:
    for session in ("first", "second", "third"):
        a_history(tmp_path / "h", f"{session} a", f"{session} b").close()
    return tmp_path / "h"


@pytest.mark.parametrize(
    ("session", "number"), [(1, 1), (3, 3), (-1, 3), (-3, 1), (-4, None), (5, None), (10**30, None), (-(10**30), None)]
)
@pytest.mark.parametrize("has_a_number", [True, False])
def test_sessions_by_number_and_counted_back(
    three_sessions: Path, session: int, number: int | None, has_a_number: bool
) -> None:
    history = a_history(three_sessions, *(["mine"] if has_a_number else []))
    names = {1: "first", 2: "second", 3: "third"}
    expected = [(number, 1, f"{names[number]} a"), (number, 2, f"{names[number]} b")] if number else []
    assert ask(history, "range", session=session) == expected


@pytest.mark.parametrize("session", [0, None, 4])
def test_this_session_is_0_and_its_number(three_sessions: Path, session: int | None) -> None:
    assert ask(a_history(three_sessions, "mine"), "range", session=session) == [(4, 1, "mine")]


def test_tail_has_this_session_last_even_if_another_is_younger(tmp_path: Path) -> None:
    mine = a_history(tmp_path / "h", "mine 1")
    mine.flush()
    other = a_history(tmp_path / "h", "other 1", "other 2")
    other.flush()
    mine.append(2, "mine 2")
    assert ask(mine, "tail", n=3) == [(2, 2, "other 2"), (1, 1, "mine 1"), (1, 2, "mine 2")]
    assert ask(other, "tail", n=3) == [(1, 2, "mine 2"), (2, 1, "other 1"), (2, 2, "other 2")]


def test_search_is_by_session_and_line(tmp_path: Path) -> None:
    mine = a_history(tmp_path / "h", "mine 1")
    mine.flush()
    a_history(tmp_path / "h", "other 1").close()
    mine.append(2, "mine 2")
    assert ask(mine, "search", pattern="*") == [(1, 1, "mine 1"), (1, 2, "mine 2"), (2, 1, "other 1")]


def test_unique_keeps_the_last_across_sessions(tmp_path: Path) -> None:
    a_history(tmp_path / "h", "ls", "pwd", "ls", "cd").close()
    mine = a_history(tmp_path / "h", "pwd", "make")
    assert ask(mine, "search", unique=True) == [(1, 3, "ls"), (1, 4, "cd"), (2, 1, "pwd"), (2, 2, "make")]
    assert ask(mine, "search", unique=True, n=3) == [(1, 4, "cd"), (2, 1, "pwd"), (2, 2, "make")]


def test_two_kernels_in_memory_share_nothing() -> None:
    one, other = a_history(None, "one"), a_history(None, "other")
    assert ask(one, "tail") == [(1, 1, "one")]
    assert ask(other, "tail") == [(1, 1, "other")]
    assert ask(one, "range", session=-1) == []


@pytest.mark.parametrize(("raw", "expected"), [(True, "%magic"), (False, "run_magic()")])
def test_raw_and_translated_sources_of_a_file_that_has_both(tmp_path: Path, raw: bool, expected: str) -> None:
    a_history(tmp_path / "h", "%magic").close()
    with sqlite3.connect(tmp_path / "h") as connection:
        connection.execute("UPDATE history SET source = 'run_magic()'")
    connection.close()
    history = a_history(tmp_path / "h")
    for access in ("tail", "search"):
        assert ask(history, access, raw=raw) == [(1, 1, expected)]
    assert ask(history, "search", raw=raw, pattern=expected) == [(1, 1, expected)]


# -- searching ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (None, ["echo 1", "echo 12", "ls *", "Ls", "a\nb", "ä[1]"]),
        ("*", ["echo 1", "echo 12", "ls *", "Ls", "a\nb", "ä[1]"]),
        ("echo ?", ["echo 1"]),
        ("echo", []),
        ("*[*]*", ["ls *"]),
        ("[lL]s*", ["ls *", "Ls"]),
        ("[^a-z]*", ["Ls", "ä[1]"]),
        ("a*b", ["a\nb"]),
        ("?[[]1]", ["ä[1]"]),
        ("[unclosed", []),
        ("", []),
        ("'; DROP TABLE history; --", []),
        ("\ud800", []),
    ],
)
def test_patterns_match_alike_before_and_after_writing(tmp_path: Path, pattern: str | None, found: list[str]) -> None:
    cells = ("echo 1", "echo 12", "ls *", "Ls", "a\nb", "ä[1]")
    history = a_history(tmp_path / "h", *cells)
    assert [source for _, _, source in ask(history, "search", pattern=pattern)] == found
    history.close()
    assert [source for _, _, source in ask(a_history(tmp_path / "h"), "search", pattern=pattern)] == found


def test_without_sqlite_this_session_is_searched_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    assert ask(a_history(None, "echo 1", "ls"), "search", pattern="e*?") == [(1, 1, "echo 1")]


texts = st.text(st.sampled_from("ab*\n"), min_size=1, max_size=3).filter(lambda text: text.strip() == text)
sessions_of_cells = st.lists(st.lists(texts, min_size=1, max_size=6), max_size=4)


@settings(max_examples=40, deadline=None)
@given(
    sessions=sessions_of_cells,
    pattern=st.sampled_from(["*", "a*", "*b", "?", "[a]*", "*[*]*"]),
    n=st.none() | st.integers(0, 8),
    unique=st.booleans(),
    output=st.booleans(),
)
def test_search_answers_what_ipython_would(
    sessions: list[list[str]], pattern: str, n: int | None, unique: bool, output: bool
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "history.sqlite"
        for cells in sessions:
            history = a_history(path, *cells)
            history.append_output(1, "result")
            history.close()
        with HistoryAccessor(hist_file=str(path)) as reference:
            expected = list(reference.search(pattern, n=n, unique=unique, output=output))
        assert ask(a_history(path), "search", pattern=pattern, n=n, unique=unique, output=output) == expected


@settings(max_examples=40, deadline=None)
@given(
    sessions=sessions_of_cells,
    session=st.integers(1, 4),
    start=st.integers(0, 7),
    stop=st.none() | st.integers(1, 7),
    n=st.integers(0, 8),
)
def test_tail_and_range_of_old_sessions_answer_what_ipython_would(
    sessions: list[list[str]], session: int, start: int, stop: int | None, n: int
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "history.sqlite"
        for cells in sessions:
            a_history(path, *cells).close()
        with HistoryAccessor(hist_file=str(path)) as reference:
            tail = list(reference.get_tail(n, include_latest=True))
            lines = list(reference.get_range(session, start, stop))
        history = a_history(path)
        assert ask(history, "tail", n=n) == tail
        assert ask(history, "range", session=session, start=start, stop=stop) == lines


@pytest.mark.parametrize("output", [False, True])
@pytest.mark.parametrize("where", ["", "{source} GLOB ?", "session = ?"])
def test_reading_walks_the_index_and_sorts_nothing(tmp_path: Path, where: str, output: bool) -> None:
    a_history(tmp_path / "h", "a").close()
    connection = sqlite3.connect(tmp_path / "h")
    query = cells_of_others(where, raw=True, output=output)
    values = (7, "1") if where else (7,)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", values)]
    connection.close()
    assert "USING INDEX sqlite_autoindex_history_1" in plan[0]
    assert not [step for step in plan if "TEMP B-TREE" in step]
    assert not [step for step in plan[1:] if not step.startswith("SEARCH")]


# -- what cannot be answered -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"hist_access_type": "all"},
            "history_request: hist_access_type must be range, tail, search, not 'all'",
        ),
        ({"hist_access_type": "tail", "n": -1}, "history_request: n must not be negative, not -1"),
        (
            {"hist_access_type": "search", "pattern": "ä" * (LONGEST_PATTERN // 2 + 1)},
            "history_request: pattern must not be longer than 50000 bytes",
        ),
    ],
)
def test_what_is_asked_wrongly_is_refused(path: Path | None, fields: dict[str, Any], message: str) -> None:
    history = a_history(path, "a")
    with pytest.raises(ContentError) as error:
        ask(history, **fields)
    assert str(error.value) == message


def test_the_longest_pattern_is_not_refused(path: Path | None) -> None:
    assert ask(a_history(path, "a"), "search", pattern="a" * LONGEST_PATTERN) == []
