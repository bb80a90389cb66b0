"""JupyterLab's panel of variables, with a kernel that has no debugger besides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.frontends.browser import Open
from tests.frontends.gate import Gate

pytestmark = pytest.mark.browser


class Panel:
    """The variables in the side bar of the debugger."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.switch = page.locator(".jp-DebuggerBugButton")
        self._side_bar = page.locator('.jp-SideBar.jp-mod-right [data-id="jp-debugger-sidebar"]')
        self._rows = page.locator(".jp-DebuggerVariables jp-tree-item[role=treeitem]:has(> .jp-DebuggerVariables-name)")
        self.rendered = page.locator(".jp-VariableRendererPanel-renderer")

    def open(self) -> None:
        """Switch the debugger on, and show its side bar.

        While JupyterLab asks how the debugger is, its button can be pressed and does nothing: users press it again.
        """
        for _ in range(6):
            self.switch.click()
            with suppress(AssertionError):
                expect(self.switch).to_have_attribute("aria-pressed", "true", timeout=5_000)
                break
        self._side_bar.click()

    def close(self) -> None:
        """Leave the page as it was."""
        if self._side_bar.get_attribute("aria-selected") == "true":
            self._side_bar.click()

    def row(self, name: str) -> Locator:
        """The row of a variable."""
        text = re.compile(rf"^{re.escape(name)}$")
        return self._rows.filter(has=self._page.locator("> .jp-DebuggerVariables-name", has_text=text))

    def shows(self, name: str, detail: str) -> None:
        """Wait until the variable is listed so."""
        expect(self.row(name).locator("> .jp-DebuggerVariables-detail")).to_have_text(detail)

    def expand(self, name: str) -> None:
        """Open the variable."""
        self.row(name).locator(".expand-collapse-button").first.click()


@pytest.fixture
def panel(page: Page) -> Iterator[Panel]:
    one = Panel(page)
    yield one
    one.close()


def test_variables_are_listed_and_follow_the_cells(notebook: Open, panel: Panel) -> None:
    page = notebook("bash", ["number=1 list=(a 'b c')", "number=2\ndeclare -A map=([key]=value)"])
    page.run(0)
    panel.open()
    panel.shows("number", "1")
    panel.shows("list", "array of 2 elements")
    panel.expand("list")
    panel.shows("[1]", "b c")
    page.run(1)
    panel.shows("number", "2")
    panel.expand("map")
    panel.shows("[key]", "value")
    panel.expand("(environment)")
    expect(panel.row("PATH")).to_have_count(1)


@pytest.mark.octave
def test_structs_and_matrices_are_opened(notebook: Open, panel: Panel) -> None:
    first = "n = 3; ok = true; word = 'text'; s.name = 'beam'; s.load = [1.5 2.5]; m = magic (3); c = {1, 'two'};"
    page = notebook("octave", [first, "m(2,2) = 50; n = 4;"])
    page.run(0)
    panel.open()
    panel.shows("n", "3")
    panel.shows("ok", "true")
    panel.shows("word", "text")
    panel.shows("s", "1x1 struct: name, load")
    panel.shows("m", "3x3 double: [8 1 6;3 5 7;4 9 2]")
    panel.expand("s")
    panel.shows(".name", "beam")
    panel.expand(".load")
    panel.shows("(2)", "2.5")
    panel.expand("m")
    panel.shows("(2,:)", "1x3 double: [3 5 7]")
    panel.expand("c")
    panel.shows("{2}", "two")
    page.run(1)
    panel.shows("n", "4")
    panel.shows("m", "3x3 double: [8 1 6;3 50 7;4 9 2]")


def test_the_panel_can_be_looked_at_while_a_cell_runs(notebook: Open, panel: Panel, gate: Gate) -> None:
    page = notebook("bash", ["before=1", f"before=2\necho started\n{gate.wait['bash']}"])
    page.run(0)
    panel.open()
    panel.shows("before", "1")
    page.start(1)
    page.shows(1, "started\n")
    panel.expand("(shell)")
    expect(panel.row("BASH_VERSION")).to_have_count(1)
    panel.shows("before", "1")
    gate.open()
    page.ends(1)
    panel.shows("before", "2")


def test_a_value_is_shown_whole(notebook: Open, page: Page, panel: Panel) -> None:
    one = notebook("bash", ["long=$(printf 'x%.0s' {1..3000})"])
    one.run(0)
    panel.open()
    panel.shows("long", f"{'x' * 1000}... (3000 characters)")
    panel.row("long").hover()
    panel.row("long").locator(".jp-DebuggerVariables-renderVariable").click()
    expect(panel.rendered).to_have_text(re.compile(r"^x{3000}\s*$"))


def test_a_breakpoint_that_cannot_be_set_is_not_shown(notebook: Open, page: Page, panel: Panel) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    one = notebook("bash", ["a=1\nb=2", "c=3"])
    one.run(0)
    panel.open()
    panel.shows("b", "2")
    page.locator(".cm-breakpoint-gutter .cm-gutterElement").nth(1).click()
    one.run(1)
    panel.shows("c", "3")
    expect(page.locator(".jp-DebuggerBreakpoint:visible, .cm-breakpoint-icon:visible")).to_have_count(0)
    assert errors == []
