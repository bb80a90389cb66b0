"""An Octave notebook in JupyterLab: what a person who calculates and plots does."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.frontends.browser import Open
from tests.frontends.gate import Gate
from tests.frontends.lab import Notebook, ansi_colours, image_size
from tests.frontends.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.octave]


def answer(notebook: Notebook, number: int, text: str) -> None:
    """Type into the box of the cell. JupyterLab leaves it there for a while, so the next one must be told from it."""
    box = notebook.cell(number).locator(".jp-Stdin-input:not([data-answered])")
    box.fill(text)
    box.evaluate("one => one.dataset.answered = ''")
    notebook.cell(number).locator(".jp-Stdin-input[data-answered]").last.press("Enter")


@pytest.mark.needs("gnuplot")
def test_a_surface_stands_where_it_was_drawn(notebook: Open) -> None:
    page = notebook("octave", ["disp ('before')\nsurf (peaks (20)); title ('hills'); drawnow\ndisp ('after')"])
    page.run(0)
    expect(page.outputs(0)).to_have_count(3)
    expect(page.outputs(0).first).to_have_text("before\n")
    assert image_size(page.outputs(0).nth(1).locator("img")) == (640, 480)
    expect(page.outputs(0).last).to_have_text("after\n")


@pytest.mark.needs("gnuplot")
def test_the_size_of_a_sharp_figure_is_that_which_was_asked_for(notebook: Open) -> None:
    page = notebook("octave", ["%plot --size 400,300 --ratio 2\nplot (1:3)\nfigure; bar ([3 1 2])"])
    page.run(0)
    images = page.outputs(0).locator("img")
    expect(images).to_have_count(2)
    for number in range(2):
        assert image_size(images.nth(number)) == (800, 600)
        box = images.nth(number).bounding_box()
        assert box is not None
        assert (round(box["width"]), round(box["height"])) == (400, 300)


@pytest.mark.needs("gnuplot")
def test_an_animation_moves_in_its_place(notebook: Open, gate: Gate) -> None:
    wait = gate.wait["octave"]
    # No frame is left out, however slow the machine is.
    code = f"__k_plot__ (struct ('patience', Inf));\nh = plot (1:3); drawnow\n{wait}\n"
    page = notebook("octave", [f"{code}set (h, 'ydata', [3 1 2]); drawnow\n{wait}\nset (h, 'ydata', [1 1 1])"])
    page.start(0)
    image = page.outputs(0).locator("img")
    seen = []
    for _ in range(2):
        expect(image).to_have_count(1)
        for known in seen:
            expect(image).not_to_have_attribute("src", known)
        page.is_running(0)
        seen.append(image.get_attribute("src") or "")
        gate.open()
    page.ends(0)
    for known in seen:
        expect(image).not_to_have_attribute("src", known)
    expect(page.outputs(0)).to_have_count(1)
    assert image_size(image) == (640, 480)


def test_a_question_is_answered(notebook: Open) -> None:
    page = notebook(
        "octave", ["width = input ('Width [m]? ');\nname = input ('Name? ', 's');\nprintf ('%s: %g\\n', name, width)"]
    )
    page.start(0)
    expect(page.outputs(0)).to_contain_text(["Width [m]?"])
    answer(page, 0, "3 * 4")
    expect(page.outputs(0).last).to_contain_text("Name?")
    answer(page, 0, "Träger")
    page.ends(0)
    expect(page.outputs(0).last).to_have_text(re.compile(r"Träger: 12\n$"))


def test_the_debugger_is_spoken_with(notebook: Open) -> None:
    code = "function y = half (x)\n  y = x / 2;\n  keyboard\n  y = y + 1;\nend\nr = half (10)"
    page = notebook("octave", [code])
    page.start(0)
    expect(page.outputs(0)).to_contain_text([re.compile(r"^stopped in half at line 3"), "keyboard>"])
    answer(page, 0, "y")
    expect(page.cell(0)).to_contain_text("y = 5")
    answer(page, 0, "y = 7;")
    answer(page, 0, "dbcont")
    page.ends(0)
    expect(page.outputs(0).last).to_have_text(re.compile(r"r = 8\n$"))


def test_an_error_has_colours_and_names_the_cell_and_the_line(notebook: Open) -> None:
    page = notebook("octave", ["a = 1;\nb = [1 2 3];\nb(7)\ndisp ('not reached')", "x = (1 +\n", "disp (a)"])
    page.run(0)
    trace = r"^error: .*out of bound.*In\[1\], line 3, column 1\s+1 a = 1;\s+2 b.*----> 3 b\(7\).*4 disp"
    page.shows(0, re.compile(trace, re.S))
    assert len(ansi_colours(page.outputs(0))) >= 3  # of the error, its place, and the code
    page.run(1)
    page.shows(1, re.compile(r"^parse error: In\[2\], line 1: .*----> 1 x = \(1 \+", re.S))
    page.run(2)
    page.shows(2, "1\n")


def test_tab_completes_the_field_of_a_struct(notebook: Open) -> None:
    page = notebook("octave", ["beam.length = 3; beam.load = 20; beam.width = 1;", "beam.l"])
    page.run(0)
    page.click(1)
    page.page.keyboard.press("Tab")
    matches = page.completions.locator(".jp-Completer-match")
    expect(matches).to_have_text(["length", "load"])
    matches.last.click()
    expect(page.cell(1).locator(".cm-line")).to_have_text("beam.load")
    page.run(1)
    page.shows(1, "ans = 20\n")


def test_shift_tab_tells_of_a_function_and_of_a_value(notebook: Open) -> None:
    page = notebook("octave", ["m = magic (3);", "linspace (", "m"])
    page.run(0)
    page.click(1)
    page.page.keyboard.press("Shift+Tab")
    expect(page.tooltip).to_contain_text("linspace (START, END, N)")
    page.page.keyboard.press("Escape")
    expect(page.tooltip).to_have_count(0)
    page.click(2)
    page.page.keyboard.press("Shift+Tab")
    expect(page.tooltip).to_contain_text(re.compile(r"8\s+1\s+6\s+3\s+5\s+7"))


def test_the_interrupt_button_ends_an_endless_loop_and_the_workspace_stays(notebook: Open) -> None:
    page = notebook("octave", ["x = 'kept'; disp ('started')\nwhile true, end\ndisp ('not reached')", "disp (x)"])
    page.start(0)
    page.shows(0, "started\n")
    page.press("interrupt")
    page.ends(0)
    page.shows(0, "started\n", re.compile("interrupted|KeyboardInterrupt"))
    page.run(1)
    page.shows(1, "kept\n")


def test_an_octave_that_ends_is_told_and_the_next_cell_runs(notebook: Open) -> None:
    page = notebook("octave", ["x = 1; disp ('bye')\nexit (3)", "disp (exist ('x'))"])
    page.run(0)
    expect(page.outputs(0)).to_contain_text(["bye"])
    expect(page.outputs(0).last).to_contain_text("octave ended with status 3")
    page.run(1)
    expect(page.outputs(1).last).to_have_text("0\n")


def test_a_struct_is_shown_as_a_table(notebook: Open) -> None:
    page = notebook("octave", ["jupyter_show (struct ('name', {'Ada', 'A < B'}, 'born', {1815, 1912}))"])
    page.run(0)
    rows = page.outputs(0).locator("tr")
    expect(rows).to_have_count(3)
    expect(rows.last.locator("td")).to_have_text(["A < B", "1912"])


def test_the_saved_notebook_is_that_of_octave(notebook: Open, server: Server) -> None:
    page = notebook("octave", ["x = 1\nwarning ('careful')"])
    page.run(0)
    path: str = page.page.evaluate(
        """async () => {
            await jupyterapp.commands.execute('docmanager:save');
            return jupyterapp.shell.currentWidget.context.path;
        }"""
    )
    document = json.loads((server.folder / path).read_text())
    info = document["metadata"]["language_info"]
    assert (info["name"], info["file_extension"], info["mimetype"]) == ("octave", ".m", "text/x-octave")
    first, second = document["cells"][0]["outputs"]
    assert first == {"output_type": "stream", "name": "stdout", "text": ["x = 1\n"]}
    assert (second["name"], second["text"][0]) == ("stderr", "warning: careful\n")
