"""The browser and the page of JupyterLab that the tests of a module share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import needs
from tests.frontends.lab import Notebook
from tests.frontends.programs import LIMIT, chromium
from tests.frontends.server import TOKEN, Server

Open = Callable[[str, Sequence[str]], Notebook]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    needs("chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        one = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield one
        one.close()


class Lab:
    """The page that all tests use: to load JupyterLab takes longer than most of them."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self._context = context
        self._server = server
        self._page: Page | None = None

    def page(self) -> Page:
        """JupyterLab with its launcher."""
        if self._page is None:
            self._page = self._context.new_page()
            self._page.goto(f"{self._server.url}lab?reset&token={TOKEN}")
        self._page.locator(".jp-Launcher").wait_for()
        return self._page

    def picture(self, path: Path) -> None:
        """What the page shows; the next test gets another one."""
        if self._page is not None:
            self._page.screenshot(path=path)
            self._page.close()
            self._page = None

    def clear(self) -> None:
        """Close what is open, without questions whether to save it, and shut down the kernels."""
        if self._page is not None:
            self._page.evaluate("[...jupyterapp.shell.widgets('main')].forEach(one => one.dispose())")
        self._server.forget()


@pytest.fixture(scope="module")
def lab(browser: Browser, server: Server) -> Iterator[Lab]:
    context = browser.new_context(extra_http_headers=dict(server.headers), viewport={"width": 1200, "height": 800})
    context.set_default_timeout(LIMIT * 1000)
    yield Lab(context, server)
    context.close()


@pytest.fixture
def page(lab: Lab, server: Server, tmp_path: Path, failed: Callable[[], bool]) -> Iterator[Page]:
    """The launcher; a picture is kept when the test fails."""
    yield lab.page()
    if failed():
        lab.picture(tmp_path / "page.png")
        print(f"what the page showed: {tmp_path / 'page.png'}\nwhat the server wrote: {server.log}")
    lab.clear()


@pytest.fixture
def notebook(page: Page, server: Server, request: pytest.FixtureRequest) -> Open:
    """Opens a notebook with these cells and waits until its kernel is ready."""

    def opened(kernel: str, cells: Sequence[str]) -> Notebook:
        name = re.sub(r"\W", "-", request.node.name) + ".ipynb"
        server.save(name, kernel, cells)
        page.evaluate("async path => { await jupyterapp.commands.execute('docmanager:open', { path }); }", name)
        one = Notebook(page)
        one.is_ready()
        return one

    return opened
