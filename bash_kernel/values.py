"""The values of the shell's variables for other languages, and theirs for the shell.

| bash                                      | others                                               |
| ----------------------------------------- | ---------------------------------------------------- |
| text                                      | str; bytes that are no UTF-8 are lone surrogates     |
| `declare -i`                              | int                                                  |
| indexed array                             | list; dict with whole numbers if it has gaps         |
| associative array                         | dict                                                 |
| text that bash writes for it              | float, bool (`true`, `false`), None (empty)          |
| indexed array of lines, tabs in between   | table; the first line names the columns              |
| indexed array                             | array of one dimension, set, tuple                   |

Whether a variable is exported stays as it was.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from sdk import KernelSDKError, exchange

LIMIT = 30.0  # seconds

_WHOLE = "whole"
_INTEGERS = (-(2**63), 2**63 - 1)
_RESERVED = ("__k_",)


class VariableError(KernelSDKError):
    """A variable cannot be had or set; the message names it and says what to do."""


def checked(name: str) -> str:
    """The name, if a variable can have it. Raises VariableError."""
    if not (name.isascii() and name.isidentifier()) or name.startswith(_RESERVED):
        raise VariableError(f"variable {name!r}: a name has letters, digits and '_', and does not begin with a digit")
    return name


# -- from the shell ----------------------------------------------------------------------------------------------------


def asking(name: str) -> str:
    """Code that writes a variable: its attributes, its keys and values, and a last word, each ended by NUL."""
    return f"""(
builtin set +eu
if [[ -v {name} ]] || __k_said=$(builtin declare -p -- {name} 2>/dev/null); then
  builtin declare -n __k_it={name}
  builtin printf '%s\\0' "-${{__k_it@a}}"
  if [[ ${{__k_it@a}} == *[aA]* ]]; then
    for __k_key in "${{!__k_it[@]}}"; do builtin printf '%s\\0%s\\0' "$__k_key" "${{__k_it[$__k_key]}}"; done
  else
    builtin printf '%s\\0' "${{__k_it-}}"
  fi
fi
builtin printf '{_WHOLE}\\0'
)
"""


def given(name: str, said: bytes | None) -> object:
    """The value in what the shell has written. Raises VariableError."""
    words = [] if said is None else said.decode("utf-8", "surrogateescape").split("\0")
    if words[-2:] != [_WHOLE, ""]:
        raise VariableError(
            f"variable {name!r}: the shell runs a cell or has ended, or it took longer than {LIMIT:g} seconds; "
            "try again when it is idle"
        )
    if len(words) == 2:
        raise VariableError(f"variable {name!r}: there is no variable of this name")
    attributes, *values = words[:-2]
    is_number = "i" in attributes
    if "A" not in attributes and "a" not in attributes:
        return _one(values[0], is_number=is_number)
    keys, found = values[::2], [_one(value, is_number=is_number) for value in values[1::2]]
    if "A" in attributes:
        return dict(zip(keys, found, strict=True))
    numbers = [int(key) for key in keys]
    return found if numbers == list(range(len(numbers))) else dict(zip(numbers, found, strict=True))


def _one(value: str, *, is_number: bool) -> object:
    return int(value) if is_number and value else value


# -- to the shell ------------------------------------------------------------------------------------------------------


def setting(name: str, value: object) -> bytes:
    """Code that gives a variable a value, and says a last word. Raises VariableError for what the shell cannot hold."""
    attributes, text = _written(value, name)
    lines = [
        f"if __k_had=$(builtin declare -p -- {name} 2>/dev/null); then __k_had=${{__k_had#declare }}",
        "__k_had=${__k_had%% *}; else __k_had=; fi",
        f"if [[ $__k_had == *r* ]]; then builtin printf 'it is readonly\\0'; else builtin unset -v {name}",
        f"builtin declare -g{attributes} -- {name}",
        f"{name}={text}",  # by itself: behind `builtin declare` an array would be a mistake
        f"if [[ $__k_had == *x* ]]; then builtin export {name}; fi",
        f"builtin printf '{_WHOLE}\\0'; fi; builtin unset -v __k_had",
    ]
    return "\n".join([*lines, ""]).encode("utf-8", "surrogateescape")


def well_set(name: str, said: bytes | None) -> None:
    """Raises VariableError if the shell did not say that all went well."""
    words = (said or b"").decode("utf-8", "replace").split("\0")
    if words[:1] != [_WHOLE]:
        raise VariableError(
            f"variable {name!r}: {words[0] or 'the shell could not be asked; try again when it is idle'}"
        )


def _written(value: object, place: str) -> tuple[str, str]:
    """The letters for `declare`, and what stands behind the `=`."""
    if isinstance(value, Mapping):
        return _map(value, place)
    if isinstance(value, exchange.Table):
        return "a", f"({' '.join(map(_quoted, _lines(value, place)))})"
    if isinstance(value, exchange.Array) and not value.shape:
        return _written(value.tolist(), place)
    if isinstance(value, exchange.Array):
        if len(value.shape) > 1 and value.size not in value.shape:
            shape = "x".join(map(str, value.shape))
            raise VariableError(f"{_named(place)}: an array of {shape} has no like in bash; give a row of it, or text")
        return _list(_items(value, place), place)
    if isinstance(value, (set, frozenset)):
        return _list(sorted(value, key=str), place)
    if isinstance(value, (list, tuple, range)):
        return _list(value, place)
    return ("i" if type(value) is int and _fits(value) else ""), _quoted(_text(value, place))


def _list(values: Sequence[object], place: str) -> tuple[str, str]:
    texts = " ".join(_quoted(_text(one, f"{place}[{at}]")) for at, one in enumerate(values))
    return ("ai" if values and all(type(one) is int and _fits(one) for one in values) else "a"), f"({texts})"


def _items(value: exchange.Array, place: str) -> list[Any]:
    if value.kind[0] in "mM":
        raise VariableError(
            f"{_named(place)}: an array of type {value.dtype} has no like in bash; make text of it first"
        )
    return value.items()


def _map(value: Mapping[Any, object], place: str) -> tuple[str, str]:
    pairs = []
    for key, one in value.items():
        word = _text(key, f"a key of {place}")
        if not word:
            raise VariableError(f"{_named(place)}: an empty key has no like in bash")
        pairs.append(f"[{_quoted(word)}]={_quoted(_text(one, f'{place}[{key!r}]'))}")
    numbers = value and all(type(one) is int and _fits(one) for one in value.values())
    return ("Ai" if numbers else "A"), f"({' '.join(pairs)})"


def _lines(value: exchange.Table, place: str) -> list[str]:
    columns = value.columns if value.index is None else [(value.index[0] or "index", value.index[1]), *value.columns]
    found = []
    for name, values in columns:
        items = _items(values, f"{place}[{name!r}]") if isinstance(values, exchange.Array) else values
        texts = [str(name), *(_text(one, f"{place}[{name!r}][{at}]") for at, one in enumerate(items))]
        for at, text in enumerate(texts):
            if "\t" in text or "\n" in text:
                raise VariableError(
                    f"{place}[{name!r}][{at - 1}]: the text {text!r:.60} has a tab or a line's end, which part a "
                    "table's columns and lines in bash"
                )
        found.append(texts)
    return ["\t".join(row) for row in zip(*found, strict=True)]


def _text(value: object, place: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, exchange.Array) and not value.shape:
        return _text(value.tolist(), place)
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, str):
        if "\0" in value:
            raise VariableError(f"{_named(place)}: text with a NUL character has no like in bash; take it out")
        try:
            value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise VariableError(
                f"{_named(place)}: this text is no UTF-8: {error.reason} at character {error.start}"
            ) from None
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    is_inside = "[" in place and isinstance(value, (list, tuple, set, frozenset, Mapping, exchange.Array))
    remedy = "give text, numbers, or a flat list or dict"
    raise VariableError(f"{_named(place)}: {_kind(value)}{' within another' * is_inside} has no like in bash; {remedy}")


def _kind(value: object) -> str:
    if isinstance(value, (exchange.Array, exchange.Table, exchange.Sparse)):
        return {"Array": "an array", "Table": "a table"}.get(type(value).__name__, "a sparse matrix")
    return f"a {type(value).__name__}"


def _named(place: str) -> str:
    return f"variable {place!r}" if place.isidentifier() else place


def _fits(value: object) -> bool:
    return isinstance(value, int) and _INTEGERS[0] <= value <= _INTEGERS[1]


def _quoted(text: str) -> str:
    return shlex.quote(text)
