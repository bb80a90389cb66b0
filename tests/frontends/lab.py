"""A notebook in JupyterLab, as its user sees it and touches it. Every look waits until it sees, up to a limit."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.frontends.programs import LIMIT

_MILLISECONDS = LIMIT * 1000
_ENDED = re.compile(r"\[\d+\]:")
_RUNNING = "[*]:"
_KERNEL_IS_CONNECTED = """states => {
    const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === "connected" && states.includes(kernel.status);
}"""
_ASK = "async () => { await jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestKernelInfo(); }"

expect.set_options(timeout=_MILLISECONDS)


class Notebook:
    """The open notebook of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.kernel_name = page.locator(".jp-NotebookPanel .jp-KernelName")
        self.dialog = page.locator(".jp-Dialog")
        self.completions = page.locator(".jp-Completer")
        self.tooltip = page.locator(".jp-Tooltip")
        self._indicator = page.locator(".jp-Notebook-ExecutionIndicator")

    # -- cells ---------------------------------------------------------------------------------------------------------

    def cell(self, number: int) -> Locator:
        """The cell, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def click(self, number: int) -> None:
        """Put the cursor at the end of the cell."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+End")

    def start(self, number: int) -> None:
        """Shift-Enter in the cell."""
        self.click(number)
        self.page.keyboard.press("Shift+Enter")

    def run(self, number: int) -> None:
        """Shift-Enter in the cell, and wait for its number."""
        self.start(number)
        self.ends(number)

    def ends(self, number: int) -> None:
        """Wait for the number that tells that the cell has ended."""
        expect(self._prompt(number)).to_have_text(_ENDED)

    def is_running(self, number: int) -> None:
        """The cell has a star."""
        expect(self._prompt(number)).to_have_text(_RUNNING)

    def shows(self, number: int, *outputs: str | re.Pattern[str]) -> None:
        """Wait until the cell's outputs are these."""
        expect(self.outputs(number)).to_have_text(list(outputs))

    def outputs(self, number: int) -> Locator:
        """The cell's outputs: texts, images, questions."""
        return self.cell(number).locator(".jp-OutputArea-output")

    def question(self, number: int) -> Locator:
        """The box of a cell that asks."""
        return self.cell(number).locator(".jp-Stdin-input")

    def _prompt(self, number: int) -> Locator:
        return self.cell(number).locator(".jp-InputPrompt")

    # -- the kernel ----------------------------------------------------------------------------------------------------

    def is_ready(self) -> None:
        """Wait until the kernel is there and idle: a cell that is run before is dropped by JupyterLab, silently."""
        self.page.wait_for_function(_KERNEL_IS_CONNECTED, arg=["idle"])
        self.kernel_is("idle")

    def is_back(self) -> None:
        """Wait until a kernel that died is there again: JupyterLab may not know its state until it runs a cell."""
        self.page.wait_for_function(_KERNEL_IS_CONNECTED, arg=["idle", "starting", "unknown"])

    def kernel_is(self, state: str) -> None:
        """Wait for the indicator to tell `state`: idle, busy, ..."""
        expect(self._indicator).to_have_attribute("data-status", state)

    def reaches_the_kernel(self) -> None:
        """Wait until the kernel has got all that was sent to it so far."""
        self.page.evaluate(_ASK)

    def press(self, button: str) -> None:
        """Click a button of the toolbar: interrupt, restart, ..."""
        self.page.locator(f'.jp-NotebookPanel-toolbar [data-jp-item-name="{button}"] jp-button').click()

    def accept(self, title: str) -> None:
        """Say yes to the dialog with this title."""
        expect(self.dialog.locator(".jp-Dialog-header")).to_have_text(title)
        self.dialog.locator(".jp-mod-accept").click()
        expect(self.dialog).to_have_count(0)


def ansi_colours(output: Locator) -> set[str]:
    """The colours of an output's texts that terminal sequences have coloured, as the browser shows them."""
    found: list[str] = output.locator("[class*=ansi-][class*=-fg]").evaluate_all(
        "all => all.map(one => getComputedStyle(one).color)"
    )
    return set(found)


def image_size(image: Locator) -> tuple[int, int]:
    """Width and height in pixels of an image that the browser has loaded and decoded. Fails when it cannot."""
    width, height = image.evaluate("async one => { await one.decode(); return [one.naturalWidth, one.naturalHeight]; }")
    return width, height
