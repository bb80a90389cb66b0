"""JupyterLab in a browser, touched as a user does."""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from tests.frontends.browser import Open
from tests.frontends.gate import Gate
from tests.frontends.lab import Notebook, ansi_colours, image_size

pytestmark = pytest.mark.browser

PYTHON = f"ipython (Python {sys.version_info.major}.{sys.version_info.minor})"
LOGOS = {"Bash": "bash", "Echo": "echo", PYTHON: "ipython"}
RED_DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHx"
    "gljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg=="
)


def languages(*, python: Sequence[str], bash: Sequence[str]) -> pytest.MarkDecorator:
    """Run a test with the cells of either language."""
    cells = [pytest.param("ipython", python, id="python"), pytest.param("bash", bash, id="bash")]
    return pytest.mark.parametrize(("kernel", "cells"), cells)


def test_the_launcher_shows_each_kernel_with_its_logo(page: Page) -> None:
    for category in ("Notebook", "Console"):
        for title, kernel in LOGOS.items():
            card = page.locator(f'.jp-LauncherCard[data-category="{category}"][title="{title}"]')
            logo = card.locator("img.jp-Launcher-kernelIcon")
            expect(logo).to_have_attribute("src", f"/kernelspecs/{kernel}/logo-svg.svg")
            width, height = image_size(logo)
            assert min(width, height) >= 32


def test_a_card_of_the_launcher_starts_a_notebook_with_its_kernel(page: Page) -> None:
    page.locator('.jp-LauncherCard[data-category="Notebook"][title="Bash"]').click()
    notebook = Notebook(page)
    notebook.is_ready()
    notebook.click(0)
    page.keyboard.type("echo $((6 * 7))")
    notebook.run(0)
    notebook.shows(0, "42\n")


@languages(python=["print('first')\n{wait}\nprint('second')"], bash=["echo first\n{wait}\necho second"])
def test_output_is_shown_while_the_cell_runs(kernel: str, cells: Sequence[str], notebook: Open, gate: Gate) -> None:
    page = notebook(kernel, [cell.format(wait=gate.wait[kernel]) for cell in cells])
    page.start(0)
    page.shows(0, "first\n")
    page.is_running(0)
    gate.open()
    page.shows(0, "first\nsecond\n")
    page.ends(0)


@pytest.mark.parametrize(("kernel", "name"), [("ipython", PYTHON), ("bash", "Bash")])
def test_the_kernels_name_and_state_are_shown(kernel: str, name: str, notebook: Open, gate: Gate) -> None:
    page = notebook(kernel, [gate.wait[kernel]])
    expect(page.kernel_name).to_have_text(name)
    page.start(0)
    page.kernel_is("busy")
    gate.open()
    page.kernel_is("idle")
    page.ends(0)


def test_a_python_traceback_has_colours(notebook: Open) -> None:
    page = notebook("ipython", ["def divide():\n    return 1 / 0\ndivide()"])
    page.run(0)
    page.shows(0, re.compile(r"ZeroDivisionError.*line 3.*divide\(\).*ZeroDivisionError: division by zero", re.S))
    assert len(ansi_colours(page.outputs(0))) >= 3


def test_what_bash_programs_colour_has_colours(notebook: Open) -> None:
    page = notebook("bash", ["printf '\\e[31mred\\e[32mgreen\\e[0mplain\\n'\ncd /no/such/folder"])
    page.run(0)
    page.shows(0, re.compile(r"^redgreenplain\n.*/no/such/folder: No such file"), re.compile("status 1"))
    assert len(ansi_colours(page.outputs(0).first)) == 2


@languages(
    python=["kept = 1\nprint('started')\nwhile True: pass", "print('kept', kept)"],
    bash=["kept=1\necho started\nwhile :; do :; done", "echo kept $kept"],
)
def test_the_interrupt_button_ends_the_cell_and_keeps_variables(
    kernel: str, cells: Sequence[str], notebook: Open
) -> None:
    page = notebook(kernel, cells)
    page.start(0)
    page.shows(0, "started\n")
    page.press("interrupt")
    page.ends(0)
    page.shows(0, "started\n", re.compile("KeyboardInterrupt|interrupted"))
    page.run(1)
    page.shows(1, "kept 1\n")


@languages(
    python=["kept = 1\nprint('started')\nwhile True: pass", "print('kept' in globals())"],
    bash=["kept=1\necho started\nwhile :; do :; done", "echo ${kept-lost}"],
)
def test_the_restart_button_ends_the_cell_and_forgets_variables(
    kernel: str, cells: Sequence[str], notebook: Open
) -> None:
    page = notebook(kernel, cells)
    page.start(0)
    page.shows(0, "started\n")
    page.press("restart")
    page.accept("Restart Kernel?")
    page.is_ready()
    page.run(1)
    page.shows(1, "False\n" if kernel == "ipython" else "lost\n")
    expect(page.cell(1).locator(".jp-InputPrompt")).to_have_text("[1]:")


