"""Other kernels in a bash notebook in JupyterLab: widgets that speak with them, figures, questions, interrupts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.frontends.browser import Open
from tests.frontends.lab import image_size

pytest.importorskip("ipywidgets")
pytestmark = pytest.mark.browser

SLIDER = """
import ipywidgets as w
slider = w.IntSlider(value=3, max=10)
label = w.Label('nothing yet')
slider.observe(lambda change: setattr(label, 'value', f'moved to {change.new}'), 'value')
w.VBox([slider, label])"""


@pytest.mark.parametrize("kernel", ["ipython", "python3"])
def test_a_slider_of_another_kernel_works_both_ways(kernel: str, notebook: Open) -> None:
    if kernel == "python3":
        pytest.importorskip("ipykernel")
    page = notebook("bash", [f"%%kernel {kernel}{SLIDER}", "%kx slider.value = 7", "%kx print('it is', slider.value)"])
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
    page.shows(2, "it is 9\n")


def test_output_in_a_widget_of_another_kernel_stands_there(notebook: Open) -> None:
    page = notebook(
        "bash",
        [
            "%%kernel ipython\nimport ipywidgets as w\nout = w.Output(); out.add_class('mine')\nout",
            "%%kernel ipython\nwith out: print('inside')\nprint('outside')",
        ],
    )
    page.run(0)
    page.run(1)
    page.shows(1, "outside\n")
    expect(page.cell(0).locator(".mine")).to_have_text(re.compile(r"^\s*inside\s*$"))


def test_a_figure_and_a_question_of_another_kernel(notebook: Open) -> None:
    pytest.importorskip("matplotlib")
    page = notebook(
        "bash",
        [
            "%%python\n%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);",
            "%%python\nprint('hello', input('name? '))",
        ],
    )
    page.run(0)
    assert min(image_size(page.outputs(0).last.locator("img"))) > 200
    page.start(1)
    expect(page.question(1)).to_have_count(1)
    page.question(1).fill("Zoë")
    page.question(1).press("Enter")
    page.ends(1)
    expect(page.outputs(1).last).to_have_text(re.compile("hello Zoë"))


def test_the_interrupt_button_reaches_another_kernel(notebook: Open) -> None:
    page = notebook(
        "bash", ["%%kernel ipython\nimport time\nkept = 1\nprint('go')\ntime.sleep(600)", "%kx print(kept)"]
    )
    page.start(0)
    page.shows(0, "go\n")
    page.press("interrupt")
    page.ends(0)
    page.shows(0, "go\n", re.compile("KeyboardInterrupt"))
    page.run(1)
    page.shows(1, "1\n")


def test_completion_in_a_cell_of_another_kernel(notebook: Open) -> None:
    page = notebook(
        "bash", ["%%kernel ipython\nremarkable_one = 1; remarkable_two = 2", "%%kernel ipython\nremarkable"]
    )
    page.run(0)
    page.click(1)
    page.page.keyboard.press("Tab")
    expect(page.completions).to_contain_text("remarkable_two")


def test_a_widget_is_there_again_when_the_page_is_loaded_again(notebook: Open) -> None:
    page = notebook("bash", [f"%%kernel ipython{SLIDER}"])
    page.run(0)
    expect(page.cell(0).locator(".widget-readout")).to_have_text("3")
    page.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    page.page.reload()
    page.page.locator(".jp-NotebookPanel").wait_for()
    readout = page.cell(0).locator(".widget-readout")
    expect(readout).to_have_text("3")
    readout.fill("9")
    readout.press("Enter")
    expect(page.cell(0).locator(".widget-label").last).to_have_text("moved to 9")
