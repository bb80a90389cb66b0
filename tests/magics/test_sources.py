"""Where magics come from: the user's folder, other distributions, a kernel's own package."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdk.testing import MemoryFrontend
from tests.magics.conftest import error_of, started
from tests.magics.kernels import TalkingKernel, failure, said

GOOD = '''
from typing import Annotated

from sdk.magics import Call, Option, line_magic

@line_magic
async def shout(call: Call, text: str, *, times: Annotated[int, Option("-n", "how often")] = 1) -> None:
    """Say it loudly."""
    call.say(f"{text.upper()}\\n" * times)
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    made = tmp_path / "kernel_magics"
    made.mkdir()
    return made


def test_files_of_the_users_folder_hold_magics(folder: Path) -> None:
    (folder / "mine.py").write_text(GOOD)
    (folder / "_not_this.py").write_text("raise SystemExit")
    front = MemoryFrontend(TalkingKernel)
    assert said(front.execute("%shout é -n 2")) == "É\nÉ\n"
    assert said(front.execute("%shout --help")) == (
        "usage: %shout [--times TIMES] TEXT\n\nSay it loudly.\n\n"
        "  TEXT\n  -n, --times TIMES  how often\n  --help             show this\n"
    )
    assert "%shout" in said(front.execute("%lsmagic"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("syntax error", "SyntaxError: invalid syntax (a_broken.py, line 1)"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        (
            "from sdk.magics import line_magic\n@line_magic\ndef plain(call): pass",
            "TypeError: plain: a magic is a coroutine function: write `async def plain`",
        ),
        (
            "from sdk.magics import line_magic\n@line_magic\nasync def odd(call, x: 'Nothing'): pass",
            "NameError: name 'Nothing' is not defined",
        ),
    ],
)
def test_a_file_that_cannot_be_loaded_is_told_once_and_the_rest_works(folder: Path, text: str, why: str) -> None:
    broken = folder / "a_broken.py"
    broken.write_text(text)
    (folder / "mine.py").write_text(GOOD)
    front = MemoryFrontend(TalkingKernel)
    first = front.execute("%shout a")
    assert (said(first), said(first, "stderr")) == ("A\n", f"magics: {broken} cannot be loaded: {why}\n")
    assert said(front.execute("%shout b"), "stderr") == ""


def test_a_change_is_seen_after_reload(folder: Path) -> None:
    front = MemoryFrontend(TalkingKernel)
    assert failure(front.execute("%shout a")) is not None
    (folder / "mine.py").write_text(GOOD)
    (folder / "broken.py").write_text("1 / 0")
    told = front.execute("%reload_magics")
    assert said(told, "stderr").endswith("broken.py cannot be loaded: ZeroDivisionError: division by zero\n")
    assert said(front.execute("%shout a")) == "A\n"


def test_a_users_magic_stands_in_place_of_another_of_its_name(folder: Path) -> None:
    (folder / "mine.py").write_text(GOOD.replace("def shout", "def greet"))
    assert said(MemoryFrontend(TalkingKernel).execute("%greet a")) == "A\n"


def test_what_a_file_imports_is_no_magic_of_its(folder: Path) -> None:
    (folder / "mine.py").write_text("from tests.magics.toy_magics import greet as hello_again\n")
    front = MemoryFrontend(TalkingKernel)
    assert failure(front.execute("%hello_again")) is not None


def test_other_distributions_name_modules_in_their_entry_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "their_magics.py").write_text(GOOD)
    information = tmp_path / "theirs-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        "[sdk.magics]\ntheirs = their_magics\nlost = no_such_module_of_theirs\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    front = MemoryFrontend(TalkingKernel)
    done = front.execute("%shout a")
    assert said(done) == "A\n"
    assert said(done, "stderr").startswith("magics: lost (no_such_module_of_theirs) cannot be loaded: ModuleNotFound")


@pytest.mark.parametrize("name", ["echo", "bash", "octave"])
def test_every_kernel_has_the_users_magics(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".jupyter" / "kernel_magics"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(GOOD)
    (folder / "broken.py").write_text("1 / 0")
    with started(name, tmp_path) as kernel:
        done = kernel.run(f"%shout 'é ∑' -n 2\n{kernel.say('x')}")
        assert done.text().replace("\n", "") == "É ∑É ∑x"
        assert done.text("stderr").count("broken.py cannot be loaded") == 1
        assert error_of(kernel.run("%shout -n x a")) == (
            "UsageError",
            "%shout: -n x: a whole number is expected\nusage: %shout [--times TIMES] TEXT",
        )
        kernel.goes_on()
