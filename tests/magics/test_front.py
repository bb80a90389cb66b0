"""What stands before a kernel: who uses no magic loads none, and what is the language's own reaches it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.magics.conftest import KERNELS, Live, error_of, started

FRONT = {"sdk.magics", "sdk.magics.front"}

SLOW = '''
import threading

from sdk.magics import Call, line_magic

@line_magic
async def slow(call: Call) -> None:
    """Wait until it is interrupted."""
    call.say("begun")
    over = threading.Event()
    try:
        await call.wait(over.wait, 60)
    except KeyboardInterrupt:
        over.set()
        call.say(", ended")
        raise

@line_magic
async def asking(call: Call) -> None:
    """Ask."""
    call.say(f"[{await call.ask('é? ')}]")
'''


def modules_of(name: str, folder: Path, *cells: str) -> set[str]:
    """The modules of magics that a kernel has after these cells."""
    site, answer = folder / "site", folder / "loaded"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import atexit, sys\n"
        "@atexit.register\n"
        "def _():\n"
        f"    open({str(answer)!r}, 'w').write(' '.join(n for n in sys.modules if n.startswith('sdk.magics')))\n"
    )
    with started(name, folder, env={"PYTHONPATH": f"{site}:{Path(__file__).parents[2]}"}) as kernel:
        for cell in cells:
            assert kernel.run(cell).error is None
    return set(answer.read_text().split())


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("echo", ["hello", "50 % of\n%x"]),
        ("bash", ["echo 1; # %cd", "x=${y%z}\n%cd() { :; }", "if ! true; then :; fi"]),
        ("octave", ["% A comment\n%% 50 % of it\nx = mod (5, 3); % cd", "plot (1:3);", "if (! true), end"]),
        ("python", ["x = 5 % 3", "%timeit -n1 -r1 1", "x?"]),
    ],
)
def test_a_kernel_that_uses_no_magic_loads_nothing_of_them(name: str, cells: list[str], tmp_path: Path) -> None:
    assert modules_of(name, tmp_path, *cells) <= FRONT


def test_one_magic_loads_them(tmp_path: Path) -> None:
    assert "sdk.magics.runner" in modules_of("echo", tmp_path, "%lsmagic")


def test_the_front_loads_nothing_of_its_own() -> None:
    code = "import sdk.app, sys; print(*sorted(n for n in sys.modules if n.startswith('sdk.magics')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert set(done.stdout.split()) == FRONT


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("! true || echo no", "no\n"),
        ("touch a b; ls -1 ?", "a\nb\n"),
        ("x=path/to; echo ${x%/*} ${x%%/*}", "path path\n"),
        ("echo $((7 % 4)) 50%", "3 50%\n"),
        ("printf '%s\\n' %lsmagic", "%lsmagic\n"),
        ("cat <<end\n%lsmagic\nend", "%lsmagic\n"),
        ("\\echo x", "x\n"),
        ("echo x?; : %", "x?\n"),
    ],
)
def test_what_is_bashs_own_reaches_it(bash: Live, code: str, text: str) -> None:
    done = bash.run(code)
    assert (done.text(), done.error) == (text, None)


def test_jobs_are_named_as_bash_names_them(bash: Live) -> None:
    bash.run("sleep 30 & sleep 31 &")
    assert "sleep 31" in bash.run("jobs %%").text()
    assert error_of(bash.run("%9")) is not None
    assert "no such job" in bash.run("%9").text()
    assert "no job control" in (said := bash.run("%nosuchjob").text()) or "no such job" in said
    bash.run("kill %1 %2; wait")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("%% A section\ndisp (1)", "1\n"),
        ("% a comment\ndisp (1)", "1\n"),
        ("%comment\n%lsmagics are many\ndisp (1)", "1\n"),
        ("%cd up and down\ndisp (1)", "1\n"),
        ("%{\n%lsmagic\n%}\ndisp (1)", "1\n"),
        ("  #{  \n%%time\n  #}\ndisp (1)", "1\n"),
        ("!false", "ans = 1\n"),
        ("x = !true", "x = 0\n"),
        ("disp ('%d?')", "%d?\n"),
        ("printf ('%d%%\\n', 5) % five", "5%\n"),
        ("disp (1)\n%lsmagic", "1\n"),
    ],
)
def test_what_is_octaves_own_reaches_it(octave: Live, code: str, text: str) -> None:
    done = octave.run(code)
    assert (done.text(), done.error) == (text, None)


def test_a_backslash_gives_the_language_what_would_be_a_magic(any_kernel: Live) -> None:
    done = any_kernel.run("\\%lsmagic")
    assert "Line magics" not in done.text()


def test_all_is_the_languages_when_magics_are_off(tmp_path: Path) -> None:
    with started("echo", tmp_path / "echo", "--EchoKernel.magics=none") as echo:
        assert [echo.run(code).text() for code in ("%lsmagic", "!ls", "x?")] == ["%lsmagic", "!ls", "x?"]
    with started("bash", tmp_path / "bash", "--BashKernel.magics=none") as bash:
        assert "no job control" in (said := bash.run("%lsmagic").text()) or "no such job" in said


def test_a_prefix_is_chosen_by_option(tmp_path: Path) -> None:
    with started("bash", tmp_path, "--BashKernel.magic_prefix=//") as bash:
        assert "//lsmagic" in bash.run("//lsmagic").text()
        assert "such job" in bash.run("%lsmagic").text()


@pytest.mark.parametrize("name", KERNELS)
def test_a_magic_that_waits_is_interrupted_and_one_may_ask(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".jupyter" / "kernel_magics"
    folder.mkdir(parents=True)
    (folder / "slow.py").write_text(SLOW)
    with started(name, tmp_path) as kernel:
        done = kernel.interrupted("%slow", until="begun")
        assert done.text() == "begun, ended"
        assert (error_of(done) or ("",))[0] == "KeyboardInterrupt"
        assert kernel.run("%asking", stdin=["yes é"]).text() == "[yes é]"
        kernel.goes_on()
