"""Figures of matplotlib: as images, as widgets, and of its oldest backend for notebooks."""

from __future__ import annotations

import json

from tests.packages.case import Case, View, send


def _one_image(view: View) -> None:
    (png,) = view.shown("image/png")
    assert png.startswith("iVBOR")


def _ipympl(view: View) -> None:
    assert "MPLCanvasModel" in view.opened
    assert view.shown("application/vnd.jupyter.widget-view+json")
    images = [one.buffers for one in view.of("comm_msg") if one.buffers]
    assert [len(one) for one in images[0]] == [640 * 480 * 4]
    assert "pressed at 100 400\n" in view.text()


def _nbagg(view: View) -> None:
    assert "matplotlib" in view.opened
    assert any("mpl.figure" in str(js) for js in view.shown("application/javascript"))
    assert any(str(one.content["data"]).startswith("{'data': 'data:image/png;base64,") for one in view.of("comm_msg"))
    assert "pressed at 100 400\n" in view.text()


def _images(view: View, count: int) -> None:
    assert len(view.shown("image/png")) == count


_WITHOUT_BYTES = {"type": "supports_binary", "value": False}
_FROM_THE_PAGE = (
    {"type": "send_image_mode"},
    {"type": "set_device_pixel_ratio", "device_pixel_ratio": 1},
    {"type": "refresh"},
    {"type": "draw"},
    {"type": "ack"},
    {"type": "button_press", "x": 100, "y": 80, "button": 0, "buttons": 1, "step": 0, "modifiers": [], "guiEvent": {}},
)
"""What the part in the browser says: it is there, it wants to draw, its user presses a button of the mouse."""

CASES = [
    Case(
        "inline",
        [
            """
            import matplotlib.pyplot as plt
            plt.plot([1, 3, 2])
            print('below')
            """
        ],
        _one_image,
    ),
    Case(
        "inline-show",
        [
            """
            fig, ax = plt.subplots()
            ax.plot([1, 3, 2])
            plt.show()
            fig
            """
        ],
        lambda view: _images(view, 2),
    ),
    Case(
        "ipympl",
        [
            """
            %matplotlib widget
            fig = plt.figure()
            plt.plot([1, 3, 2])
            _ = fig.canvas.mpl_connect('button_press_event', lambda event: print('pressed at', event.x, event.y))
            plt.show()
            """,
            *(send("MPLCanvasModel", {"method": "custom", "content": one}) for one in _FROM_THE_PAGE),
            "plt.title('another')\nfig.canvas.draw_idle()",
            "plt.close('all')",
        ],
        _ipympl,
    ),
    Case(
        "nbagg",
        [
            """
            %matplotlib notebook
            fig = plt.figure()
            plt.plot([1, 3, 2])
            _ = fig.canvas.mpl_connect('button_press_event', lambda event: print('pressed at', event.x, event.y))
            plt.show()
            """,
            *(send("matplotlib", json.dumps(one)) for one in (_WITHOUT_BYTES, *_FROM_THE_PAGE)),
            "plt.close('all')",
        ],
        _nbagg,
    ),
    Case(
        "inline-again",
        [
            """
            %matplotlib inline
            plt.plot([2, 1])
            plt.show()
            """
        ],
        _one_image,
    ),
]
