"""`%history`, `%recall` and macros, in every kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sdk.protocol.iopub import DisplayData
from sdk.protocol.shell import CompleteReply, CompleteRequest
from tests.magics.conftest import KERNELS, Live, error_of, started

TWO_LINES = {"echo": "eins\nzwei", "bash": "echo eins\necho zwei", "octave": "disp ('eins')\ndisp ('zwei')"}


def next_input(kernel: Live, code: str) -> dict[str, Any]:
    """What a cell puts into the next one."""
    done = kernel.run(code)
    assert done.error is None
    fields: Any = done.reply.content.to_fields()
    (payload,) = fields["payload"]
    return dict(payload)


# -- history -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KERNELS)
def test_earlier_cells_are_listed_and_recalled(name: str, tmp_path: Path) -> None:
    with started(name, tmp_path) as kernel:
        kernel.run(TWO_LINES[name])
        kernel.run(kernel.say("größer"))
        first, second = TWO_LINES[name].split("\n")
        listed = f"1: {first}\n   {second}\n2: {kernel.say('größer')}\n"
        assert kernel.run("%history").text() == listed
        assert kernel.run("%history 1-2").text() == listed
        assert kernel.run("%history -n 1 --session").text() == "4: %history 1-2\n"
        assert kernel.run("%history -g ößer").text() == f"2: {kernel.say('größer')}\n"
        assert kernel.run("%history -g 'nosuch*'").text("stderr") == "no cell matches 'nosuch*'\n"
        payload = next_input(kernel, "%recall 1-2")
        text = f"{TWO_LINES[name]}\n{kernel.say('größer')}"
        assert payload == {"source": "set_next_input", "text": text, "replace": False}
        assert next_input(kernel, "%recall --replace 2")["replace"] is True
        assert next_input(kernel, "%recall")["text"] == "%recall --replace 2"
        (display,) = kernel.run("%recall 2").outputs()  # for front-ends that make no cells
        assert isinstance(display, DisplayData)
        assert display.data["text/plain"] == kernel.say("größer")
    with started(name, tmp_path) as kernel:
        assert error_of(kernel.run("%recall")) == ("UsageError", "%recall: there is no cell before this one")
        assert next_input(kernel, "%recall ~1/2")["text"] == kernel.say("größer")
        assert next_input(kernel, "%recall 1/2")["text"] == kernel.say("größer")
        assert f"1/2: {kernel.say('größer')}\n" in kernel.run("%history -g ößer").text()
        assert kernel.run("%history -g ößer -s").text() == "4: %history -g ößer\n"
        assert kernel.run("%history -n 3").text().count("\n") == 3
        assert kernel.run("%history -u -g recall -s").text().count("%recall 1/2") == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("%recall 9999", "%recall: 9999: no such cell was kept; %history lists those there are"),
        ("%recall -r x", "%recall: x: it names no cells; write 3, 2-5, 12/3 or ~1/2-5"),
        ("%history -u 3-", "%history: 3-: it names no cells; write 3, 2-5, 12/3 or ~1/2-5"),
        ("%history -n -3", "%history: --number -3: a number of cells is not negative"),
        ("%history --nosuch", "%history: --nosuch: no such option; "),
    ],
)
def test_mistakes_are_named(any_kernel: Live, line: str, problem: str) -> None:
    error = error_of(any_kernel.run(line))
    assert error is not None
    assert error[1].startswith(problem), error
    any_kernel.goes_on()


# -- macros ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KERNELS)
def test_a_macro_of_earlier_cells_is_run_in_this_session_and_later_ones(name: str, tmp_path: Path) -> None:
    with started(name, tmp_path) as kernel:
        said = kernel.run(TWO_LINES[name]).text()
        assert "macro both-ü is kept in " in kernel.run("%macro both-ü 1").text()
        assert kernel.run("%macro both-ü").text() == said
    with started(name, tmp_path) as kernel:
        assert kernel.run("%macro both-ü").text() == said
        assert kernel.run("%macro --list").text().startswith("both-ü\n    ")
        assert kernel.run("%macro --show both-ü").text() == kernel.run("%macro").text()
        assert kernel.run("%macro --delete both-ü").text() == "macro both-ü is gone\n"
        assert kernel.run("%macro").text() == "there are no macros\n"


def test_a_macro_may_hold_magics(any_kernel: Live) -> None:
    any_kernel.run(f"%%macro timed\n%%capture inside\n{any_kernel.say('x')}")
    done = any_kernel.run("%macro timed")
    assert (done.outputs(), done.error) == ([], None)
    assert any_kernel.run("%show_captured inside").text() == any_kernel.said("x")


def test_macros_are_completed(any_kernel: Live) -> None:
    any_kernel.run(f"%%macro completed\n{any_kernel.say('x')}")
    reply = any_kernel.client.request(CompleteRequest("%macro comp", 11)).reply.content
    assert isinstance(reply, CompleteReply)
    assert (list(reply.matches), reply.cursor_start, reply.cursor_end) == (["completed"], 7, 11)
    reply = any_kernel.client.request(CompleteRequest("%macro --del", 12)).reply.content
    assert isinstance(reply, CompleteReply)
    assert list(reply.matches) == ["--delete"]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("%macro nosuch", "%macro: nosuch: there is no such macro; "),
        ("%macro -d ../x", "%macro: ../x: there is no such macro; "),
        ("%macro a/b 1", "%macro: a/b: a macro's name begins with a letter and has letters, digits, _ and -"),
        ("%macro m 9999", "%macro: 9999: no such cell was kept; "),
        ("%%macro m\n \n", "%%macro: the cell is empty; "),
        ("%%macro\nx", "%%macro: NAME is missing"),
        ("%macro --nosuch", "%macro: --nosuch: no such option; "),
    ],
)
def test_mistakes_with_macros_are_named(any_kernel: Live, cell: str, problem: str) -> None:
    error = error_of(any_kernel.run(cell))
    assert error is not None
    assert error[1].startswith(problem), error
    any_kernel.goes_on()


def test_a_macro_of_a_similar_name_is_named(any_kernel: Live) -> None:
    any_kernel.run(f"%%macro similar\n{any_kernel.say('x')}")
    error = error_of(any_kernel.run("%macro simlar"))
    assert error == ("UsageError", "%macro: simlar: there is no such macro; did you mean similar?")


@pytest.mark.parametrize("name", ["%history", "%recall", "%macro", "%%macro"])
def test_each_has_help(any_kernel: Live, name: str) -> None:
    assert f"usage: {name}" in any_kernel.run(f"{name} --help").text()
