"""A notebook of widgets as a page of its own, by voila: the kernel runs it, and the page speaks with the kernel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.frontends.programs import LIMIT
from tests.frontends.server import TOKEN, Server

pytest.importorskip("voila")
pytestmark = pytest.mark.browser

CELLS = [
    "import ipywidgets as w\nfrom IPython.display import display\nprint('printed')",
    (
        "slider, label = w.IntSlider(value=3, max=10), w.Label('nothing yet')\n"
        "slider.observe(lambda change: setattr(label, 'value', f'moved to {change.new}'), 'value')\n"
        "display(w.VBox([slider, label]))"
    ),
    "from tqdm.auto import tqdm\nfor n in tqdm(range(5), desc='at work'): pass",
    (
        "out, button = w.Output(), w.Button(description='Press')\n"
        "@button.on_click\ndef pressed(_):\n    with out: print('pressed')\n"
        "display(button, out)"
    ),
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2]); plt.show()",
]


@pytest.fixture
def page(browser: Browser, server: Server, tmp_path: Path) -> Iterator[Page]:
    """The page of the notebook."""
    server.save("page.ipynb", "ipython", CELLS)
    context = browser.new_context(extra_http_headers=dict(server.headers))
    context.set_default_timeout(LIMIT * 1000)
    page = context.new_page()
    page.goto(f"{server.url}voila/render/page.ipynb?token={TOKEN}")
    yield page
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    context.close()
    server.forget()


def test_a_page_of_widgets_lives(page: Page) -> None:
    expect(page.locator("body")).to_contain_text("printed")
    readout = page.locator(".widget-readout")
    expect(readout).to_have_text("3")
    readout.fill("9")
    readout.press("Enter")
    expect(page.locator(".widget-label").filter(has_text="moved to 9")).to_have_count(1)
    bar = page.locator(".jupyter-widgets.widget-container").filter(has_text="work")
    expect(bar.first).to_contain_text(re.compile(r"100%.*5/5", re.S))
    page.locator("button", has_text="Press").click()
    expect(page.locator(".jp-OutputArea-output").filter(has_text="pressed").first).to_be_visible()
    assert page.locator("img").first.evaluate("async one => { await one.decode(); return one.naturalWidth; }") > 100
