"""What helps to write magics, in JupyterLab: lists, Tab, Shift-Tab."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import needs
from tests.frontends.browser import Open
from tests.frontends.lab import Notebook

pytestmark = pytest.mark.browser


def choose(page: Notebook, number: int, text: str) -> None:
    """Tab at the end of the cell, and a click on this completion."""
    page.click(number)
    page.page.keyboard.press("Tab")
    page.completions.locator(".jp-Completer-match", has_text=re.compile(rf"^\W*{text.strip('%-')}$")).click()


@pytest.mark.parametrize("kernel", ["bash", "octave", "echo"])
def test_magics_are_listed_completed_and_described(notebook: Open, kernel: str) -> None:
    if kernel == "octave":
        needs("octave")
    page = notebook(kernel, ["%lsmagic", "%lsma", "%lsmagic --v", "%%time\n%magic -"])
    page.run(0)
    expect(page.outputs(0)).to_contain_text(["%%time"])

    choose(page, 1, "%lsmagic")
    expect(page.cell(1).locator(".cm-line")).to_have_text(["%lsmagic"])

    choose(page, 2, "--verbose")
    expect(page.cell(2).locator(".cm-line")).to_have_text(["%lsmagic --verbose"])
    page.page.keyboard.press("Shift+Tab")
    expect(page.tooltip).to_contain_text("usage: %lsmagic [--verbose]")
    page.page.keyboard.press("Escape")
    page.run(2)
    expect(page.outputs(2)).to_contain_text([re.compile(r"%lsmagic +List the magics there are\.")])

    choose(page, 3, "--help")
    expect(page.cell(3).locator(".cm-line")).to_have_text(["%%time", "%magic --help"])
