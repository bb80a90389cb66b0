"""Jobs in the background, help, earlier cells and limited output, in JupyterLab."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import needs
from tests.frontends.browser import Open

pytestmark = pytest.mark.browser


def test_a_job_shows_what_it_says_below_its_cell_while_others_run(notebook: Open) -> None:
    job = "%%bg --name waiting\necho begun\nwhile [ ! -e go ]; do sleep 0.05; done\necho 'after that'"
    page = notebook("bash", [job, "echo other", "touch go", "%fg"])
    page.run(0)
    expect(page.outputs(0).last).to_have_text("begun\n")
    page.run(1)
    page.shows(1, "other\n")
    expect(page.outputs(0).last).not_to_contain_text("after that")
    page.run(2)
    expect(page.outputs(0).last).to_have_text("begun\nafter that\n")
    page.run(3)
    page.shows(3, "begun\nafter that\n")
    page.shows(1, "other\n")


def test_a_job_of_octave_runs_beside_the_session(notebook: Open) -> None:
    needs("octave")
    page = notebook("octave", ["%%bg\ndisp ('in the background'); plot (1:3)", "disp (1)", "%jobs"])
    page.run(0)
    page.run(1)
    page.shows(1, "1\n")
    expect(page.outputs(0)).to_contain_text(["in the background"])
    expect(page.outputs(0).locator("img, svg").first).to_be_attached()


def test_two_marks_show_a_functions_source_below_the_cell(notebook: Open) -> None:
    page = notebook("bash", ["greet() { echo 'hello there'; }", "greet??", "%cd?"])
    page.run(0)
    page.run(1)
    expect(page.outputs(1)).to_contain_text(["hello there"])
    page.run(2)
    expect(page.outputs(2)).to_contain_text(["usage: %cd"])


def test_an_earlier_cell_comes_into_the_next_one(notebook: Open) -> None:
    page = notebook("bash", ["echo earlier", "%recall 1"])
    page.run(0)
    page.run(1)
    expect(page.cell(2).locator(".cm-line")).to_have_text(["echo earlier"])
    page.run(2)
    page.shows(2, "earlier\n")


def test_of_very_long_output_head_and_tail_are_seen(notebook: Open) -> None:
    page = notebook("bash", ["%limit 4", "seq 100000", "%limit --off"])
    page.run(0)
    page.run(1)
    missing = re.compile(r"\[99,996 of 100,000 lines are not shown; all are in \S+\.txt\]")
    page.shows(1, "1\n2\n", missing, "99999\n100000\n")
