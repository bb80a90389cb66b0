"""What text looks like: numbers, and tables. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from sdk.exchange import Array, ExchangeError, Table


def numbers(value: object, place: str) -> object:
    """The value with a number in the place of each text that is one."""
    if isinstance(value, str):
        return _number(value)
    if isinstance(value, Mapping):
        return {key: numbers(one, place) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [numbers(one, place) for one in value]
    if isinstance(value, Table):
        return Table([(name, numbers(values, place)) for name, values in value.columns], value.index)
    return value


def _number(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text) if "_" not in text else text
        except ValueError:
            continue
    return text


def table(value: object, place: str) -> Table:
    """The table that the value is: columns of equal length, records, or lines with tabs whose first names the columns.

    Raises ExchangeError.
    """
    if isinstance(value, Table):
        return value
    if isinstance(value, Mapping):
        columns = [(name, _column(values, f"{place}[{name!r}]")) for name, values in value.items()]
    elif _are(value, Mapping) and isinstance(value, Sequence):
        names = list(dict.fromkeys(name for row in value for name in row))
        columns = [(name, [row.get(name) for row in value]) for name in names]
    elif _are(value, str) and isinstance(value, Sequence):
        columns = _of_lines(value, place)
    elif isinstance(value, Array) and len(value.shape) == 2:
        rows = value.tolist()
        columns = [(at, [row[at] for row in rows]) for at in range(value.shape[1])]
    else:
        raise ExchangeError(f"{place}: this is no table; one is a dict of columns, a list of dicts, or lines with tabs")
    lengths = {name: _length(values) for name, values in columns}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ExchangeError(f"{place}: a table's columns are equally long; these are: {shown}")
    return Table(columns)


def _are(value: object, kind: type) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(one, kind) for one in value)


def _column(values: object, place: str) -> object:
    if isinstance(values, Array):
        if not values.shape:
            return [values.tolist()]
        if len(values.shape) == 1 or max(values.shape) == values.size:
            return values.reshaped((values.size,))
        raise ExchangeError(f"{place}: a column has one dimension; this is {'x'.join(map(str, values.shape))}")
    if isinstance(values, (list, tuple)):
        return [None if isinstance(one, Array) and not one.size else _one(one) for one in values]
    if isinstance(values, (str, int, float)):
        return [values]
    raise ExchangeError(f"{place}: a column is a list or an array; this is a value of type {type(values).__name__}")


def _one(value: object) -> object:
    return value.tolist() if isinstance(value, Array) and not value.shape else value


def _length(values: object) -> int:
    return values.size if isinstance(values, Array) else len(values)  # type: ignore[arg-type]


def _of_lines(lines: Sequence[str], place: str) -> list[tuple[object, object]]:
    rows = [line.split("\t") for line in lines]
    for at, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ExchangeError(
                f"{place}[{at}]: {len(row)} columns in this line, {len(rows[0])} in the first; tabs part columns"
            )
    return [(name, _typed([row[at] for row in rows[1:]])) for at, name in enumerate(rows[0])]


def _typed(texts: Sequence[str]) -> list[object]:
    """All as numbers, if all are, or as truths; what is empty is missing."""
    if texts and set(texts) <= {"true", "false"}:
        return [text == "true" for text in texts]
    found = [None if not text else _number(text) for text in texts]
    there = [one for one in found if one is not None]
    if not there or any(isinstance(one, str) for one in there):
        return list(texts)
    if all(isinstance(one, int) for one in found):
        return found
    return [math.nan if one is None else float(one) for one in found]  # type: ignore[arg-type]


def changes(*, as_table: bool, as_numbers: bool) -> Callable[[object, str], object] | None:
    """What is to be done on the way; None: nothing."""
    if as_table and as_numbers:
        return lambda value, place: numbers(table(value, place), place)
    return table if as_table else numbers if as_numbers else None
