"""Progress bars, and programs for the terminal that write colours into notebooks."""

from __future__ import annotations

from tests.packages.case import TIMES, Case, View, kinds


def _a_bar_that_ends(view: View) -> None:
    assert not view.errors
    assert view.shown("application/vnd.jupyter.widget-view+json")
    values = [state["value"] for state in view.updates() if "value" in state]
    assert 3.0 in values or 3 in values
    assert any("3/3" in str(value) for value in values)


def _coloured(view: View) -> None:
    assert not view.errors
    assert "\x1b[" in view.text() + view.text("stderr")


def _rich_table(view: View) -> None:
    (html,) = view.shown("text/html")
    assert "Name" in html and "<pre" in html
    assert view.text() == ""


def _says(view: View, text: str, name: str = "stdout") -> None:
    assert text in view.text(name)


def _html(view: View, text: str) -> None:
    assert any(text in html for html in view.shown("text/html"))


CASES = [
    Case(
        "tqdm-notebook",
        [
            """
            from tqdm.notebook import tqdm
            for n in tqdm(range(3), desc='at work', mininterval=0): pass
            """
        ],
        _a_bar_that_ends,
        blurred=TIMES,
    ),
    Case(
        "tqdm-auto",
        [
            """
            from tqdm.auto import tqdm
            for n in tqdm(range(3), mininterval=0): pass
            print(tqdm.__module__)
            """
        ],
        _a_bar_that_ends,
        blurred=TIMES,
    ),
    Case(
        "tqdm-in-a-thread",
        [
            """
            import threading
            from tqdm.auto import tqdm
            thread = threading.Thread(target=lambda: list(tqdm(range(3), mininterval=0)))
            thread.start()
            thread.join()
            """
        ],
        _a_bar_that_ends,
        blurred=TIMES,
    ),
    Case(
        "tqdm-text",
        [
            """
            import tqdm
            for n in tqdm.tqdm(range(3), mininterval=0): pass
            """
        ],
        lambda view: _says(view, "3/3", "stderr"),
        blurred=TIMES,
    ),
    Case(
        "rich-print",
        [
            """
            import rich
            rich.print('[bold red]bold[/] and plain')
            """
        ],
        lambda view: _html(view, "bold</span> and plain"),
    ),
    Case(
        "rich-table",
        [
            """
            from rich.table import Table
            t = Table('Name', 'Value'); t.add_row('x', '1')
            t
            """
        ],
        _rich_table,
    ),
    Case(
        "loguru",
        [
            """
            from loguru import logger
            logger.warning('careful')
            """
        ],
        _coloured,
        blurred=[(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", "TIME")],
    ),
    Case(
        "loguru-threads",
        [
            """
            import threading
            thread = threading.Thread(target=logger.info, args=('in a thread',))
            thread.start(); thread.join()
            """
        ],
        _coloured,
        blurred=[(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", "TIME")],
    ),
    Case(
        "rich-progress",
        [
            """
            from rich.progress import track
            for n in track(range(3), 'at work'): pass
            """
        ],
        lambda view: _html(view, "100%"),
        alike=kinds,
    ),
    Case(
        "rich-traceback",
        [
            """
            from rich import traceback
            _ = traceback.install(width=80)
            1 / 0
            """,
            "_ = [delattr(get_ipython(), name) for name in ('showtraceback', '_showtraceback', 'showsyntaxerror')]",
        ],
        lambda view: _html(view, "ZeroDivisionError"),
        differs="the reply, which front-ends do not show, says in a line what failed",
        alike=lambda messages: [
            one._replace(content={**one.content, "traceback": []}) if one.msg_type == "execute_reply" else one
            for one in messages
        ],
    ),
    Case(
        "click",
        [
            """
            import click
            click.secho('green', fg='green')
            click.echo('plain')
            """
        ],
        _coloured,
    ),
    Case(
        "typer",
        [
            """
            import typer
            typer.secho('green', fg='green')
            typer.echo('plain')
            """
        ],
        _coloured,
    ),
]
