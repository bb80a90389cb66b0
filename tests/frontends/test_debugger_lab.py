"""The debugger of the Python kernel in JupyterLab: breakpoints by clicking, steps, variables, values, globals."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.frontends.browser import Open
from tests.frontends.test_variables import Panel

pytestmark = pytest.mark.browser

CODE = """\
def f(a, b):
    table = pd.DataFrame({'sum': [a + b]})
    double = 2 * a
    return double

y = f(2, 3)
print('y is', y)"""


class Side:
    """The side bar of the debugger."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._bar = page.locator(".jp-DebuggerSidebar")
        self.frames = page.locator(".jp-DebuggerCallstackFrame")
        self.breakpoints = page.locator(".jp-DebuggerBreakpoint")

    def press(self, command: str) -> None:
        """A button of the call stack: continue, next, stepIn, stepOut, terminate."""
        button = self._bar.locator(f'[data-command="debugger:{command}"]')
        expect(button).to_be_enabled()
        button.click()

    def stands_at(self, *places: tuple[str, int]) -> None:
        """Wait until the call stack shows these places, the innermost first."""
        texts = [f"^{re.escape(name)}Cell .*:{line}$" for name, line in places]
        expect(self.frames).to_have_text([re.compile(text) for text in texts])


def gutter(cell: Locator, line: int) -> Locator:
    """Where a line's breakpoint is set."""
    return cell.locator(".cm-breakpoint-gutter").first.locator(".cm-gutterElement").nth(line)  # the 0th is hidden


def test_a_breakpoint_is_set_by_clicking_and_code_is_stepped_through(notebook: Open, page: Page) -> None:
    one = notebook("ipython", ["import pandas as pd", CODE, "print('copied:', b)"])
    panel, side = Panel(page), Side(page)
    one.run(0)  # the button does nothing before the debugger's own side knows the kernel
    panel.open()
    expect(one.cell(1).locator(".cm-breakpoint-gutter").first).to_be_visible()
    gutter(one.cell(1), 3).click()
    expect(side.breakpoints).to_have_count(1)
    one.start(1)
    side.stands_at(("f", 3), ("<module>", 6))
    panel.shows("a", "2")
    panel.shows("b", "3")
    side.press("next")
    side.stands_at(("f", 4), ("<module>", 6))
    panel.shows("double", "4")
    panel.row("table").hover()
    panel.row("table").locator(".jp-DebuggerVariables-renderVariable").click()
    expect(panel.rendered.locator("table")).to_contain_text("sum")
    panel.row("b").click(button="right")
    page.locator('.lm-Menu-item[data-command="debugger:copy-to-globals"]').click()
    side.press("continue")
    one.ends(1)
    one.shows(1, "y is 4\n")
    expect(side.frames).to_have_count(0)
    panel.shows("y", "4")
    one.run(2)
    one.shows(2, "copied: 3\n")
    panel.close()
