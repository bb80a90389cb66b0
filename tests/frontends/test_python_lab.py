"""Python in JupyterLab, as its user sees it: widgets, progress bars, windows of figures, interrupts while awaiting."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.frontends.browser import Open
from tests.frontends.lab import image_size

pytest.importorskip("ipywidgets")
pytestmark = pytest.mark.browser


def test_a_slider_speaks_with_its_kernel_both_ways(notebook: Open) -> None:
    page = notebook(
        "ipython",
        [
            (
                "import ipywidgets as w\nslider = w.IntSlider(value=3, max=10)\nlabel = w.Label('nothing yet')\n"
                "slider.observe(lambda change: setattr(label, 'value', f'moved to {change.new}'), 'value')\n"
                "w.VBox([slider, label])"
            ),
            "slider.value = 7",
            "print('the value is', slider.value)",
        ],
    )
    page.run(0)
    readout = page.cell(0).locator(".widget-readout")
    expect(readout).to_have_text("3")
    page.run(1)
    expect(readout).to_have_text("7")  # the kernel has moved it
    expect(page.cell(0).locator(".widget-label").last).to_have_text("moved to 7")
    readout.fill("9")
    readout.press("Enter")
    expect(page.cell(0).locator(".widget-label").last).to_have_text("moved to 9")  # the user has
    page.run(2)
    page.shows(2, "the value is 9\n")


def test_a_cell_waits_for_a_button(notebook: Open) -> None:
    page = notebook(
        "ipython",
        [
            (
                "import asyncio, ipywidgets as w\nfrom IPython.display import display\n"
                "button = w.Button(description='Go on'); pressed = asyncio.Event()\n"
                "button.on_click(lambda _: pressed.set())\ndisplay(button)\nawait pressed.wait()\nprint('went on')"
            )
        ],
    )
    page.start(0)
    page.cell(0).locator("button.jupyter-button", has_text="Go on").click()
    page.ends(0)
    expect(page.outputs(0).last).to_have_text("went on\n")


def test_a_progress_bar_of_tqdm_is_a_widget_and_reaches_its_end(notebook: Open) -> None:
    pytest.importorskip("tqdm")
    page = notebook(
        "ipython", ["from tqdm.notebook import tqdm\nfor n in tqdm(range(5), desc='at work'): pass\nprint('done')"]
    )
    page.run(0)
    bar = page.cell(0).locator(".jupyter-widgets.widget-container").first
    expect(bar).to_contain_text(re.compile(r"at\swork:\s+100%.*5/5", re.S))
    expect(bar.locator(".progress-bar, progress")).to_have_count(1)
    expect(page.outputs(0).last).to_have_text("done\n")


def test_output_in_a_widget_stands_there(notebook: Open) -> None:
    page = notebook(
        "ipython",
        [
            "import ipywidgets as w\nout = w.Output(); out.add_class('mine')\nout",
            "with out: print('inside')\nprint('outside')",
        ],
    )
    page.run(0)
    page.run(1)
    page.shows(1, "outside\n")
    expect(page.cell(0).locator(".mine")).to_have_text(re.compile(r"^\s*inside\s*$"))


def test_the_interrupt_button_ends_a_cell_that_awaits(notebook: Open) -> None:
    page = notebook("ipython", ["import asyncio\nkept = 1\nprint('started')\nawait asyncio.sleep(600)", "print(kept)"])
    page.start(0)
    page.shows(0, "started\n")
    page.press("interrupt")
    page.ends(0)
    page.shows(0, "started\n", re.compile("KeyboardInterrupt"))
    page.run(1)
    page.shows(1, "1\n")


def test_a_figure_stands_below_what_its_cell_prints(notebook: Open) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nprint('printed')"
    page = notebook("ipython", [f"%config InlineBackend.figure_formats = ['svg']\n{code}"])
    page.run(0)
    expect(page.outputs(0)).to_have_count(2)
    expect(page.outputs(0).first).to_have_text("printed\n")
    assert min(image_size(page.outputs(0).last.locator("img"))) > 200


def test_a_figure_of_the_widget_backend_is_drawn_in_the_browser(notebook: Open) -> None:
    pytest.importorskip("ipympl")
    page = notebook(
        "ipython",
        [
            (
                "%matplotlib widget\nimport matplotlib.pyplot as plt\nfigure = plt.figure(); plt.plot([1, 3, 2])\n"
                "figure.canvas.mpl_connect('button_press_event', lambda event: print('pressed'))\nplt.show()"
            )
        ],
    )
    page.run(0)
    canvas = page.cell(0).locator(".jupyter-matplotlib canvas").last
    canvas.click()
    expect(page.cell(0)).to_contain_text("pressed")


@pytest.mark.parametrize(("code", "text"), [("int?", "Init signature"), ("%load_ext nothing", "ModuleNotFoundError")])
def test_what_ipython_says_is_seen(code: str, text: str, notebook: Open) -> None:
    page = notebook("ipython", [code])
    page.run(0)
    expect(page.page.locator(".jp-Notebook")).to_contain_text(text)
