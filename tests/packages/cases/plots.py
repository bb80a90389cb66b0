"""Plots of plotly, bokeh, panel and holoviews, and maps: what decides by names how it shows itself."""

from __future__ import annotations

import re

from tests.packages.case import Case, View
from tests.packages.notebook import Notebook

WIDGET = "application/vnd.jupyter.widget-view+json"


def _plotly(view: View) -> None:
    (figure,) = view.shown("application/vnd.plotly.v1+json")
    assert figure["data"][0]["type"] == "bar"
    assert not view.shown("text/html")  # else plotly would put a library of 4 MB into each cell


def _pushed(view: View) -> None:
    assert view.of("comm_open")
    assert any("9" in str(one.content["data"]) or one.buffers for one in view.of("comm_msg", 1))


def _panel(view: View) -> None:
    assert any("embed" in html or "root" in html for html in view.shown("text/html"))
    assert view.shown("application/vnd.holoviews_exec.v0+json")


def _says(view: View, text: str) -> None:
    assert view.text() == text and view.shown("text/html")


def _updated(view: View, step: int) -> None:
    assert view.shown(WIDGET) and view.updates(step)


def _move_the_slider(notebook: Notebook) -> None:
    """What panel's part in the front-end does when its user moves the slider that was shown."""
    html = "".join(View(notebook.seen).shown("text/html", 1))
    (client,) = set(re.findall(r'"client_comm_id":"(\w+)"', html))
    (slider,) = set(re.findall(r'"name":"Slider","id":"([-\w]+)"', html))
    notebook.open(client)
    event = {"kind": "ModelChanged", "model": {"id": slider}, "attr": "value", "new": 8}
    patch = {"header": {"msgid": "1", "msgtype": "PATCH-DOC"}, "metadata": {}, "content": {"events": [event]}}
    notebook.send(client, patch)


def _panel_both_ways(view: View) -> None:
    _panel(view)
    told = [str(one.content["data"]) for one in view.of("comm_msg")]
    assert any("chosen: 8" in data for data in told)
    assert any("chosen: 7" in data for data in told)
    assert view.shown("text/plain")[-1] == "8"


CASES = [
    Case(
        "plotly",
        [
            """
            import plotly.graph_objects as go
            go.Figure(go.Bar(y=[1, 3, 2]))
            """
        ],
        _plotly,
    ),
    Case("plotly-show", ["go.Figure(go.Bar(y=[1, 3, 2])).show()"], _plotly),
    Case(
        "plotly-widget",
        [
            """
            figure = go.FigureWidget(go.Bar(y=[1, 3, 2]))
            figure
            """,
            "figure.data[0].y = [4, 5, 6]",
        ],
        lambda view: _updated(view, 1),
    ),
    Case(
        "bokeh",
        [
            """
            from bokeh.io import output_notebook, push_notebook, show
            from bokeh.plotting import figure
            output_notebook(hide_banner=True)
            p = figure(width=300, height=200)
            r = p.line([1, 2], [3, 4])
            handle = show(p, notebook_handle=True)
            """,
            """
            r.data_source.data = {'x': [1, 2], 'y': [9, 9]}
            push_notebook(handle=handle)
            """,
        ],
        _pushed,
    ),
    Case(
        "panel",
        [
            """
            import panel as pn
            pn.extension()
            """,
            """
            slider = pn.widgets.IntSlider(name='n', value=3, end=10)
            pn.Row(slider, pn.bind(lambda n: f'chosen: {n}', slider))
            """,
            _move_the_slider,
            "slider.value",
            "slider.value = 7",
        ],
        _panel_both_ways,
    ),
    Case(
        "holoviews",
        [
            """
            import holoviews as hv
            hv.extension('bokeh')
            """,
            "hv.Curve([1, 3, 2])",
        ],
        _panel,
    ),
    Case(
        "pydeck",
        [
            """
            import pydeck
            print(pydeck.io.html.in_jupyter())
            pydeck.Deck(map_style=None, initial_view_state=pydeck.ViewState(latitude=1, longitude=2, zoom=3))
            """
        ],
        lambda view: _says(view, "True\n"),
    ),
]
