"""Runs the cases of a family on the real ipykernel and on ours, one kernel for each, at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from jupyter_core.utils import ensure_event_loop

from tests.packages.case import Case
from tests.packages.environment import REAL, STATES
from tests.packages.messages import Normal, Seen
from tests.packages.notebook import Late, Notebook, notebook


class Recording(NamedTuple):
    """What came, made comparable, or why nothing did."""

    messages: Sequence[Seen]
    failure: str = ""


def record(environment: Path, cases: Sequence[Case], folder: Path) -> Mapping[tuple[str, str], Recording]:
    """(kernel, case) -> what it showed."""

    def on(kernel: str) -> Iterable[tuple[tuple[str, str], Recording]]:
        wanted = [case for case in cases if kernel in (REAL, *case.where)]
        try:
            return [((kernel, name), one) for name, one in _all(environment, kernel, wanted, folder / kernel)]
        finally:
            ensure_event_loop().close()  # jupyter_client made it, for this thread

    with ThreadPoolExecutor() as pool:  # they mostly wait
        return dict(one for some in pool.map(on, (REAL, *STATES)) for one in some)


def _all(environment: Path, kernel: str, cases: Sequence[Case], folder: Path) -> Iterable[tuple[str, Recording]]:
    found: list[tuple[str, Recording]] = []
    left = list(cases)
    while left:  # once, unless a case spoils its kernel
        with ExitStack() as stack:
            place = folder / str(len(found))
            one = stack.enter_context(notebook(environment, kernel, place))
            while left:
                case = left.pop(0)
                folders = {str(environment / state): "ENV" for state in STATES} | {str(place): "FOLDER"}
                try:
                    _run(one, case)
                except (Late, RuntimeError) as error:
                    log = (place / "log").read_text(errors="replace")
                    found.append((case.name, Recording([], f"{error}\n{log[-2000:]}")))
                    break
                found.append((case.name, Recording(Normal(folders, case.blurred)(one.seen))))
    return found


def _run(one: Notebook, case: Case) -> None:
    one.begin()
    for step in case.steps:
        if isinstance(step, str):
            one.execute(dedent(step).strip())
        else:
            step(one)
