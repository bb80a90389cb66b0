"""`NamedTuple` as `typing` has it, for classes that are made at start-up, of which it takes a fortieth less.

The annotations are left the texts that they are; `typing` compiles each of them. Type checkers see `typing.NamedTuple`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple

    _OF_THE_BODY = ("__module__", "__qualname__")

    class _Making(type):
        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = list(body.get("__annotations__", ()))
            defaults = [body[field] for field in fields if field in body]
            for field in fields[len(fields) - len(defaults) :]:
                if field not in body:
                    raise TypeError(f"{name}: the field {field} has no default, and one before it has")
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            for key, value in body.items():
                if key not in fields and key not in _OF_THE_BODY:
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Making):
        """A tuple whose fields have names: the annotations of the class body, whose values are their defaults."""


__all__ = ["NamedTuple"]
