"""Completion, inspection and is_complete where magics are, without sockets."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdk import (
    CompleteReply,
    CompleteRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
    MagicSyntax,
)
from sdk.testing import MemoryFrontend
from tests.magics.kernels import TalkingKernel


class CommentingKernel(TalkingKernel):
    """As Octave: what begins a magic begins a comment, too."""

    magic_syntax = MagicSyntax(shell="", shared=True, comments="%#")


@pytest.fixture(params=[TalkingKernel, CommentingKernel])
def front(request: pytest.FixtureRequest) -> MemoryFrontend:
    return MemoryFrontend(request.param)


def completed(front: MemoryFrontend, code: str) -> list[str]:
    """The whole code for each completion at the `|` in it."""
    before, _, after = code.partition("|")
    (reply,) = [
        one for one in front.request(CompleteRequest(before + after, len(before))) if isinstance(one, CompleteReply)
    ]
    whole = before + after
    return [whole[: reply.cursor_start] + match + whole[reply.cursor_end :] for match in reply.matches]


def inspected(front: MemoryFrontend, code: str) -> str | None:
    """What is said of what stands at the `|`."""
    before, _, after = code.partition("|")
    (reply,) = [
        one for one in front.request(InspectRequest(before + after, len(before))) if isinstance(one, InspectReply)
    ]
    return str(reply.data["text/plain"]) if reply.found else None


@pytest.mark.parametrize(
    ("code", "whole"),
    [
        ("%gre|", ["%greet"]),
        ("  %gre|\nx", ["  %greet\nx"]),
        ("%greet\n%coun|", ["%greet\n%count"]),
        ("%%twi|", ["%%twice"]),
        ("%%%twi|", ["%%%twice"]),
        ("%greet --t|", ["%greet --tone"]),
        ("%greet é --|", ["%greet é --tone", "%greet é --help"]),
        ("%greet --tone l|", ["%greet --tone loud"]),
        ("%greet -t |", ["%greet -t soft", "%greet -t loud"]),
        ("%greet --tone so|\nx", ["%greet --tone soft\nx"]),
        ("%magic cou|", ["%magic count"]),
    ],
)
def test_names_options_and_values_are_completed(front: MemoryFrontend, code: str, whole: list[str]) -> None:
    assert completed(front, code) == whole


def test_the_language_completes_below_magics_and_sees_none_of_them(front: MemoryFrontend) -> None:
    blank = " " * len("%greet")
    assert completed(front, "%greet\nab|") == [f"%greet\nab[{blank}\nab]"]
    assert completed(front, "%%twice\n%greet\nab|") == [f"%%twice\n%greet\nab[{blank}\nab]"]


def test_a_body_that_is_no_code_is_completed_by_its_magic(front: MemoryFrontend) -> None:
    assert completed(front, "%%page\né<|") == ["%%page\n<b>", "%%page\né<"]
    assert inspected(front, "%%page\nx|") == "tag x"


def test_what_is_on_for_every_cell_is_known(front: MemoryFrontend) -> None:
    front.execute("%%%page")
    assert completed(front, "é<|") == ["<b>", "é<"]
    assert inspected(front, "x|") == "tag x"
    assert completed(front, "%%%pag|") == ["%%%page"]


def test_files_are_completed_where_the_language_works(front: MemoryFrontend, tmp_path: Path) -> None:
    (tmp_path / "alpha é.txt").touch()
    (tmp_path / "album").mkdir()
    front.kernel.cwd = str(tmp_path)
    assert completed(front, "%cd al|") == ["%cd album/"]


def test_inspection_of_a_magic_shows_its_help(front: MemoryFrontend) -> None:
    assert str(inspected(front, "%gre|et x")).startswith("usage: %greet [--tone soft|loud] [NAME]\n")
    assert inspected(front, "%greet\nab|c") == "[      \nabc] 9"
    assert str(inspected(front, "%%twice\n%greet|")).startswith("usage: %greet ")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("%greet", "complete"),
        ("%greet\nx", "complete"),
        ("%greet\nx (", "incomplete"),
        ("%%twice", "incomplete"),
        ("%%twice\nx", "incomplete"),
        ("%%twice\nx\n", "complete"),
        ("%%twice\n", "complete"),
        ("x (", "incomplete"),
    ],
)
def test_a_cell_magic_goes_on_to_an_empty_line_and_the_language_decides_the_rest(
    front: MemoryFrontend, code: str, status: str
) -> None:
    (reply,) = [one for one in front.request(IsCompleteRequest(code)) if isinstance(one, IsCompleteReply)]
    assert reply.status == status
