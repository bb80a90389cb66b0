"""Displays from a real shell: in their place among the text, from any program, and of any size."""

from __future__ import annotations

import base64
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bash_kernel.conftest import Shell
from tests.repl.pictures import pixels

PNG = b"\x89PNG\r\n\x1a\n0123"
HTML = ("display", ({"text/html": "<b>"}, None))
IMAGE = ("display", ({"image/png": PNG}, None))


def shown(shell: Shell, code: str) -> list[tuple[str, Any]]:
    """What a cell shows; text that follows text is joined."""
    cell = shell.run(code)
    assert cell.error is None
    joined: list[tuple[str, Any]] = []
    for kind, what in cell.recorder.shown:
        if joined and kind == joined[-1][0] == "stdout":
            joined[-1] = (kind, f"{joined[-1][1]}{what}")
        else:
            joined.append((kind, what))
    # What the shell says of its jobs is not meant here.
    plain = [(kind, re.sub(r"\[1\].*\n", "", what) if kind == "stdout" else what) for kind, what in joined]
    return [one for one in plain if one != ("stdout", "")]


@pytest.fixture
def png(shell: Shell) -> str:
    """An image in the working directory."""
    Path(str(shell.kernel.cwd), "a.png").write_bytes(PNG)
    return "a.png"


@pytest.mark.parametrize(
    "code",
    [
        "echo 1; printf '<b>' | display html; echo 2",
        "{ echo 1; printf '<b>' | display html; echo 2; } | cat",
        "(echo 1; printf '<b>' | display html; echo 2) & wait",
        "echo 1; x=$(printf '<b>' | display html); echo 2",
        "echo 1; printf '<b>' | display html >/dev/null 2>&1; echo 2",
        "echo 1; printf '<b>' >f.html; sh -c 'display f.html'; echo 2",
        "echo 1; printf '<b>' >f.html; env -i $JUPYTER_DISPLAY f.html; echo 2",
        f'echo 1; {sys.executable} -S -c \'import os; os.system("printf \\"<b>\\" | display text/html")\'; echo 2',
    ],
)
def test_a_display_stands_where_it_was_made(shell: Shell, code: str) -> None:
    if "| cat" in code:  # the pipe has its own time
        assert HTML in shown(shell, code)
    else:
        assert shown(shell, code) == [("stdout", "1\n"), HTML, ("stdout", "2\n")]


def test_many_displays_keep_their_order(shell: Shell) -> None:
    code = 'for i in {1..20}; do echo "t$i"; echo -n "<p>$i" | display html; done'
    expected: list[tuple[str, Any]] = []
    for number in range(1, 21):
        expected += [("stdout", f"t{number}\n"), ("display", ({"text/html": f"<p>{number}"}, None))]
    assert shown(shell, code) == expected


def test_an_id_changes_what_stands_there(shell: Shell) -> None:
    code = "echo -n 1 | display --id a html; echo -n 2 | display --id a html"
    assert shown(shell, code) == [("display", ({"text/html": "1"}, "a")), ("update", ({"text/html": "2"}, "a"))]
    assert shown(shell, "echo -n 3 | display --update a html") == [("update", ({"text/html": "3"}, "a"))]
    assert shown(shell, "echo -n 4 | displayHTML a") == [("display", ({"text/html": "4"}, "a"))]


def test_after_a_clear_the_id_is_shown_anew(shell: Shell) -> None:
    code = "echo -n 1 | displayHTML a; display --clear --wait; echo -n 2 | displayHTML a"
    assert shown(shell, code) == [
        ("display", ({"text/html": "1"}, "a")),
        ("clear", True),
        ("display", ({"text/html": "2"}, "a")),
    ]


def test_sizes_are_metadata(shell: Shell, png: str) -> None:
    cell = shell.run(f"display --width 40 --alt dot {png}")
    assert cell.recorder.shown_metadata == [{"image/png": {"width": 40, "alt": "dot"}}]


def test_what_cannot_be_shown_has_a_status(shell: Shell) -> None:
    cell = shell.run("echo '{' | display json")
    assert "display: standard input: line 2, column 1: no JSON: " in cell.text
    assert cell.error == ("ExitStatus", "1")
    assert shell.run("display --nonsense").error == ("ExitStatus", "2")
    assert shell.run("display --help").text.startswith("usage: display")
    assert shell.run("display").error == ("ExitStatus", "2")


def test_50_megabytes_do_not_pass_through_the_terminal(shell: Shell) -> None:
    cell = shell.run("{ printf '\\x89PNG\\r\\n\\x1a\\n'; head -c 50000000 /dev/zero; } | display")
    (kind, (data, _)) = cell.recorder.shown[-1]
    assert (kind, len(data["image/png"]), cell.text) == ("display", 50_000_008, "")


def test_a_shell_that_was_replaced_shows_in_its_own_session(shell: Shell, png: str) -> None:
    shell.run("exit 0")
    assert shown(shell, f"display {png}; sh -c 'display {png}'") == [IMAGE, IMAGE]
    os.kill(shell.pid, signal.SIGKILL)
    shell.run("true")
    assert shown(shell, f"display {png}; sh -c 'display {png}'") == [IMAGE, IMAGE]


@pytest.mark.parametrize("nuisance", ["umask 777", "PATH=", "cd /", "set -eu -o noclobber", "unset HOME"])
def test_displays_do_not_depend_on_the_shells_state(shell: Shell, nuisance: str) -> None:
    assert shown(shell, f"{nuisance}; display html <<<'<b>'") == [("display", ({"text/html": "<b>\n"}, None))]


def test_files_that_are_no_displays_of_ours_are_not_read(shell: Shell) -> None:
    for name in ("../x", "records", "In[1]", "nosuch", ""):
        cell = shell.run(rf"printf '\e]5151;%s;d;{name}\a' $__k_t; echo on")
        assert cell.text == "on\n"
        assert [kind for kind, _ in cell.recorder.shown if kind == "display"] == []


def test_images_of_iterm2s_protocol_are_shown(shell: Shell, png: str) -> None:
    name = base64.b64encode(b"plot.png").decode()
    code = rf"echo 1; printf '\e]1337;File=name={name};width=40px;inline=1:%s\a\n' $(base64 -w0 {png}); echo 2"
    cell = shell.run(code)
    assert [one for one in cell.recorder.shown if one[0] == "display"] == [IMAGE]
    assert (cell.text, cell.recorder.shown_metadata) == ("1\n\n2\n", [{"image/png": {"width": 40}}])


def test_images_of_kittys_protocol_are_shown(shell: Shell, png: str) -> None:
    code = rf"echo 1; printf '\e_Ga=T,f=100,c=5;%s\e\\\n' $(base64 -w0 {png}); echo 2"
    cell = shell.run(code)
    assert [one for one in cell.recorder.shown if one[0] == "display"] == [IMAGE]
    assert (cell.text, cell.recorder.shown_metadata) == ("1\n\n2\n", [{"image/png": {"width": 40}}])


def test_images_in_sixel_are_shown(shell: Shell) -> None:
    cell = shell.run(r"""echo 1; printf '\eP0;1;0q#1;2;100;0;0#1!3@\e\\'; echo 2""")
    (red,) = (one for one in cell.recorder.shown if one[0] == "display")
    assert pixels(red[1][0]) == [[(255, 0, 0, 255)] * 3]
    assert cell.text == "1\n2\n"
