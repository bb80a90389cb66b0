"""Packages that ask whether they are in a notebook before they show anything."""

from __future__ import annotations

from tests.packages.case import TIMES, Case, View
from tests.packages.messages import Seen


def _yes(view: View) -> None:
    assert not view.errors
    assert view.text().splitlines()[-1] == "True"


def _entities(view: View) -> None:
    assert any("<mark" in html and "Paris" in html for html in view.shown("text/html"))


def _progress(view: View) -> None:
    assert any("<progress" in html for html in view.shown("text/html"))
    assert view.of("update_display_data")


def without_stderr(messages: list[Seen]) -> list[Seen]:
    """Without what is written to stderr."""
    return [one for one in messages if one.content.get("name") != "stderr"]


def _widget(view: View) -> None:
    assert view.shown("application/vnd.jupyter.widget-view+json")


CASES = [
    Case(
        "pyvista",
        [
            """
            import pyvista
            print(pyvista.Plotter(off_screen=True).notebook)
            """
        ],
        _yes,
        alike=without_stderr,  # VTK's words on the lack of a display, which ipykernel may show later
    ),
    Case(
        "spacy",
        [
            """
            import spacy.util
            print(spacy.util.is_in_jupyter())
            """
        ],
        _yes,
    ),
    Case(
        "spacy-displacy",
        [
            """
            from spacy import displacy
            city = {'start': 3, 'end': 8, 'label': 'GPE'}
            displacy.render({'text': 'In Paris', 'ents': [city]}, style='ent', manual=True)
            """
        ],
        _entities,
    ),
    Case(
        "transformers",
        [
            """
            from transformers.utils import is_in_notebook
            print(is_in_notebook())
            """
        ],
        _yes,
    ),
    Case(
        "transformers-progress",
        [
            """
            from transformers.utils.notebook import NotebookProgressBar
            bar = NotebookProgressBar(3)
            for n in range(1, 4): bar.update(n, force_update=True)
            """
        ],
        _progress,
        blurred=[(r"\d\d:\d\d", "MM:SS"), (r"[\d.]+ it/s", "SPEED"), (r"\? it/s", "SPEED")],
    ),
    Case(
        "huggingface-hub",
        [
            """
            from huggingface_hub.utils import is_notebook
            print(is_notebook())
            """
        ],
        _yes,
    ),
    Case(
        "huggingface-hub-progress",
        [
            """
            from huggingface_hub.utils import tqdm
            for n in tqdm(range(3), mininterval=0, desc='Fetching'): pass
            """,
        ],
        _widget,
        blurred=TIMES,
    ),
]
