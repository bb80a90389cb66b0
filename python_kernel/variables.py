"""`Variables`: the user's variables as front-ends list them. Nothing is called but `repr`, and it has its bounds.

What is inside of a value is told of containers and of instances' attributes; properties are not asked.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from sdk import Variable

if TYPE_CHECKING:
    from python_kernel.shell import ZMQInteractiveShell

_SHELLS_OWN = re.compile(r"_+|_+i*\d*|__.*__|In|Out|_[iod]h|get_ipython|exit|quit|open")
_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType)
_GROUPS: Mapping[str, tuple[type, ...]] = {"function variables": _FUNCTIONS, "class variables": (type,)}
_SIMPLE = (bool, int, float, complex, str, bytes, bytearray, type(None), type, ModuleType, range, *_FUNCTIONS)
_LONGEST = 4000  # characters of a value's text
_MOST_KEYS = 2000


class _Part(NamedTuple):
    """Something inside of a value."""

    name: str
    value: Any
    code: str = ""
    """What stands behind the code of that value; empty: it has none."""


class Variables:
    """Of one session."""

    def __init__(self, shell: ZMQInteractiveShell) -> None:
        self._shell = shell

    def inside(self, path: Sequence[str]) -> Sequence[Variable]:
        """The variables; with a path of names, what is inside of that one. Empty when it is not there any more."""
        if not path:
            return self._top()
        parts: Sequence[_Part] | None
        names = list(path)
        if names[0] in _GROUPS:
            parts, code = self._of(_GROUPS[names.pop(0)]), ""
        else:
            parts, code = self._others(), ""
        for name in names:
            part = next((part for part in _named(parts, name) if part.name == name), None)
            if part is None:
                return ()
            parts, code = _parts(part.value), code + part.code
        return _Listed(parts, code)

    def _top(self) -> Sequence[Variable]:
        groups = [(name, self._of(kinds)) for name, kinds in _GROUPS.items()]
        listed = [Variable(name, "", children=len(parts)) for name, parts in groups if parts]
        return [*listed, *_Listed(self._others(), "")]

    def _users(self) -> list[_Part]:
        names: dict[str, Any] = self._shell.user_ns.copy()
        hidden = self._shell.user_ns_hidden
        return [
            _Part(name, value, name)
            for name, value in sorted(names.items(), key=lambda item: str(item[0]))
            if isinstance(name, str) and not _SHELLS_OWN.fullmatch(name) and hidden.get(name, hidden) is not value
        ]

    def _of(self, kinds: tuple[type, ...]) -> list[_Part]:
        return [part for part in self._users() if isinstance(part.value, kinds)]

    def _others(self) -> list[_Part]:
        kinds = tuple(kind for group in _GROUPS.values() for kind in group)
        return [part for part in self._users() if not isinstance(part.value, kinds)]


class _Listed(Sequence[Variable]):
    """Parts as variables, each described when it is looked at: of a million a page is."""

    def __init__(self, parts: Sequence[_Part], code: str) -> None:
        self._parts = parts
        self._code = code

    def __len__(self) -> int:
        return len(self._parts)

    @overload
    def __getitem__(self, index: int) -> Variable: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Variable]: ...

    def __getitem__(self, index: int | slice) -> Variable | Sequence[Variable]:
        if isinstance(index, slice):
            return [self._variable(part) for part in self._parts[index]]
        return self._variable(self._parts[index])

    def _variable(self, part: _Part) -> Variable:
        value = part.value
        return Variable(
            part.name,
            _text(value),
            type=_type_name(value),
            children=len(_parts(value)),
            code=self._code + part.code if part.code else "",
        )


class _Items(Sequence[_Part]):
    """The items of a list or tuple, which may be many."""

    def __init__(self, items: Sequence[Any]) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> _Part: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[_Part]: ...

    def __getitem__(self, index: int | slice) -> _Part | Sequence[_Part]:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        return _Part(f"[{number}]", self._items[number], f"[{number}]")


def _named(parts: Sequence[_Part], name: str) -> Iterable[_Part]:
    if isinstance(parts, _Items) and name[1:-1].isdigit():
        number = int(name[1:-1])
        return parts[number : number + 1]
    return parts


def _parts(value: Any) -> Sequence[_Part]:
    if isinstance(value, _SIMPLE):
        return ()
    kind = type(value)
    if isinstance(value, dict):
        return [_Part(f"[{_text(key, 100)}]", one, _key_code(key)) for key, one in islice(_copy(value), _MOST_KEYS)]
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return [_Part(f".{name}", one, f".{name}") for name, one in zip(kind._fields, value, strict=False)]
    if isinstance(value, list | tuple):
        return _Items(value)
    if isinstance(value, set | frozenset):
        return [_Part(f"{{{n}}}", one) for n, one in enumerate(islice(_iterated(value), _MOST_KEYS))]
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        attributes = {}
    found = dict(attributes) if isinstance(attributes, dict) else {}
    for name in _slots(kind):
        try:
            found[name] = object.__getattribute__(value, name)
        except AttributeError:  # not given a value
            continue
    return [_Part(f".{name}", one, f".{name}") for name, one in found.items() if isinstance(name, str)]


def _copy(value: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """The items, though another thread adds some meanwhile."""
    for _ in range(3):
        try:
            return list(dict.items(value))
        except RuntimeError:
            continue
    return []


def _iterated(value: Set[Any]) -> list[Any]:
    try:
        return list(value)
    except RuntimeError:  # another thread adds to it
        return []


def _slots(kind: type) -> Iterable[str]:
    for one in kind.__mro__:
        slots = one.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            if not name.startswith("__"):
                yield name


def _key_code(key: Any) -> str:
    return f"[{key!r}]" if type(key) in (str, int, bool, float, bytes, type(None)) else ""


class _Bounded(reprlib.Repr):
    """`repr` with bounds for what may be large."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxlong, self.maxother = 4, _LONGEST, _LONGEST, _LONGEST
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdeque = self.maxarray = 100
        self.maxdict = 100

    def repr_instance(self, x: Any, level: int) -> str:
        """Of everything that has none of its own here."""
        try:
            text = repr(x)
        except Exception as error:  # the user's __repr__
            return f"<{type(x).__name__}, whose repr raised {type(error).__name__}>"
        return text if len(text) <= self.maxother else f"{text[: self.maxother]}..."

    def repr_int(self, x: int, level: int) -> str:
        """Of integers: those that are too long to be written say how long they are."""
        return repr(x) if x.bit_length() < 10_000 else f"an int of {x.bit_length()} bits"


def _text(value: Any, longest: int = _LONGEST) -> str:
    text = _Bounded().repr(value)
    return text if len(text) <= longest else f"{text[:longest]}..."


def _type_name(value: Any) -> str:
    kind = type(value)
    shape = getattr(value, "shape", None) if kind.__module__.partition(".")[0] in ("numpy", "pandas", "torch") else None
    sizes = isinstance(shape, tuple) and all(isinstance(size, int) for size in shape)
    return f"{kind.__name__} {'x'.join(map(str, shape or ()))}".rstrip() if sizes else kind.__name__
