"""Tables and formulas."""

from __future__ import annotations

from tests.packages.case import Case, View


def _table(view: View) -> None:
    (html,) = view.shown("text/html")
    assert "<table" in html and view.shown("text/plain")


def _chart(view: View) -> None:
    (bundle,) = [one.content["data"] for one in view.of("execute_result")]
    assert any(mime.startswith("application/vnd.vegalite.v") for mime in bundle)


def _latex(view: View) -> None:
    assert view.shown("text/latex") and "int" in view.shown("text/latex")[0]


CASES = [
    Case(
        "pandas",
        [
            """
            import pandas as pd
            pd.DataFrame({'a': [1, 2], 'b': ['x', None]})
            """
        ],
        _table,
    ),
    Case("pandas-long", ["pd.DataFrame({'a': range(200)})"], _table),
    Case(
        "polars",
        [
            """
            import polars as pl
            pl.DataFrame({'a': [1, 2], 'b': ['x', None]})
            """
        ],
        _table,
    ),
    Case(
        "sympy",
        [
            """
            import sympy
            sympy.init_printing()
            x = sympy.Symbol('x')
            sympy.Integral(x**2, x)
            """
        ],
        _latex,
    ),
    Case(
        "altair",
        [
            """
            import altair as alt, pandas as pd
            _ = alt.renderers.enable('mimetype')
            alt.Chart(pd.DataFrame({'x': [1, 2], 'y': [3, 4]})).mark_bar().encode(x='x', y='y')
            """
        ],
        _chart,
    ),
]
