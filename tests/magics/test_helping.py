"""`?name`, `name?`, `name??` and `%help`, in every kernel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sdk.protocol.iopub import DisplayData
from sdk.protocol.shell import CompleteReply, CompleteRequest
from tests.magics.conftest import Live, error_of, started


def shown(kernel: Live, code: str) -> str:
    """The plain text of the one thing that a cell displays."""
    done = kernel.run(code)
    assert done.error is None
    (display,) = done.outputs()
    assert isinstance(display, DisplayData)
    return str(display.data["text/plain"])


@pytest.mark.parametrize("code", ["?%timeit", "%timeit?", "%help %timeit", "?timeit"])
def test_help_on_a_magic_in_all_forms(any_kernel: Live, code: str) -> None:
    text = shown(any_kernel, code)
    assert "usage: %timeit" in text
    assert "usage: %%timeit" in text
    assert "--repeat" in text
    any_kernel.goes_on()


def test_the_source_of_a_magic_by_two_marks(any_kernel: Live) -> None:
    assert "_timeit(call, code" in re.sub(r"\x1b\[[\d;]*m", "", shown(any_kernel, "%timeit??"))


def test_the_cell_magic_comes_first_when_it_is_asked_for(any_kernel: Live) -> None:
    text = shown(any_kernel, "%%timeit?")
    assert text.index("usage: %%timeit") < text.index("usage: %timeit")


def test_the_language_is_asked_before_the_magics(bash: Live, octave: Live) -> None:
    assert "change" in shown(bash, "cd?").lower()
    assert "working directory" in shown(octave, "?cd")
    assert "%cd" not in shown(bash, "cd?")


def test_two_marks_ask_the_language_for_more(bash: Live) -> None:
    bash.run("greet() { echo 'grüße'; }")
    assert "grüße" in shown(bash, "greet??")


@pytest.mark.parametrize("code", ["?", "%help"])
def test_a_mark_alone_tells_of_the_kernel_and_of_how_magics_are_found(any_kernel: Live, code: str) -> None:
    text = shown(any_kernel, code)
    assert {"echo": "Echo:", "bash": "bash_kernel", "octave": "GNU Octave"}[any_kernel.name] in text
    assert "%lsmagic" in text


def test_what_nobody_knows_is_an_error_that_names_near_names(bash: Live, octave: Live) -> None:
    error = error_of(bash.run("prntf?"))
    assert error is not None
    assert error[1].startswith("%help: prntf: no help was found; did you mean printf")
    error = error_of(octave.run("?plto"))
    assert error == ("UsageError", "%help: plto: no help was found; did you mean plot?")


def test_a_magic_that_is_not_there_has_near_names_too(echo: Live) -> None:
    assert error_of(echo.run("?%timit")) == (
        "UsageError",
        "%help: %timit: no help was found; did you mean %timeit or %%timeit?",
    )


def test_what_is_unknown_and_near_nothing_is_said_to_be_neither(any_kernel: Live) -> None:
    error = error_of(any_kernel.run("?zzqqyyxx"))
    assert error is not None
    assert error[1].endswith("zzqqyyxx: no help was found; it is neither in the language nor a magic")
    any_kernel.goes_on()


def test_each_line_of_a_cell_is_asked_for(any_kernel: Live) -> None:
    done = any_kernel.run("%%help\n%time\n\n%timeit\n")
    assert done.error is None
    assert len(done.outputs()) == 2


def test_a_cell_without_names_is_an_error(any_kernel: Live) -> None:
    assert error_of(any_kernel.run("%%help\n")) == (
        "UsageError",
        "%%help: there is no name in the cell; write one on a line",
    )


def test_help_has_help(any_kernel: Live) -> None:
    assert "--source" in any_kernel.run("%help --help").text()


def test_what_help_is_wanted_on_is_completed(any_kernel: Live) -> None:
    word = {"echo": "sho", "bash": "prin", "octave": "strsp"}[any_kernel.name]
    name = {"echo": "shout", "bash": "printf", "octave": "strsplit"}[any_kernel.name]
    for code, match in ((f"%help {word}", name), ("%help %timei", "%timeit"), ("%help --sou", "--source")):
        reply = any_kernel.client.request(CompleteRequest(code, len(code))).reply.content
        assert isinstance(reply, CompleteReply)
        assert match in reply.matches
        assert code[reply.cursor_start : reply.cursor_end] == code.split()[-1]


def test_help_within_another_language(echo: Live) -> None:
    assert echo.run("%%python\nx = 1", timeout=60).error is None
    assert "items" in shown(echo, "%help %python len")
    assert error_of(echo.run("%help %python nosuchname")) is not None


def test_the_pager_is_used_where_it_is_wanted(tmp_path: Path) -> None:
    with started("echo", tmp_path, "--Kernel.help_output=pager") as kernel:
        done = kernel.run("%time?")
        assert done.outputs() == []
        fields: Any = done.reply.content.to_fields()
        (page,) = fields["payload"]
        assert page["source"] == "page"
        assert "usage: %time" in page["data"]["text/plain"]


def test_marks_of_the_language_reach_it(bash: Live) -> None:
    (bash.work / "a1").write_text("")
    assert bash.run("echo a?").text() == "a1\n"
    assert bash.run("true\necho ? | wc -w").text() == "1\n"
