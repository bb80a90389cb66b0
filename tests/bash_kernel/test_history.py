"""Earlier cells: over sessions by history_request, and this session's by bash's own `history` and `fc`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sdk.protocol.shell import HistoryRequest
from tests.bash_kernel.live import Live


def asked(live: Live, access: str, **fields: Any) -> list[tuple[int, int, str]]:
    reply = live.client.request(HistoryRequest(access, **fields)).reply.content.to_fields()
    assert reply["status"] == "ok"
    return [tuple(entry) for entry in reply["history"]]


@pytest.fixture
def second_session(tmp_path: Path) -> Iterator[Live]:
    """A kernel of a user who has run cells in an earlier one."""
    environment = {"JUPYTER_DATA_DIR": str(tmp_path / "data")}
    with Live(tmp_path, env=environment) as first:
        for code in ("echo one", "ls | cat\necho two", "echo one", "false"):
            first.run(code)
    with Live(tmp_path, env=environment) as second:
        second.run("echo three")
        yield second


def test_cells_of_earlier_sessions_are_found(second_session: Live) -> None:
    live = second_session
    earlier = ["echo one", "ls | cat\necho two", "echo one", "false"]
    assert [code for _, _, code in asked(live, "tail", n=10)] == [*earlier, "echo three"]
    assert [code for _, _, code in asked(live, "tail", n=2)] == ["false", "echo three"]
    assert [code for _, _, code in asked(live, "search", pattern="echo*", n=10)] == [
        "echo one",
        "echo one",
        "echo three",
    ]
    unique = asked(live, "search", pattern="*one*", n=10, unique=True)
    assert [code for _, _, code in unique] == ["echo one"]
    assert [code for _, _, code in asked(live, "search", pattern="*|*two", n=10)] == ["ls | cat\necho two"]
    assert [entry[1:] for entry in asked(live, "range", session=-1, start=2, stop=4)] == [
        (2, "ls | cat\necho two"),
        (3, "echo one"),
    ]


def test_bashs_own_history_has_this_sessions_cells(second_session: Live) -> None:
    live = second_session
    live.run("for x in 1; do\n    echo $x\ndone")
    live.run("echo silent", None)
    assert live.run("history").text == (
        "    1  echo three\n    2  for x in 1; do\n    echo $x\ndone\n    3  echo silent\n    4  history\n"
    )
    assert live.run("fc -ln -4 -3").text.split("\n")[0].strip() == "for x in 1; do"
    assert live.run("echo $HISTCMD; history | grep -c __k").text.split("\n")[1] == "1"  # this very cell
