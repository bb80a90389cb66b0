"""One kernel with two users: a notebook in JupyterLab, and a console that joins it by what %connect_info says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.frontends.browser import Open
from tests.frontends.console import console

pytestmark = pytest.mark.browser


def test_a_console_joins_the_kernel_of_a_notebook(notebook: Open, environment: dict[str, str], folder: Path) -> None:
    page = notebook("ipython", ["%connect_info\nfrom_notebook = 'of the notebook'", "print(from_console)"])
    page.run(0)
    told = page.outputs(0).first.inner_text()
    name = re.search(r"kernel-[\w-]+\.json", told)
    assert name is not None, told
    with console(environment, folder, ["--existing", name[0]]) as second:
        second.prompt(1)
        second.line("print(from_notebook.upper())")
        second.shows(r"\nOF THE NOTEBOOK\n")
        second.shows(r"In \[\d+\]: ")
        second.line("from_console = 'of the console'")
        second.shows(r"In \[\d+\]: ")
        page.run(1)
        page.shows(1, "of the console\n")
        second.line("print(from_console[::-1])")
        second.shows(r"\nelosnoc eht fo\n")
