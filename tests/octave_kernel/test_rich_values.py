"""What `jupyter_show` and `jupyter_display` show."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.octave_kernel.conftest import Octave


def shown(octave: Octave, code: str) -> dict[str, Any]:
    """The one thing that the cell shows, by type."""
    cell = octave.run(code)
    assert cell.error is None
    ((kind, (data, _)),) = cell.recorder.shown
    assert kind == "display"
    return dict(data)


class _Balanced(HTMLParser):
    """Fails for tags that do not close as they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def cells(html: str) -> list[list[str]]:
    """The texts of the outermost table's rows; the tables within it as text."""
    reader = _Balanced()
    reader.feed(html)
    assert reader.open == []
    return [
        [re.sub("<[^>]*>", "", text) for text in re.findall(r"<t[hd]>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", html)
    ]


@pytest.mark.parametrize(
    ("value", "table"),
    [
        ("[1.5 -2; 3 NaN]", [["", "1", "2"], ["1", "1.5", "-2"], ["2", "3", "NaN"]]),
        ("[1+2i 3]", [["", "1", "2"], ["1", "1+2i", "3"]]),
        ("sparse ([0 7])", [["", "1", "2"], ["1", "0", "7"]]),
        ("int8 ([1; -1]) > 0", [["", "1"], ["1", "1"], ["2", "0"]]),
        ("{1, 'a<b'}", [["", "1", "2"], ["1", "1", "a&lt;b"]]),
        ("struct ('a', {1, 2}, 'b', {'x', 'ü'})", [["", "a", "b"], ["1", "1", "x"], ["2", "2", "ü"]]),
        ("struct ('a', 1, 'b', 'text')", [["a", "1"], ["b", "text"]]),
        ("containers.Map ({'k', 'l'}, {1, 'z'})", [["k", "1"], ["l", "z"]]),
        ("containers.Map ([1.5 2], {1, 'z'})", [["1.5", "1"], ["2", "z"]]),
    ],
)
def test_values_are_tables(shared: Octave, value: str, table: list[list[str]]) -> None:
    assert cells(shown(shared, f"jupyter_show ({value})")["text/html"]) == table


@pytest.mark.parametrize(
    ("value", "html"),
    [("3.25", "3.25"), ("true", "1"), ("[]", "0x0 double"), ("{}", "0x0 cell"), ("zeros (0, 3)", "0x3 double")],
)
def test_small_values_are_words(shared: Octave, value: str, html: str) -> None:
    assert shown(shared, f"jupyter_show ({value})")["text/html"] == html


def test_the_plain_text_comes_with_it(shared: Octave) -> None:
    assert shown(shared, "jupyter_show (magic (2))")["text/plain"] == "   4   3\n   1   2\n"


def test_values_within_values_are_shown(shared: Octave) -> None:
    html = shown(shared, "s.m = [1 2]; s.c = {struct('deep', {{9}})}; jupyter_show (s)")["text/html"]
    assert html.count("<table>") == 4
    assert "deep" in html


def test_pages_of_an_array_have_heads(shared: Octave) -> None:
    html = shown(shared, "jupyter_show (zeros (1, 1, 2, 3))")["text/html"]
    assert re.findall("<div>(.*?)</div>", html) == ["(:,:,1,1)", "(:,:,2,1)", "(:,:,1,2)", "(:,:,2,2)", "… 2 more"]


def test_much_is_cut_and_that_is_said(shared: Octave) -> None:
    data = shown(shared, "jupyter_show (ones (500), 2, 3)")
    assert cells(data["text/html"]) == [
        ["", "1", "2", "3", "…"],
        ["1", "1", "1", "1", "…"],
        ["2", "1", "1", "1", "…"],
        ["…", "498 more"],
    ]
    assert len(data["text/plain"]) < 25_000
    assert data["text/plain"].endswith("…\n")


def test_data_of_any_type_is_shown_where_it_stands(shared: Octave) -> None:
    cell = shared.run("disp (1); jupyter_display ('text/markdown', '**ü**'); disp (2)")
    assert cell.recorder.shown == [
        ("stdout", "1\n"),
        ("display", ({"text/markdown": "**ü**"}, None)),
        ("stdout", "2\n"),
    ]
    assert shown(shared, "jupyter_display ('application/json', '{\"a\": [1]}')") == {"application/json": {"a": [1]}}
    assert shown(shared, "jupyter_display ('image/png', uint8 ([137 0 255]))") == {"image/png": b"\x89\0\xff"}


def test_what_has_a_name_takes_its_own_place(shared: Octave) -> None:
    cell = shared.run("for i=1:2, jupyter_display ('text/html', sprintf ('%d', i), 'state'); end")
    assert cell.recorder.shown == [
        ("display", ({"text/html": "1"}, "state")),
        ("update", ({"text/html": "2"}, "state")),
    ]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("jupyter_display ('html', 'x')", "TYPE must be a MIME type"),
        ("jupyter_display ('text/html', 5)", "DATA must be a string or bytes (uint8), not double"),
        ("jupyter_display ('text/html', 'x', 5)", "ID must be a string"),
        ("jupyter_display ('text/html')", "Invalid call to jupyter_display"),
        ("jupyter_show ()", "Invalid call to jupyter_show"),
        ("jupyter_show (1, 0)", "ROWS and COLUMNS must be positive numbers"),
    ],
)
def test_a_wrong_call_is_an_error_that_says_what_is_expected(shared: Octave, call: str, says: str) -> None:
    cell = shared.run(call)
    assert cell.error is not None
    assert says in cell.error[1]


def test_no_function_of_octave_has_these_names(shared: Octave) -> None:
    assert "jupyter_show.m" in shared.run("which jupyter_show").text
    assert shared.run("disp (numel (file_in_loadpath ({'jupyter_show.m'; 'jupyter_display.m'}, 'all')))").text == "2\n"
