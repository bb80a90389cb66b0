"""Figures of matplotlib: as images, as widgets, and of its oldest backend for notebooks."""

from __future__ import annotations

from tests.packages.case import Case, View


def _one_image(view: View) -> None:
    (png,) = view.shown("image/png")
    assert png.startswith("iVBOR")


def _ipympl(view: View) -> None:
    assert "MPLCanvasModel" in view.opened
    assert view.shown("application/vnd.jupyter.widget-view+json")


def _nbagg(view: View) -> None:
    assert "matplotlib" in view.opened
    assert any("mpl.figure" in str(js) for js in view.shown("application/javascript"))


def _images(view: View, count: int) -> None:
    assert len(view.shown("image/png")) == count


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
            plt.show()
            """,
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
            plt.show()
            """,
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
