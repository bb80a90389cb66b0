"""`%%capture`, `%show_captured`, `%%pipe`, `%%show`, `%limit`, in every kernel."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from sdk.magics import kept_output
from sdk.protocol.iopub import DisplayData, Stream
from tests.magics.conftest import Live, error_of, started

LINES = {"echo": "{}", "bash": "seq {}", "octave": "printf ('%d\\n', 1:{})"}
FAILS = {"echo": "error x", "bash": "false", "octave": "error ('x')"}


def lines(kernel: Live, count: int) -> str:
    """Code that says the numbers from 1, a line each."""
    return "\n".join(map(str, range(1, count + 1))) if kernel.name == "echo" else LINES[kernel.name].format(count)


# -- capture -----------------------------------------------------------------------------------------------------------


def test_what_is_captured_is_shown_later_as_often_as_is_wanted(any_kernel: Live) -> None:
    done = any_kernel.run(f"%%capture grün\n{any_kernel.say('Größe')}")
    assert (done.outputs(), done.error) == ([], None)
    for _ in range(2):
        assert any_kernel.run("%show_captured grün").text() == any_kernel.said("Größe")
    any_kernel.goes_on()


def test_a_name_is_not_needed(any_kernel: Live) -> None:
    any_kernel.run(f"%%capture\n{any_kernel.say('one')}")
    any_kernel.run(f"%%capture\n{any_kernel.say('two')}")
    assert any_kernel.run("%show_captured").text() == any_kernel.said("two")


def test_the_value_is_captured_unless_displays_are_left(echo: Live) -> None:
    done = echo.run("%%capture value\nshout x")
    assert done.outputs() == []
    assert echo.run("%show_captured value").outputs() == [DisplayData({"text/plain": "X"})]
    assert echo.run("%%capture --no-display\nshout x").result == {"text/plain": "X"}


def test_streams_that_are_not_to_be_captured_are_shown(bash: Live) -> None:
    bash.run("%config stderr=split\n%restart")
    done = bash.run("%%capture both --no-stderr\necho out; echo err >&2")
    assert (done.text(), done.text("stderr")) == ("", "err\n")
    done = bash.run("%%capture both --no-stdout\necho out; echo err >&2")
    assert (done.text(), done.text("stderr")) == ("out\n", "")
    bash.run("%%capture both\necho out; sleep 0.1; echo err >&2")
    done = bash.run("%show_captured both --stderr")
    assert (done.text(), done.text("stderr")) == ("", "err\n")
    bash.run("%config stderr=terminal\n%restart")


def test_figures_are_captured(octave: Live) -> None:
    done = octave.run("%%capture figure\nplot (1:3)")
    assert done.outputs() == []
    (display,) = octave.run("%show_captured figure").outputs()
    assert isinstance(display, DisplayData)
    assert "image/svg+xml" in display.data or "image/png" in display.data


def test_a_failing_cell_fails_and_what_it_said_is_kept(any_kernel: Live) -> None:
    done = any_kernel.run(f"%%capture failed\n%time {FAILS[any_kernel.name]}")
    assert done.status == "error"
    assert done.text() == ""
    assert "Wall time" in any_kernel.run("%show_captured failed").text()


def test_much_is_captured_without_losing_any(bash: Live) -> None:
    bash.run("%%capture much\nseq 300000")
    text = bash.run("%show_captured much").text()
    assert text == "".join(f"{number}\n" for number in range(1, 300_001))
    assert "much: 1,988,895 bytes of text, 0 displays\n" in bash.run("%show_captured --list").text()


def test_what_was_not_captured_is_an_error_that_names_what_was(any_kernel: Live) -> None:
    any_kernel.run(f"%%capture there\n{any_kernel.say('x')}")
    error = error_of(any_kernel.run("%show_captured nosuch"))
    assert error is not None
    assert error[1].startswith("%show_captured: nosuch: nothing was captured under this name; there is ")
    assert "there" in error[1]


def test_before_anything_is_captured_the_error_says_how(tmp_path: Path) -> None:
    with started("echo", tmp_path) as kernel:
        assert error_of(kernel.run("%show_captured")) == (
            "UsageError",
            "%show_captured: nothing was captured yet; %%capture NAME does that",
        )


def test_a_capture_is_interrupted(bash: Live) -> None:
    done = bash.interrupted("%%capture x --no-stdout\necho begun; sleep 1000", until="begun\n")
    error = error_of(done)
    assert error is not None
    assert error[0] == "KeyboardInterrupt"
    bash.goes_on()


# -- pipe --------------------------------------------------------------------------------------------------------------


def test_the_output_goes_through_the_command(any_kernel: Live) -> None:
    done = any_kernel.run(f"%%pipe sed 's/ö/OE/' | cat -n\n{any_kernel.say('größer')}")
    assert done.error is None
    assert done.text() == f"     1\t{any_kernel.said('grOEßer')}"
    any_kernel.goes_on()


def test_the_commands_output_is_shown_while_the_cell_runs(bash: Live) -> None:
    header = bash.begin("%%pipe sed -u s/x/y/\necho x; read -p more:", until="y\n", allow_stdin=True)
    done = bash.end(header, stdin=["go"])
    assert done.error is None


def test_much_goes_through(bash: Live) -> None:
    assert bash.run("%%pipe wc -l\nseq 1000000").text().strip() == "1000000"


def test_a_slow_command_holds_nothing_up(bash: Live) -> None:
    assert bash.run("%%pipe sleep 0.3; wc -c\nhead -c 3000000 /dev/zero | tr '\\0' x").text().strip() == "3000000"


def test_a_command_that_has_enough_ends_the_cell(bash: Live) -> None:
    done = bash.run("%%pipe head -2\nyes")
    assert (done.text(), done.error) == ("y\ny\n", None)
    bash.goes_on()


def test_a_cell_that_ends_while_it_is_cut_has_not_failed(bash: Live) -> None:
    for _ in range(20):
        done = bash.run("%%pipe head -1\nseq 30000")
        assert (done.text(), done.error) == ("1\n", None)
        bash.goes_on()


def test_a_short_cell_is_not_cut_when_the_command_has_enough(bash: Live) -> None:
    done = bash.run("%%pipe head -1\nseq 10; touch reached")
    assert (done.text(), done.error) == ("1\n", None)
    assert (bash.work / "reached").exists()


def test_a_value_goes_to_the_command(echo: Live) -> None:
    assert echo.run("%%pipe cat\nshout x").text() == "X\n"


def test_the_commands_stderr_and_status_are_told(any_kernel: Live) -> None:
    done = any_kernel.run(f"%%pipe cat >&2; exit 3\n{any_kernel.say('x')}")
    assert done.text("stderr") == any_kernel.said("x")
    assert error_of(done) == ("UsageError", "%%pipe: cat >&2; exit 3: it ended with status 3")
    any_kernel.goes_on()


def test_the_cells_own_error_is_the_error(any_kernel: Live) -> None:
    done = any_kernel.run(f"%%pipe cat\n{FAILS[any_kernel.name]}")
    assert done.error is not None
    assert done.error.ename in ("EchoError", "ExitStatus", "error", "Octave:error")


def test_both_cell_and_command_are_interrupted(any_kernel: Live) -> None:
    done = any_kernel.interrupted(f"%%pipe echo begun; sleep 1000\n{any_kernel.say('x')}", until="begun\n")
    error = error_of(done)
    assert error is not None
    assert error[0] == "KeyboardInterrupt"
    any_kernel.goes_on()
    done = any_kernel.run("%%pipe\nx")
    assert error_of(done) == ("UsageError", "%%pipe: COMMAND is missing\nusage: %%pipe COMMAND")


def test_the_command_runs_where_the_language_does(bash: Live) -> None:
    (bash.work / "inner").mkdir()
    bash.run("cd inner")
    assert bash.run("%%pipe pwd\necho x").text() == f"{bash.work / 'inner'}\n"
    bash.run("cd ..")


# -- show --------------------------------------------------------------------------------------------------------------


def test_a_cell_is_shown_in_colours_and_not_run(any_kernel: Live) -> None:
    (display,) = any_kernel.run(f"%%show\n{any_kernel.say('ü')} # comment").outputs()
    assert isinstance(display, DisplayData)
    assert "ü" in str(display.data["text/html"])
    assert "comment" in str(display.data["text/plain"])


def test_the_output_is_shown_in_the_language_that_is_named(any_kernel: Live) -> None:
    (display,) = any_kernel.run(f"%%show --output --lexer python\n{any_kernel.say('class x: pass')}").outputs()
    assert isinstance(display, DisplayData)
    assert '<span class="k">class</span>' in str(display.data["text/html"])


def test_a_language_that_nobody_knows_is_an_error(any_kernel: Live) -> None:
    error = error_of(any_kernel.run("%%show --lexer nosuch\nx"))
    assert error is not None
    assert error[1].startswith("%%show: --lexer nosuch: Pygments knows no such language")


# -- limit -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def limited(any_kernel: Live) -> Any:
    """A kernel that shows 10 lines of each cell."""
    assert any_kernel.run("%limit 10").text() == "the first 5 and the last 5 lines of each cell are shown\n"
    yield any_kernel
    assert any_kernel.run("%limit --off").text() == "every line is shown\n"
    text = any_kernel.run(lines(any_kernel, 30)).text()
    assert text.split() == [str(number) for number in range(1, 31)]


def test_head_and_tail_are_shown_and_all_is_in_a_file(limited: Live) -> None:
    done = limited.run(lines(limited, 5000))
    head, told, tail = done.outputs()
    assert isinstance(head, Stream)
    assert isinstance(told, DisplayData)
    assert isinstance(tail, Stream)
    assert head.text.split() == ["1", "2", "3", "4", "5"]
    assert tail.text.split() == ["4996", "4997", "4998", "4999", "5000"]
    found = re.fullmatch(r"\[4,9[89]\d of [45],\d{3} lines are not shown; all are in (.*)\]", told.data["text/plain"])
    assert found is not None, told.data["text/plain"]
    path = Path(found[1])
    assert path.read_text().split() == [str(number) for number in range(1, 5001)]
    assert f"file://{path}" in told.data["text/html"]


def test_a_cell_within_the_limit_is_as_it_was(limited: Live) -> None:
    before = set((limited.folder / "tmp").rglob("*.txt"))
    done = limited.run(lines(limited, 10))
    assert len(done.outputs()) == 1
    assert done.text().split() == [str(number) for number in range(1, 11)]
    assert set((limited.folder / "tmp").rglob("*.txt")) == before


def test_a_bounded_number_of_files_is_kept_and_the_newest_always(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(kept_output, "MOST", 3)
    paths = []
    for number in range(6):
        with kept_output.new_kept_file() as file:
            file.write("x" * 10)
        os.utime(file.name, (number, number))
        paths.append(Path(file.name))
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert set(folder.iterdir()) == set(paths[3:])
    monkeypatch.setattr(kept_output, "LARGEST", 15)
    kept_output.new_kept_file().close()
    assert set(folder.iterdir()) - set(paths) != set()
    assert set(folder.iterdir()) & set(paths) == {paths[5]}


def test_a_folder_that_others_may_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    theirs = tmp_path / f"kernel-output-{os.getuid()}"
    theirs.mkdir()
    theirs.chmod(0o777)
    with kept_output.new_kept_file() as file:
        assert Path(file.name).parent != theirs
    theirs.rmdir()
    theirs.symlink_to(tmp_path)
    with kept_output.new_kept_file() as file:
        assert Path(file.name).parent not in (theirs, tmp_path)


def test_what_is_displayed_is_not_limited(octave: Live) -> None:
    octave.run("%limit 2")
    assert [type(one) for one in octave.run("plot (1:3)\nfor k = 1:9, disp (k), end").outputs()].count(DisplayData) == 2
    octave.run("%limit --off")


def test_a_line_that_never_ends_is_cut_too(bash: Live) -> None:
    bash.run("%limit 4")
    done = bash.run("head -c 3000000 /dev/zero | tr '\\0' x")
    assert len(done.text()) < 10_000
    (told,) = (one for one in done.outputs() if isinstance(one, DisplayData))
    assert "some of 3,000,000 characters are not shown" in told.data["text/plain"]
    bash.run("%limit --off")


def test_the_limit_holds_in_its_own_cell_and_is_told(bash: Live) -> None:
    done = bash.run("%limit --head 1 --tail 2\nseq 100")
    assert done.text() == "the first 1 and the last 2 lines of each cell are shown\n1\n99\n100\n"
    assert bash.run("%limit").text() == "the first 1 and the last 2 lines are shown\n"
    bash.run("%limit --off")


def test_the_option_is_for_every_session(tmp_path: Path) -> None:
    with started("bash", tmp_path, "--Kernel.output_lines=4") as kernel:
        assert kernel.run("seq 100").text() == "1\n2\n99\n100\n"
        assert kernel.run("%config output_lines=2\nseq 100").error is None
        assert kernel.run("seq 100").text() == "1\n100\n"
        assert kernel.run("%limit --off").error is None
        assert len(kernel.run("seq 100").text().split()) == 100


def test_a_cell_that_fails_shows_its_tail(bash: Live) -> None:
    bash.run("%limit 4")
    done = bash.run("seq 100; false")
    assert done.text() == "1\n2\n99\n100\n"
    assert error_of(done) == ("ExitStatus", "1")
    done = bash.interrupted("seq 100; sleep 1000", until="2\n")
    assert done.text() == "1\n2\n99\n100\n"
    bash.run("%limit --off")


def test_a_negative_number_is_refused(any_kernel: Live) -> None:
    assert error_of(any_kernel.run("%limit --head -3")) == (
        "UsageError",
        "%limit: -3: a number of lines is not negative",
    )


@pytest.mark.parametrize("name", ["%%capture", "%show_captured", "%%pipe", "%%show", "%limit"])
def test_each_has_help_and_names_wrong_options(any_kernel: Live, name: str) -> None:
    assert f"usage: {name}" in any_kernel.run(f"{name} --help").text()
    if name != "%%pipe":  # whose command has options of its own
        error = error_of(any_kernel.run(f"{name} --nosuch\nx"))
        assert error is not None
        assert error[1].startswith(f"{name}: --nosuch: no such option")
