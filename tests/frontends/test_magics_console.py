"""Magics in `jupyter console`: where a cell ends, and TAB."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import needs
from tests.frontends.console import console

CODE = {"bash": ("for i in 1 2; do", "echo $((i * 21))", "done"), "octave": ("for i = 1:2", "disp (i * 21)", "end")}


@pytest.mark.parametrize("kernel", ["bash", "octave"])
def test_a_cell_magic_goes_on_until_an_empty_line(kernel: str, environment: dict[str, str], folder: Path) -> None:
    if kernel == "octave":
        needs("octave")
    with console(environment, folder, ["--kernel", kernel]) as shell:
        shell.prompt(1)
        shell.line("%cd /")
        shell.prompt(2)
        for line in ("%%time", *CODE[kernel], ""):
            shell.line(line)
        shell.shows(r"\n21\n42\n")
        shell.shows(r"Wall time: ")
        shell.prompt(3)
        shell.type("%lsma\t")
        shell.shows("%lsmagic")
        shell.line(" --verb\t")
        shell.shows("(?s)List the magics there are")
        shell.prompt(4)
