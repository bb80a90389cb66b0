"""Packages that know ipykernel by name do with our kernel what they do with it, whether it is installed or not.

A case (`cases/`) is what a user does with a package. It runs on the real ipykernel and on our kernel, and all that a
front-end sees must be the same; where it is not, the case says in what and why. Besides a case asserts what it is to
show, so that it is noticed when both are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.packages.case import Case, View
from tests.packages.cases import FAMILIES
from tests.packages.environment import REAL, STATES
from tests.packages.messages import difference, lines
from tests.packages.recording import Recording, record

_NOT_SEEN = (AssertionError, IndexError, KeyError, ValueError)
Recorded = Callable[[str], Mapping[tuple[str, str], Recording]]


@pytest.fixture(scope="module")
def recorded(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """family -> what its cases showed."""
    known: dict[str, Mapping[tuple[str, str], Recording]] = {}

    def recordings(family: str) -> Mapping[tuple[str, str], Recording]:
        if family not in known:
            known[family] = record(environment, FAMILIES[family], tmp_path_factory.mktemp(family))
        return known[family]

    return recordings


def _cases() -> Sequence[object]:
    return [
        pytest.param(family, case, state, id=f"{family}-{case.name}-{state}")
        for family, cases in FAMILIES.items()
        for case in cases
        for state in STATES
        if state in case.where
    ]


@pytest.mark.timeout(900)  # the first makes the environments
@pytest.mark.parametrize(("family", "case", "state"), _cases())
def test_package(family: str, case: Case, state: str, recorded: Recorded) -> None:
    all_kernels = recorded(family)
    theirs, ours = all_kernels[REAL, case.name], all_kernels[state, case.name]
    assert not ours.failure, ours.failure
    _check(case, ours, "ours")
    if case.better:
        assert not _passes(case, theirs), f"ipykernel does this, too, and no more is it so that {case.better}"
        return
    assert not theirs.failure, f"ipykernel: {theirs.failure}"
    _check(case, theirs, "ipykernel")
    said = difference(case.alike(list(theirs.messages)), case.alike(list(ours.messages)))
    assert not said, said


def _check(case: Case, recording: Recording, whose: str) -> None:
    try:
        case.sees(View(recording.messages))
    except _NOT_SEEN as error:
        shown = "\n".join(line for one in recording.messages for line in lines(one))
        raise AssertionError(f"{whose}: {error!r}\n{shown}") from error


def _passes(case: Case, recording: Recording) -> bool:
    if recording.failure:
        return False
    try:
        case.sees(View(recording.messages))
    except _NOT_SEEN:
        return False
    return True
