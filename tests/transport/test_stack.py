"""Whose code a thread is in, where the look at its stack itself could fail."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from sdk.transport.stack import Place, place


def test_the_look_does_not_fail_while_what_it_needs_is_being_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opcode", ModuleType("opcode"))
    here = sys._getframe()
    assert place(here, {here.f_back.f_code if here.f_back else None}) is Place.USER


def module(name: str, **names: Any) -> dict[str, Any]:
    """The globals of a module that is called so, with its code run."""
    return {"__name__": name, "sys": sys, "place": place, **names}


def defined(code: str, names: dict[str, Any]) -> Any:
    """The function `met` that this code of a module defines."""
    exec(code, names)
    return names["met"]


LOOK = "def met(boundary):\n    return place(sys._getframe(), {boundary})\n"
CALLS = "def met(boundary):\n    return inner(boundary)\n"
AWAITS = "async def met(boundary):\n    return await inner(boundary)\n"
LOOK_AWAITED = f"async {LOOK}"


def met_in(met: Any) -> Place:
    """Where its innermost frame is, seen from the code that steps it."""
    boundary = sys._getframe().f_code
    found = met(boundary)
    if isinstance(found, Place):
        return found
    with pytest.raises(StopIteration) as ended:
        found.send(None)
    value: Place = ended.value.value
    return value


def test_code_of_a_magic_of_ours_is_ours_with_all_that_it_calls() -> None:
    ours = module("sdk.magics.shared.some")
    assert met_in(defined(LOOK, ours)) is Place.OURS
    library = defined(LOOK, module("threading"))
    assert met_in(defined(CALLS, {**ours, "inner": library})) is Place.OURS
    assert met_in(defined(AWAITS.replace("await ", ""), {**ours, "inner": library})) is Place.OURS


def test_what_a_magic_of_ours_awaits_is_the_users() -> None:
    ours = module("sdk.magics.runner")
    users = defined(LOOK_AWAITED, module("my_kernel"))
    assert met_in(defined(AWAITS, {**ours, "inner": users})) is Place.USER
    library = defined(LOOK, module("json"))
    users = defined(AWAITS.replace("await ", ""), {**module("my_kernel"), "inner": library})
    assert met_in(defined(AWAITS, {**ours, "inner": users})) is Place.USER


def test_what_is_awaited_beside_a_cell_is_not_interrupted() -> None:
    users = defined(LOOK_AWAITED, module("my_kernel"))
    magics = defined(AWAITS, {**module("sdk.magics.front"), "inner": users})
    for inner in (users, magics):
        assert met_in(defined(AWAITS, {**module("sdk.transport.transport"), "inner": inner})) is Place.OURS