@languages(
    python=["name = input('Who? ')\nprint(f'hello, {name}')"],
    bash=["read -r -p 'Who? ' name\necho \"hello, $name\""],
)
def test_a_cell_asks_in_a_box(kernel: str, cells: Sequence[str], notebook: Open) -> None:
    page = notebook(kernel, cells)
    page.start(0)
    expect(page.outputs(0)).to_contain_text(["Who?"])
    expect(page.question(0)).not_to_have_attribute("type", "password")
    page.question(0).fill("Ada")
    page.question(0).press("Enter")
    page.ends(0)
    page.shows(0, re.compile(r"^Who\?\s+Ada\s*$"), "hello, Ada\n")


@languages(
    python=["import getpass\nword = getpass.getpass('Word: ')\nprint(len(word))"],
    bash=["read -rs -p 'Word: ' word\necho ${#word}"],
)
def test_a_cell_asks_for_a_password_that_nobody_sees(kernel: str, cells: Sequence[str], notebook: Open) -> None:
    page = notebook(kernel, cells)
    page.start(0)
    expect(page.question(0)).to_have_attribute("type", "password")
    page.question(0).fill("xyzzy")
    page.question(0).press("Enter")
    page.ends(0)
    expect(page.outputs(0).last).to_have_text(re.compile(r"^\s*5\n$"))
    expect(page.cell(0).locator(".jp-OutputArea")).not_to_contain_text("xyzzy")


@languages(python=["import os", "os.get"], bash=["other_one=1 other_two=2", "echo $other_"])
def test_tab_completes(kernel: str, cells: Sequence[str], notebook: Open) -> None:
    page = notebook(kernel, cells)
    page.run(0)
    page.click(1)
    page.page.keyboard.press("Tab")
    expected = "getcwd" if kernel == "ipython" else "other_two"
    page.completions.locator(".jp-Completer-match", has_text=re.compile(rf"^\W*{expected}$")).click()
    whole = "os.getcwd" if kernel == "ipython" else "echo $other_two"
    expect(page.cell(1).locator(".cm-line")).to_have_text(whole)


@languages(python=["def area(width, height):\n    'The product.'", "area"], bash=["area() { echo product; }", "area"])
def test_shift_tab_explains(kernel: str, cells: Sequence[str], notebook: Open) -> None:
    page = notebook(kernel, cells)
    page.run(0)
    page.click(1)
    page.page.keyboard.press("Shift+Tab")
    expected = ["area(width, height)", "The product."] if kernel == "ipython" else ["area", "echo product"]
    for text in expected:
        expect(page.tooltip).to_contain_text(text)


@languages(
    python=[f"import base64\nfrom IPython.display import Image\nImage(base64.b64decode('{RED_DOT}'))"],
    bash=[f"base64 -d <<< {RED_DOT} > dot.png\ndisplay dot.png"],
)
def test_an_image_is_shown(kernel: str, cells: Sequence[str], notebook: Open) -> None:
    assert base64.b64decode(RED_DOT).startswith(b"\x89PNG")
    page = notebook(kernel, cells)
    page.run(0)
    assert image_size(page.outputs(0).locator("img")) == (5, 5)


def test_a_matplotlib_figure_is_shown(notebook: Open) -> None:
    page = notebook("ipython", ["import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);"])
    page.run(0)
    width, height = image_size(page.outputs(0).locator("img"))
    assert min(width, height) > 200


@languages(
    python=["shown = display('before', display_id=True)", "shown.update('after')"],
    bash=["echo '<b>before</b>' | display --id x text/html", "echo '<b>after</b>' | display --update x text/html"],
)
def test_a_later_cell_updates_a_display(kernel: str, cells: Sequence[str], notebook: Open) -> None:
    page = notebook(kernel, cells)
    page.run(0)
    expect(page.outputs(0)).to_have_text([re.compile("before")])
    page.run(1)
    expect(page.outputs(0)).to_have_text([re.compile("after")])
    expect(page.outputs(1)).to_have_count(0)


@languages(python=["import os\nos._exit(1)", "1 + 1"], bash=["kill -9 $PPID", "echo 2"])
def test_a_kernel_that_dies_is_started_again(kernel: str, cells: Sequence[str], notebook: Open) -> None:
    page = notebook(kernel, cells)
    page.start(0)
    page.accept("Kernel Restarting")
    page.is_back()
    page.run(1)
    account = [re.compile("died while it ran cell")] if kernel == "ipython" else []
    page.shows(1, *account, re.compile(r"^2\n?$"))


def test_the_cells_after_an_error_are_not_run(notebook: Open, gate: Gate) -> None:
    page = notebook("bash", [f"{gate.wait['bash']}; false", "echo not run"])
    page.click(0)
    page.press("restart-and-run")
    page.accept("Restart Kernel?")
    page.is_running(1)
    page.reaches_the_kernel()  # a cell that came later than the failure would be run
    gate.open()
    page.ends(0)
    page.kernel_is("idle")
    expect(page.cell(1).locator(".jp-InputPrompt")).to_have_text("[ ]:")
    page.shows(1)
