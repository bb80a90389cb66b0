"""Several languages in one notebook in JupyterLab: a slider that redraws a figure, and the notebook of the demo."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.conftest import needs
from tests.frontends.browser import Open
from tests.frontends.lab import image_size

pytestmark = pytest.mark.browser

DEMO = Path(__file__).parents[2] / "examples" / "demo" / "polyglot.ipynb"

DRAW = """%matplotlib inline
import ipywidgets
import matplotlib.pyplot as plt

@ipywidgets.interact(width=(2, 9))
def draw(width=3):
    plt.figure(figsize=(width, 2))
    plt.plot([1, 3, 2])
    plt.show()"""


@pytest.mark.parametrize("kernel", ["ipython", "python"])
def test_a_slider_redraws_a_figure_of_python_in_a_bash_notebook(kernel: str, notebook: Open) -> None:
    for module in ("ipywidgets", "matplotlib", *(["ipykernel"] if kernel == "python" else [])):
        pytest.importorskip(module)
    page = notebook("bash", [f"%%kernel {kernel}\n{DRAW}", "echo 'still bash'"])
    page.run(0)
    figure = page.cell(0).locator(".jp-OutputArea img")
    expect(figure).to_have_count(1)
    width, height = image_size(figure)
    before = figure.get_attribute("src") or ""
    readout = page.cell(0).locator(".widget-readout")
    readout.fill("9")
    readout.press("Enter")
    expect(figure).not_to_have_attribute("src", before)
    expect(figure).to_have_count(1)
    wider, as_high = image_size(figure)
    assert (wider > 2 * width, as_high) == (True, height)
    page.run(1)
    page.shows(1, "still bash\n")


def test_the_notebook_of_three_languages(notebook: Open) -> None:
    needs("octave")
    for module in ("matplotlib", "pandas"):
        pytest.importorskip(module)
    cells = ["".join(cell["source"]) for cell in json.loads(DEMO.read_text())["cells"] if cell["cell_type"] == "code"]
    page = notebook("bash", cells)
    for number in range(len(cells)):
        page.run(number)
    expect(page.outputs(2).locator("table.dataframe td").first).to_have_text("49.0")
    expect(page.outputs(4)).to_have_text([re.compile(r"fit =\s+1\.\d+ +12\.\d+ +-4\.\d+")])
    assert image_size(page.outputs(5).locator("img"))[0] > 400
    page.shows(6, re.compile(r"Here everything falls with 9\.\d m/s²\."))
