"""Stand-ins: what asks for nothing loads nothing, and everybody else gets the module itself."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.later import Later, standing_in

MODULES = ("later_whole", "later_whole.part")


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package with a part, and who imports both."""
    folder = tmp_path / "later_whole"
    folder.mkdir()
    (folder / "__init__.py").write_text("value = 1")
    (folder / "part.py").write_text("import os\ndef loaded(): return 'itself'")
    (tmp_path / "later_user.py").write_text("import later_whole")
    (tmp_path / "later_user_of_part.py").write_text("from later_whole import part")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("later_user", "later_user_of_part", *MODULES):
        sys.modules.pop(name, None)


def test_a_module_is_loaded_when_one_of_its_names_is_needed() -> None:
    with standing_in(Later("later_whole")):
        user = importlib.import_module("later_user")
    assert not set(MODULES) & set(sys.modules)
    assert user.later_whole.value == 1
    assert type(importlib.import_module("later_whole")) is not Later


def test_a_part_of_a_package_is_loaded_when_one_of_its_names_is_needed() -> None:
    with standing_in(Later("later_whole.part")):
        user = importlib.import_module("later_user_of_part")
    assert set(MODULES) & set(sys.modules) == {"later_whole"}
    assert user.part.loaded() == "itself"


def test_names_that_are_known_load_nothing() -> None:
    with standing_in(Later("later_whole", value=2)):
        user = importlib.import_module("later_user")
    assert user.later_whole.value == 2
    assert not set(MODULES) & set(sys.modules)


def test_from_import_of_a_known_name_loads_nothing() -> None:
    scope: dict[str, object] = {}
    with standing_in(Later("later_whole", value=2)):
        exec("from later_whole import value", scope)
    assert scope["value"] == 2
    assert not set(MODULES) & set(sys.modules)


def test_from_import_gets_the_thing_itself() -> None:
    with standing_in(Later("later_whole")):
        scope: dict[str, object] = {}
        exec("from later_whole import value", scope)
    assert scope["value"] == 1
    assert type(sys.modules["later_whole"]) is not Later


def test_a_part_is_a_name_of_its_package_that_is_there() -> None:
    whole = importlib.import_module("later_whole")
    with standing_in(Later("later_whole.part")):
        pass
    assert whole.part.loaded() == "itself"
    assert whole.part.os is importlib.import_module("os")


def test_a_module_that_is_there_is_left_alone() -> None:
    part = importlib.import_module("later_whole.part")
    with standing_in(Later("later_whole"), Later("later_whole.part")):
        user = importlib.import_module("later_user")
    assert sys.modules["later_whole.part"] is part
    assert user.later_whole is sys.modules["later_whole"]


def test_a_name_that_is_not_there_is_an_error_as_with_any_module() -> None:
    with standing_in(Later("later_whole")):
        scope: dict[str, object] = {}
        exec("import later_whole", scope)
    assert not hasattr(scope["later_whole"], "nothing_of_this_name")


def test_after_an_error_nothing_is_left() -> None:
    with pytest.raises(ZeroDivisionError), standing_in(Later("later_whole")):
        raise ZeroDivisionError
    assert "later_whole" not in sys.modules
