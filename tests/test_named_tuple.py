"""Our NamedTuple is typing's, but for what it costs."""

from __future__ import annotations

import copy
import pickle
import typing
from collections.abc import Callable

import pytest

from sdk.named_tuple import NamedTuple


class Point(NamedTuple):
    """Where."""

    x: int
    y: int = 2
    """Upwards."""

    @property
    def sum(self) -> int:
        return self.x + self.y

    def __str__(self) -> str:
        return f"<{self.x}>"


class TypingsPoint(typing.NamedTuple):
    """Where."""

    x: int
    y: int = 2
    """Upwards."""

    @property
    def sum(self) -> int:
        return self.x + self.y

    def __str__(self) -> str:
        return f"<{self.x}>"


class Nothing(NamedTuple):
    """No field at all."""


LOOKS: dict[str, Callable[[typing.Any], object]] = {
    "made": lambda kind: kind(1),
    "as a dict": lambda kind: kind(x=1, y=3)._asdict(),
    "as text": lambda kind: repr(kind(1, 4)).partition("(")[2],
    "methods": lambda kind: (str(kind(1)), kind(1).sum, kind(1)._replace(y=0)),
    "fields": lambda kind: (kind._fields, kind._field_defaults, kind.__match_args__, kind.__slots__),
    "names": lambda kind: (kind.__doc__, kind.__module__, kind.__qualname__ == kind.__name__),
    "types": typing.get_type_hints,
    "copied": lambda kind: copy.deepcopy(kind(5)),
    "pickled": lambda kind: pickle.loads(pickle.dumps(kind(5))) == kind(5),
    "hashed": lambda kind: hash(kind(1)),
    "bases": lambda kind: kind.__bases__,
}


@pytest.mark.parametrize("look", LOOKS)
def test_it_is_as_typings(look: str) -> None:
    assert LOOKS[look](Point) == LOOKS[look](TypingsPoint)


@pytest.mark.parametrize("arguments", [(), (1, 2, 3)])
def test_what_is_missing_or_too_much_is_refused(arguments: tuple[int, ...]) -> None:
    kind: typing.Any = Point
    with pytest.raises(TypeError):
        kind(*arguments)


def test_a_default_stands_before_no_field_without_one() -> None:
    body = {"__module__": __name__, "__annotations__": {"a": "int", "b": "int", "c": "int"}, "a": 1}
    with pytest.raises(TypeError):
        type(NamedTuple)("Wrong", (NamedTuple,), body)


def test_one_without_fields() -> None:
    assert (Nothing(), Nothing._fields) == ((), ())
