"""What front-ends draw: HTML, Markdown, LaTeX, JavaScript, SVG, JSON, graphs, diagrams, charts, images.

Each has plain text beside it, for front-ends that cannot draw it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from sdk.magics.arguments import Option, Rest
from sdk.magics.call import Call
from sdk.magics.magic import cell_magic, line_magic
from sdk.magics.prose import holds
from sdk.protocol.message import MimeBundle
from sdk.protocol.record import NOTHING

Name = Annotated[str, Option(help="a name for what is shown: shown again by another cell, it changes in its place")]
Isolated = Annotated[bool, Option(help="in a frame of its own: its styles and scripts do not meet the notebook's")]
Expanded = Annotated[bool, Option("-e", "with all its branches open")]
Format = Annotated[Literal["svg", "png"], Option("-f", "what picture is made")]
Engine = Annotated[
    Literal["dot", "neato", "fdp", "sfdp", "circo", "twopi", "osage", "patchwork"],
    Option("-k", "how the nodes are laid out"),
]

_SCHEMAS: Mapping[str, str] = {"vega-lite": "vegalite", "vega": "vega"}
_LATEST = "application/vnd.vegalite.v5+json"
T = TypeVar("T")
S = TypeVar("S")


class _Shown:
    """Which cell has shown what has a name."""

    def __init__(self) -> None:
        self.by: dict[str, tuple[str, str]] = {}


def _show(call: Call, data: MimeBundle, name: str, metadata: Mapping[str, Any] = NOTHING) -> None:
    """Show it; what another cell, or this one just now, has shown by this name is changed in its place."""
    if not name:
        call.display(data, metadata)
        return
    cell, run = call.context.cell_id or call.request.code, call.context.header.msg_id
    by = call.state(_Shown).by
    shown_by = by.get(name)
    # A cell that is run again has lost what it had shown, and shows it anew.
    if shown_by is None or (shown_by[0] == cell and shown_by[1] != run):
        by[name] = (cell, run)
        call.display(data, metadata, display_id=name)
    else:
        call.context.update_display_data(data, metadata, display_id=name)


def _text(call: Call, mime: str, text: str, name: str, metadata: Mapping[str, Any] = NOTHING) -> None:
    _show(call, {mime: text, "text/plain": text}, name, metadata)


# -- text --------------------------------------------------------------------------------------------------------------


@line_magic(name="html", is_meant=holds("<", "&"))
async def html_line(
    call: Call, code: Annotated[Rest, Option(help="HTML")], *, id_: Name = "", isolated: Isolated = False
) -> None:
    """Show the rest of the line as HTML."""
    _html(call, code, id_, isolated=isolated)


@cell_magic(name="html", body="text")
async def html_cell(call: Call, *, id_: Name = "", isolated: Isolated = False) -> None:
    """Show what is below as HTML."""
    _html(call, call.body, id_, isolated=isolated)


def _html(call: Call, code: str, name: str, *, isolated: bool) -> None:
    _text(call, "text/html", code, name, {"text/html": {"isolated": True}} if isolated else NOTHING)


@line_magic(name="javascript", aliases=("js",), is_meant=holds("(", "=", ";"))
async def javascript_line(call: Call, code: Annotated[Rest, Option(help="JavaScript")], *, id_: Name = "") -> None:
    """Run the rest of the line as JavaScript, in the browser. `element` is where its output stands."""
    _text(call, "application/javascript", code, id_)


@cell_magic(name="javascript", aliases=("js",), body="text")
async def javascript_cell(call: Call, *, id_: Name = "") -> None:
    """Run what is below as JavaScript, in the browser. `element` is where its output stands."""
    _text(call, "application/javascript", call.body, id_)


@line_magic(name="latex", is_meant=holds("$", "\\"))
async def latex_line(call: Call, text: Annotated[Rest, Option(help="LaTeX")], *, id_: Name = "") -> None:
    """Show the rest of the line as LaTeX."""
    _text(call, "text/latex", text, id_)


@cell_magic(name="latex", body="text")
async def latex_cell(call: Call, *, id_: Name = "") -> None:
    """Show what is below as LaTeX: formulas between dollars, and text."""
    _text(call, "text/latex", call.body, id_)


@cell_magic(body="text")
async def markdown(call: Call, *, id_: Name = "") -> None:
    """Show what is below as Markdown."""
    _text(call, "text/markdown", call.body, id_)


# -- what is checked first ---------------------------------------------------------------------------------------------


@cell_magic(body="text")
async def svg(call: Call, *, id_: Name = "") -> None:
    """Show what is below as an SVG image."""
    from sdk.magics.checking import svg  # only images need it

    image = _checked(call, "below it", svg, call.body)
    _text(call, "image/svg+xml", image, id_)


@cell_magic(body="text")
async def json(call: Call, *, id_: Name = "", expanded: Expanded = False) -> None:
    """Show what is below, a value in JSON, as a tree to be opened branch by branch."""
    value = _json(call)
    _show(
        call,
        {"application/json": value, "text/plain": call.body},
        id_,
        {"application/json": {"expanded": True}} if expanded else NOTHING,
    )


@cell_magic(aliases=("vegalite",), body="text")
async def vega(call: Call, *, id_: Name = "") -> None:
    """Show what is below, a chart of Vega or Vega-Lite in JSON.

    Its "$schema" tells which of them; without one it is Vega-Lite.
    """
    value = _json(call)
    if not isinstance(value, dict):
        raise call.error('a chart is a JSON object: {"mark": "bar", "data": ..., "encoding": ...}')
    _show(call, {_chart_type(call, value.get("$schema")): value, "text/plain": call.body}, id_)


def _chart_type(call: Call, schema: object) -> str:
    import re  # only charts need it

    if schema is None:
        return _LATEST
    found = re.search(r"/schema/(vega(?:-lite)?)/v(\d+)", str(schema))
    if found is None:
        raise call.error(
            f'$schema {schema}: it is none of Vega; write "https://vega.github.io/schema/vega-lite/v5.json"'
        )
    return f"application/vnd.{_SCHEMAS[found[1]]}.v{found[2]}+json"


def _json(call: Call) -> Any:
    from sdk.magics.checking import json_value  # only charts and values need it

    return _checked(call, "below it", json_value, call.body)


def _checked(call: Call, what: str, check: Callable[[T], S], value: T) -> S:
    """What `check` gives; what it refuses is an error that names it."""
    try:
        return check(value)
    except ValueError as error:
        raise call.error(f"{what}: {error}") from None


# -- graphs and diagrams -----------------------------------------------------------------------------------------------


@line_magic(name="dot", is_meant=holds("{"))
async def dot_line(
    call: Call,
    code: Annotated[Rest, Option(help="a graph in Graphviz's language DOT")],
    *,
    id_: Name = "",
    format_: Format = "svg",
    engine: Engine = "dot",
) -> None:
    """Draw a graph with Graphviz: %dot digraph { a -> b }."""
    await _dot(call, code, id_, format_, engine)


@cell_magic(name="dot", body="text")
async def dot_cell(call: Call, *, id_: Name = "", format_: Format = "svg", engine: Engine = "dot") -> None:
    """Draw the graph that is below with Graphviz."""
    await _dot(call, call.body, id_, format_, engine)


async def _dot(call: Call, code: str, name: str, format_: str, engine: str) -> None:
    from sdk.magics.checking import without_prolog  # only graphs need it
    from sdk.magics.graphviz import REMEDY, Drawing, GraphvizError, repaired

    if not Drawing.is_possible():
        call.warn(f"the program dot is not there, so the graph is shown as text; {REMEDY}")
        _show(call, {"text/plain": code}, name)
        return
    graph, mended = repaired(code)
    if mended:
        call.warn(mended)
    drawing = Drawing(graph, picture=format_, engine=engine)
    try:
        picture = await call.wait(drawing.draw)
    except GraphvizError as error:
        raise call.error(str(error)) from None
    finally:
        drawing.stop()
    if format_ == "png":
        _show(call, {"image/png": picture, "text/plain": code}, name)
    else:
        _show(call, {"image/svg+xml": without_prolog(picture.decode("utf-8", "replace")), "text/plain": code}, name)


@cell_magic(body="text")
async def mermaid(call: Call, *, id_: Name = "") -> None:
    """Draw the diagram that is below in Mermaid's language. JupyterLab from 4.1 on does it."""
    _text(call, "text/vnd.mermaid", call.body, id_)


# -- images ------------------------------------------------------------------------------------------------------------


@line_magic
async def image(
    call: Call,
    path: Annotated[str, Option(help="a file: PNG, JPEG, GIF, WebP or SVG", complete="file")],
    *,
    id_: Name = "",
    width: Annotated[int | None, Option("-w", "in pixels")] = None,
    height: Annotated[int | None, Option("-H", "in pixels")] = None,
    alt: Annotated[str, Option(help="what it shows, for those who do not see it")] = "",
) -> None:
    """Show an image."""
    from sdk.magics.checking import image_type, svg  # only images need it

    if not call.path(path).exists() and call.is_rather_comment(f"{path}: no such file"):
        return
    data = call.read_bytes(path)
    mime = _checked(call, path, image_type, data)
    text = data.decode("utf-8-sig", "replace")
    shown = _checked(call, path, svg, text) if mime == "image/svg+xml" else data
    given = {"width": width, "height": height, "alt": alt}
    metadata = {key: value for key, value in given.items() if value}
    _show(call, {mime: shown, "text/plain": alt or path}, id_, {mime: metadata} if metadata else NOTHING)
