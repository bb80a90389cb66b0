"""Cells in JupyterLab have the colours of their kernel's language."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.conftest import needs
from tests.frontends.browser import Open
from tests.frontends.lab import Notebook

pytestmark = pytest.mark.browser

COLOUR_OF = """([name]) => {
    const probe = document.createElement("span");
    probe.style.color = `var(--jp-mirror-editor-${name}-color)`;
    document.body.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
}"""
TOKENS = """all => all.map(one => [one.textContent, getComputedStyle(one).color])"""


def kinds(page: Notebook, number: int, names: list[str]) -> dict[str, str]:
    """Token -> which of these names of the theme its colour has."""
    expect(page.cell(number).locator(".cm-line span").first).to_be_attached()
    colours = {page.page.evaluate(COLOUR_OF, [name]): name for name in reversed(names)}
    found: list[tuple[str, str]] = page.cell(number).locator(".cm-line span").evaluate_all(TOKENS)
    return {text: colours.get(colour, "") for text, colour in found}


def test_a_bash_cell(notebook: Open) -> None:
    page = notebook("bash", ['if true; then echo "text"; fi  # a comment'])
    found = kinds(page, 0, ["keyword", "string", "comment"])
    assert (found["if"], found['"text"'], found["# a comment"]) == ("keyword", "string", "comment")


def test_an_octave_cell(notebook: Open) -> None:
    needs("octave")
    page = notebook("octave", ["for i = 1:3, disp ('text'); end  % a comment"])
    found = kinds(page, 0, ["keyword", "string", "comment", "number"])
    assert (found["for"], found["'text'"], found["% a comment"]) == ("keyword", "string", "comment")


def test_a_cell_of_no_language_is_plain(notebook: Open) -> None:
    page = notebook("echo", ["if true # not a comment", "shout"])
    expect(page.cell(0).locator(".cm-line")).to_have_text(["if true # not a comment"])
    expect(page.cell(0).locator(".cm-line span")).to_have_count(0)


def test_what_magics_show_has_the_colours_of_the_editor(notebook: Open) -> None:
    code = '%%kernel python3\ndef f(): return "text"'
    shown = "display --mime text/html < shown.html"
    page = notebook("bash", [f"cat > shown.html <<'end'\n{html(code)}\nend\n{shown}"])
    page.run(0)
    block = page.outputs(0).locator(".kernel-code")
    expect(block).to_contain_text('def f(): return "text"')
    keyword = page.page.evaluate(COLOUR_OF, ["keyword"])
    colours = dict(block.locator("span").evaluate_all(TOKENS))
    assert (colours["def"], colours["kernel"]) == (keyword, keyword)


def html(code: str) -> str:
    """As `%%show` shows it."""
    from bash_kernel.kernel import BashKernel
    from sdk.magics import highlighting

    return highlighting.html(code, highlighting.of_kernel(BashKernel()))
