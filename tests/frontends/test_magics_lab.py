"""Magics in JupyterLab: what is drawn, and what comes into the next cell."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.conftest import needs
from tests.frontends.browser import Open
from tests.frontends.lab import Notebook

pytestmark = pytest.mark.browser

CHART = '%%vega\n{"data": {"values": [{"a": 1, "b": 2}]}, "mark": "bar", "encoding": {"x": {"field": "a"}}}'
SVG = "%%svg\n<svg xmlns='http://www.w3.org/2000/svg' width='50' height='20'><circle cx='10' cy='10' r='9'/></svg>"
DRAWN = {
    "%html <u id='drawn'>under</u>": "u",
    "%%markdown\n# Title ü": "h1",
    r"%latex $x_1 = \dfrac{a}{b}$": "mjx-container",
    "%%javascript\nelement.innerHTML = 'this is <b>bold</b>'": "b",
    "%js element.append(document.createElement('hr'))": "hr",
    SVG: "img, svg circle",
    '%%json -e\n{"grün": [1, 2]}': ".jp-RenderedJSON, :text('grün')",
    "%%mermaid\ngraph LR\n  a --> b": "img, svg",
    CHART: "canvas, svg",
}
"""Cell -> what its output then has."""


def inside(page: Notebook, number: int, selector: str) -> Locator:
    return page.outputs(number).locator(selector).first


def test_rich_output_is_drawn(notebook: Open) -> None:
    page = notebook("echo", list(DRAWN))
    for number, selector in enumerate(DRAWN.values()):
        page.run(number)
        expect(inside(page, number, selector), list(DRAWN)[number]).to_be_attached()


def test_a_graph_is_drawn(notebook: Open) -> None:
    needs("dot")
    page = notebook("bash", ["%%dot\ndigraph { a -> b }"])
    page.run(0)
    expect(inside(page, 0, "img, svg")).to_be_attached()


def test_another_cell_changes_what_has_a_name(notebook: Open) -> None:
    page = notebook("bash", ["%%html --id board\n<b>one</b>", "%html --id board <i>two</i>"])
    page.run(0)
    expect(inside(page, 0, "b")).to_have_text("one")
    page.run(1)
    expect(inside(page, 0, "i")).to_have_text("two")
    page.shows(1)
    page.run(0)
    expect(inside(page, 0, "b")).to_have_text("one")


def test_a_file_is_edited_in_the_next_cell(notebook: Open) -> None:
    page = notebook("bash", ["%%file note.txt\necho one\n", "%edit note.txt", "cat note.txt"])
    page.run(0)
    page.shows(0, "note.txt: created (9 bytes)\n")
    page.run(1)
    expect(page.cell(2).locator(".cm-content")).to_contain_text("%%file note.txt")
    expect(page.outputs(1).locator(".kernel-code")).to_contain_text("echo one")
    page.click(2)
    page.page.keyboard.type("; echo two")
    page.run(2)
    page.shows(2, "note.txt: overwritten (19 bytes)\n")
    page.run(3)
    page.shows(3, "echo one; echo two\n")
