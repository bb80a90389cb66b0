"""`%html %javascript %latex %%markdown %%svg %%json %dot %%mermaid %%vega %image`, in every kernel."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sdk.magics import graphviz
from sdk.protocol.iopub import DisplayData, UpdateDisplayData
from sdk.protocol.message import Content
from sdk.testing import Exchange
from tests.conftest import needs
from tests.magics.conftest import KERNELS, Live, error_of, started
from tests.waiting import until

LINES = ("html", "javascript", "js", "latex", "dot", "image")
CELLS = ("html", "javascript", "js", "latex", "markdown", "svg", "json", "dot", "mermaid", "vega", "vegalite")
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><text>ü</text></svg>'
PROLOG = '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "x" "y>" [<!-- ] -->]>\n<!-- by > hand -->\n'


def display(data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> DisplayData:
    return DisplayData(data, metadata or {})


def outputs(done: Exchange) -> list[Content]:
    assert done.error is None, done.error
    return done.outputs()


@pytest.mark.parametrize("name", [*(f"%{name}" for name in LINES), *(f"%%{name}" for name in CELLS)])
def test_each_tells_what_it_takes_and_refuses_other_options(any_kernel: Live, name: str) -> None:
    helped = any_kernel.run(f"{name} --help")
    assert (helped.text().split()[:2], helped.error) == (["usage:", name], None)
    error = error_of(any_kernel.run(f"{name} --idd x"))
    assert error is not None
    assert error[1].startswith(f"{name}: --idd: no such option; did you mean --id?")
    any_kernel.goes_on()


# -- text --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("html", "text/html"),
        ("javascript", "application/javascript"),
        ("js", "application/javascript"),
        ("latex", "text/latex"),
    ],
)
def test_the_rest_of_a_line_is_shown_as_it_stands(any_kernel: Live, name: str, mime: str) -> None:
    text = r"""<b title="a  b">ü</b> $\dfrac{a}{b}$ 'it's --id"""
    assert outputs(any_kernel.run(f"%{name}  {text}")) == [display({mime: text, "text/plain": text})]
    any_kernel.goes_on()


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("html", "text/html"),
        ("javascript", "application/javascript"),
        ("js", "application/javascript"),
        ("latex", "text/latex"),
        ("markdown", "text/markdown"),
        ("mermaid", "text/vnd.mermaid"),
    ],
)
def test_what_is_below_is_shown_as_it_stands(any_kernel: Live, name: str, mime: str) -> None:
    text = "%html 1\n\n  ü\\ \n%%svg\n"
    assert outputs(any_kernel.run(f"%%{name}\n{text}")) == [display({mime: text, "text/plain": text})]
    any_kernel.goes_on()


def test_html_may_have_a_frame_of_its_own(any_kernel: Live) -> None:
    wanted = [display({"text/html": "<p>", "text/plain": "<p>"}, {"text/html": {"isolated": True}})]
    assert outputs(any_kernel.run("%html --isolated <p>")) == wanted
    assert outputs(any_kernel.run("%%html --isolated\n<p>")) == wanted


def test_several_stand_above_code_in_their_order(any_kernel: Live) -> None:
    done = any_kernel.run(f"%html <p>\n%latex $x$\n{any_kernel.say('code')}")
    assert [content.msg_type for content in outputs(done)] == ["display_data", "display_data", "stream"]


def test_a_line_without_text_says_so(echo: Live, bash: Live) -> None:
    for kernel in (echo, bash):
        error = error_of(kernel.run("%html --isolated"))
        assert error == ("UsageError", "%html: CODE is missing\nusage: %html [--id ID] [--isolated] CODE")


# -- names -------------------------------------------------------------------------------------------------------------


def test_what_has_a_name_is_changed_by_another_cell_and_shown_anew_by_its_own(any_kernel: Live) -> None:
    def run(text: str, cell: str | None) -> list[Content]:
        metadata = {} if cell is None else {"cellId": cell}
        return outputs(any_kernel.run(f"%%html --id board\n{text}", metadata=metadata))

    def data(text: str) -> Mapping[str, str]:
        return {"text/html": text, "text/plain": text}

    transient = {"display_id": "board"}
    assert run("1", "a") == [DisplayData(data("1"), {}, transient)]
    assert run("2", "b") == [UpdateDisplayData(data("2"), {}, transient)]
    assert run("3", "a") == [DisplayData(data("3"), {}, transient)]
    assert run("4", None) == [UpdateDisplayData(data("4"), {}, transient)]
    twice = any_kernel.run("%html --id twice 1\n%html --id twice 2")
    assert [content.msg_type for content in outputs(twice)] == ["display_data", "update_display_data"]


# -- what is checked ---------------------------------------------------------------------------------------------------


def test_json_is_shown_as_a_tree(any_kernel: Live) -> None:
    text = '{"ü": [1, null, 2.5]}'
    data = {"application/json": {"ü": [1, None, 2.5]}, "text/plain": text}
    assert outputs(any_kernel.run(f"%%json\n{text}")) == [display(data)]
    assert outputs(any_kernel.run(f"%%json -e\n{text}")) == [display(data, {"application/json": {"expanded": True}})]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a":\n 1]}', "line 2, column 3: no JSON: "),
        ("NaN", "no JSON: NaN is not a value of JSON"),
        ("", "line 1, column 1: no JSON: Expecting value"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(any_kernel: Live, text: str, said: str) -> None:
    for name in ("json", "vega"):
        error = error_of(any_kernel.run(f"%%{name}\n{text}"))
        assert error is not None
        assert error[1].startswith(f"%%{name}: below it: {said}")


@pytest.mark.parametrize(
    ("schema", "mime"),
    [
        (None, "application/vnd.vegalite.v5+json"),
        ("https://vega.github.io/schema/vega-lite/v4.17.json", "application/vnd.vegalite.v4+json"),
        ("https://vega.github.io/schema/vega-lite/v5.json", "application/vnd.vegalite.v5+json"),
        ("https://vega.github.io/schema/vega/v5.json", "application/vnd.vega.v5+json"),
    ],
)
def test_a_charts_schema_tells_its_type(any_kernel: Live, schema: str | None, mime: str) -> None:
    value = {"mark": "bar"} | ({} if schema is None else {"$schema": schema})
    text = str(value).replace("'", '"')
    assert outputs(any_kernel.run(f"%%vega\n{text}")) == [display({mime: value, "text/plain": text})]


def test_what_is_no_chart_is_refused(echo: Live) -> None:
    error = error_of(echo.run('%%vega\n{"$schema": "https://json-schema.org/draft"}'))
    assert error is not None
    assert error[1].startswith("%%vega: $schema https://json-schema.org/draft: it is none of Vega; write ")
    error = error_of(echo.run("%%vega\n[1]"))
    assert error is not None
    assert error[1].startswith("%%vega: a chart is a JSON object: ")


def test_svg_is_shown_without_what_stands_before_its_root(any_kernel: Live) -> None:
    done = any_kernel.run(f"%%svg\n{PROLOG}{SVG}")
    error = error_of(done)
    assert error is None
    (shown,) = done.outputs()
    assert isinstance(shown, DisplayData)
    assert shown.data["image/svg+xml"] == SVG


def test_svg_keeps_what_it_has_defined_for_itself(echo: Live) -> None:
    image = '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"><text>&a;</text></svg>'
    (shown,) = outputs(echo.run(f"%%svg\n{image}"))
    assert isinstance(shown, DisplayData)
    assert shown.data["image/svg+xml"] == image


def test_what_is_no_svg_is_refused_with_its_place(any_kernel: Live) -> None:
    error = error_of(any_kernel.run("%%svg\n<svg>\n<b></svg>"))
    assert error == ("UsageError", "%%svg: below it: line 2, column 6: no SVG: mismatched tag")
    error = error_of(any_kernel.run("%%svg\n<b/>"))
    assert error == ("UsageError", "%%svg: below it: no SVG: its root element is <b>")


# -- images ------------------------------------------------------------------------------------------------------------


def test_an_image_is_known_by_its_contents(any_kernel: Live) -> None:
    kernel = any_kernel
    (kernel.work / "ü.dat").write_bytes(PNG)
    (kernel.work / "drawn").write_text(PROLOG + SVG)
    png = b64encode(PNG).decode()
    assert outputs(kernel.run("%image ü.dat")) == [display({"image/png": png, "text/plain": "ü.dat"})]
    assert outputs(kernel.run("%image -w 20 --height 30 --alt 'a dot' ü.dat")) == [
        display({"image/png": png, "text/plain": "a dot"}, {"image/png": {"width": 20, "height": 30, "alt": "a dot"}})
    ]
    assert outputs(kernel.run("%image drawn")) == [display({"image/svg+xml": SVG, "text/plain": "drawn"})]


@pytest.mark.parametrize(
    ("head", "mime"),
    [(b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"), (b"RIFF\0\0\0\0WEBP", "image/webp")],
)
def test_the_usual_kinds_of_images_are_known(echo: Live, head: bytes, mime: str) -> None:
    (echo.work / "picture").write_bytes(head)
    assert outputs(echo.run("%image picture")) == [display({mime: b64encode(head).decode(), "text/plain": "picture"})]


def test_what_is_no_image_is_named(any_kernel: Live) -> None:
    (any_kernel.work / "text").write_text("hello")
    (any_kernel.work / "bytes").write_bytes(b"\0\1")
    (any_kernel.work / "page").write_text("<!DOCTYPE html><p>")
    (any_kernel.work / "torn").write_text("<svg>")
    kinds = "PNG, JPEG, GIF, WebP or SVG"
    for path in ("nosuch", ".", "/dev/zero"):
        error = error_of(any_kernel.run(f"%image {path}"))
        assert error is not None
        assert error[1].startswith(f"%image: {any_kernel.work / path}: ")
    for path, said in (
        ("text", f"it is no image that is known ({kinds})"),
        ("bytes", f"it is no image that is known ({kinds})"),
        ("page", f"it is no image that is known ({kinds})"),
        ("torn", "line 1, column 6: no SVG: no element found"),
    ):
        assert error_of(any_kernel.run(f"%image {path}")) == ("UsageError", f"%image: {path}: {said}")


# -- graphs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["%dot digraph { ü -> b };", "%%dot\ndigraph {\n  ü -> b\n}\n"])
def test_a_graph_is_drawn(any_kernel: Live, code: str) -> None:
    needs("dot")
    (shown,) = outputs(any_kernel.run(code))
    assert isinstance(shown, DisplayData)
    assert shown.data["image/svg+xml"].startswith("<svg ")
    assert ">ü</text>" in shown.data["image/svg+xml"]
    assert shown.data["text/plain"].startswith("digraph {")


def test_a_graph_may_be_a_png_laid_out_otherwise(any_kernel: Live) -> None:
    needs("dot")
    (shown,) = outputs(any_kernel.run("%dot -f png --engine circo --id g graph { a -- b }"))
    assert isinstance(shown, DisplayData)
    assert b64decode(shown.data["image/png"]).startswith(b"\x89PNG")
    assert shown.transient == {"display_id": "g"}


def test_the_other_graphs_arrow_is_understood(echo: Live) -> None:
    needs("dot")
    done = echo.run("%dot graph A { a->b };")
    assert done.error is None
    assert done.text("stderr") == "%dot: -> is taken for --, which joins the nodes of a graph\n"
    assert any(isinstance(one, DisplayData) and "image/svg+xml" in one.data for one in done.outputs())


def test_graphvizs_own_error_is_told(any_kernel: Live) -> None:
    needs("dot")
    error = error_of(any_kernel.run("%%dot\ndigraph {\n  a -> ->\n}"))
    assert error is not None
    assert error[1].startswith("%%dot: Error: <stdin>: syntax error in line 2")
    any_kernel.goes_on()


@pytest.mark.parametrize(
    ("code", "graph", "mended"),
    [
        ("digraph { a -> b }", "digraph { a -> b }", ""),
        ("graph { a -- b };\n", "graph { a -- b }", ""),
        (
            "strict graph { a -> b -> c }",
            "strict graph { a -- b -- c }",
            "-> is taken for --, which joins the nodes of a graph",
        ),
        ("DiGraph { a--b }", "DiGraph { a->b }", "-- is taken for ->, which joins the nodes of a digraph"),
        ('graph { "->" [label=<->>] /* -> */ // ->\n}', 'graph { "->" [label=<->>] /* -> */ // ->\n}', ""),
        ("nonsense", "nonsense", ""),
    ],
)
def test_what_dot_alone_does_not_understand_is_mended(code: str, graph: str, mended: str) -> None:
    assert graphviz.repaired(code) == (graph, mended)


def test_without_graphviz_the_graph_is_text_with_the_remedy(tmp_path: Path) -> None:
    with started("echo", tmp_path, env={"PATH": str(tmp_path)}) as kernel:
        done = kernel.run("%dot digraph { a -> b }")
        assert done.error is None
        assert done.text("stderr").startswith(
            "%dot: the program dot is not there, so the graph is shown as text; install"
        )
        assert done.outputs()[-1] == display({"text/plain": "digraph { a -> b }"})


@pytest.mark.parametrize("name", KERNELS)
def test_a_graph_that_takes_long_can_be_interrupted(name: str, tmp_path: Path) -> None:
    programs, begun = tmp_path / "bin", tmp_path / "begun"
    programs.mkdir()
    (programs / "dot").write_text(f"#!/bin/sh\n: > {begun}\nexec sleep 60\n")
    (programs / "dot").chmod(0o755)
    with started(name, tmp_path, env={"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}) as kernel:
        header = kernel.begin("%dot digraph { a -> b }")
        until(begun.exists, "dot was not started")
        kernel.interrupt()
        done = kernel.end(header)
        assert done.error is not None
        assert done.error.ename == "KeyboardInterrupt", done.error
        kernel.goes_on()
