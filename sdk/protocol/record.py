"""`Record`: a frozen value with named fields. A class of it costs a start nothing.

Forty classes made by `dataclasses` cost 13 ms at import and the module itself 6 ms more, a third of the time in which
a kernel answers for the first time; hence these few lines in place of generated code. Type checkers see a frozen
dataclass (PEP 681). Fields are the annotations of the class and its bases, in order; a value in the class body is the
default, shared by all instances, so it must not be changed: empty mappings and sequences are `NOTHING` and `()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self, dataclass_transform

NOTHING: Final[Mapping[str, Any]] = {}


@dataclass_transform(frozen_default=True)
class Record:
    """A value: compared by its fields, never changed after it was made."""

    _fields: tuple[str, ...] = ()
    _defaults: Mapping[str, Any] = NOTHING
    _field_types: Mapping[str, str] = NOTHING

    def __init_subclass__(cls) -> None:
        annotations = {
            name: kind
            for name, kind in cls.__dict__.get("__annotations__", {}).items()  # noqa: RUF063  # inspect costs a start 5 ms
            if not name.startswith("_") and not kind.startswith(("ClassVar", "Final"))
        }
        cls._field_types = {**cls._field_types, **annotations}
        cls._fields = tuple(cls._field_types)
        cls._defaults = {name: getattr(cls, name) for name in cls._fields if hasattr(cls, name)}

    def __init__(self, *positional: Any, **named: Any) -> None:
        values = self.__dict__
        if self._defaults:
            values.update(self._defaults)
        if positional:
            values.update(zip(self._fields, positional))  # noqa: B905  # `strict` takes time; see below
        if named:
            values.update(named)
        if len(values) != len(self._fields) or len(positional) > len(self._fields):
            self._refuse(positional, named)

    def _refuse(self, positional: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        name = type(self).__name__
        if len(positional) > len(self._fields):
            raise TypeError(f"{name} has {len(self._fields)} fields, got {len(positional)} values")
        unknown = [field for field in named if field not in self._field_types]
        if unknown:
            raise TypeError(f"{name} has no field {unknown[0]!r}; its fields: {', '.join(self._fields) or 'none'}")
        missing = [field for field in self._fields if field not in self.__dict__]
        raise TypeError(f"{name} needs a value for {', '.join(missing)}")

    def replace(self, **changes: Any) -> Self:
        """The same value with some fields changed."""
        return type(self)(**{**self.__dict__, **changes})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: use .replace({name}=...)")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # fields may hold mappings

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}={self.__dict__[name]!r}"
            for name in self._fields
            if name not in self._defaults or self.__dict__[name] != self._defaults[name]
        )
        return f"{type(self).__name__}({shown})"
