"""`%lsmagic`, `%magic` and `%reload_magics`, in every kernel."""

from __future__ import annotations

import textwrap

import pytest

from tests.magics.conftest import Live, error_of


def test_lists_line_magics_and_cell_magics(any_kernel: Live) -> None:
    done = any_kernel.run("%lsmagic")
    assert (done.error, done.text("stderr")) == (None, "")
    lines, _, cells = done.text().removeprefix("Line magics:\n").partition("Cell magics:\n")
    assert {"%lsmagic", "%magic", "%cd"} <= set(lines.split())
    assert {"%%time", "%%html", "%%kernel"} <= set(cells.split())
    any_kernel.goes_on()


def test_says_what_each_does(any_kernel: Live) -> None:
    rows = any_kernel.run("%lsmagic -v").text().split("\n")
    undescribed = [row for row in rows if row.startswith("  ") and len(row.split()) < 3]
    assert undescribed == []
    assert any(row.split(maxsplit=1) == ["%lsmagic", "List the magics there are."] for row in rows)


def test_an_unknown_option_is_named_with_one_that_is_meant_perhaps(any_kernel: Live) -> None:
    assert error_of(any_kernel.run("%lsmagic --vrebose")) == (
        "UsageError",
        "%lsmagic: --vrebose: no such option; did you mean --verbose?\nusage: %lsmagic [--verbose]",
    )
    any_kernel.goes_on()


@pytest.mark.parametrize("name", ["lsmagic", "%lsmagic"])
def test_the_help_of_one_is_that_of_its_option(any_kernel: Live, name: str) -> None:
    title, _, told = any_kernel.run(f"%magic {name}").text().partition("\n")
    assert title == "%lsmagic"
    assert textwrap.dedent(told).strip() == any_kernel.run("%lsmagic --help").text().strip()


def test_alone_it_tells_how_magics_are_used_and_of_all(any_kernel: Live) -> None:
    told = any_kernel.run("%magic").text()
    assert told.startswith("Magics are lines at the top of a cell that begin with %.\n")
    assert ("!command is %shell command" in told) == (any_kernel.name == "echo")
    for name in ("%cd", "%%time", "%reload_magics"):
        assert f"\n{name}\n  usage: {name}" in told


def test_a_name_that_is_none_is_told(any_kernel: Live) -> None:
    assert error_of(any_kernel.run("%magic nothing")) == (
        "UsageError",
        "%magic: nothing: no such magic; %lsmagic lists those there are",
    )


def test_every_magic_has_help(any_kernel: Live) -> None:
    names = [word for word in any_kernel.run("%lsmagic").text().split() if word.startswith("%")]
    assert len(names) > 20
    for name in names:
        done = any_kernel.run(f"{name} --help")
        assert done.error is None, name
        assert done.text().startswith(f"usage: {name}"), name
    any_kernel.goes_on()


def test_a_file_of_the_users_is_loaded_again(any_kernel: Live) -> None:
    folder = any_kernel.home / ".jupyter" / "kernel_magics"
    folder.mkdir(parents=True)
    file = folder / "mine.py"
    text = "from sdk.magics import line_magic\n@line_magic\nasync def mine(call):\n    call.say('{}')\n"
    file.write_text(text.format("one"))
    assert any_kernel.run("%reload_magics").error is None
    assert any_kernel.run("%mine").text() == "one"
    file.write_text(text.format("två"))
    assert any_kernel.run("%reload_magics\n%mine").text() == "två"
    file.unlink()
    any_kernel.run("%reload_magics")
    assert "%mine" not in any_kernel.run("%lsmagic").text()
