"""Whose code a thread is in, where the look at its stack itself could fail."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from sdk.transport.stack import Place, place


def test_the_look_does_not_fail_while_what_it_needs_is_being_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opcode", ModuleType("opcode"))
    here = sys._getframe()
    assert place(here, {here.f_back.f_code if here.f_back else None}) is Place.USER
