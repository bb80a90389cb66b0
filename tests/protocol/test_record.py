"""Records: values with named fields."""

from __future__ import annotations

from typing import ClassVar

import pytest

from sdk.protocol.record import Record


class Point(Record):
    kind: ClassVar[str] = "point"
    x: int
    y: int = 0


class Named(Point):
    name: str = ""


def test_a_record_is_equal_to_one_of_its_class_with_the_same_fields() -> None:
    assert Point(1) == Point(x=1, y=0)
    assert Point(1) != Point(2)
    assert Named(1) != Point(1)
    assert Point(1) != (1, 0)


def test_fields_are_those_of_the_bases_first() -> None:
    assert Named._fields == ("x", "y", "name")
    assert Named(1, 2, "a") == Named(x=1, y=2, name="a")


def test_a_record_shows_what_is_not_default() -> None:
    assert repr(Named(1, name="a")) == "Named(x=1, name='a')"


def test_a_record_is_frozen() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match=r"Point is frozen: use \.replace\(x=\.\.\.\)"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="Point is frozen"):
        del point.x
    assert point.replace(x=2) == Point(2)
    assert point == Point(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(point)


def test_wrong_calls_say_what_is_wrong() -> None:
    with pytest.raises(TypeError, match="Point has 2 fields, got 3 values"):
        Point(1, 2, 3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Point has no field 'z'; its fields: x, y"):
        Point(1, z=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Point needs a value for x"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Record has no field 'z'; its fields: none"):
        Record(z=1)
