"""How the values of numpy, pandas and scipy are written. None of them is imported: who has one has its library."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

from .values import ExchangeError, Table

if TYPE_CHECKING:
    from .writing import Writer, Written


def foreign_kind(value: Any) -> Written | None:
    """How a value of numpy's, pandas' or scipy's is written; None: it is none of theirs."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        return _numpy_scalar
    if numpy is not None and isinstance(value, numpy.ndarray):
        return _numpy_array
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series)):
        return _pandas_table
    sparse = sys.modules.get("scipy.sparse")
    if sparse is not None and sparse.issparse(value):
        return _scipy_sparse
    return None


def _column(series: Any) -> Any:
    """The values of a column of pandas': an array of numpy's where there is one for them, else a list."""
    dtype = getattr(series.dtype, "numpy_dtype", series.dtype)
    if getattr(dtype, "kind", "O") in "biufcmM" and hasattr(dtype, "itemsize") and not hasattr(dtype, "tz"):
        if type(series.dtype) is type(dtype):
            return series.to_numpy()
        if not series.isna().any():  # a type of pandas' own, which may lack values
            return series.to_numpy(dtype)
    return [None if _is_missing(one) else one for one in series.tolist()]


def _is_missing(value: Any) -> bool:
    return value is None or value is sys.modules["pandas"].NA or (isinstance(value, float) and math.isnan(value))


def _numpy_scalar(writer: Writer, value: Any, place: str) -> Any:
    numpy = sys.modules["numpy"]
    if value.dtype.kind in "US":
        return writer.node(value.item(), place)
    return _numpy_array(writer, numpy.asarray(value), place)


def _numpy_array(writer: Writer, value: Any, place: str) -> Any:
    numpy = sys.modules["numpy"]
    if isinstance(value, numpy.ma.MaskedArray):
        raise ExchangeError(f"{place}: a masked array has a mask that others do not know; give x.filled(...)")
    value = numpy.asarray(value)
    kind = value.dtype.kind
    if kind in "OUS":
        flat = value.ravel().tolist()
        return ["o", kind, list(value.shape), writer.nodes(flat, place)]
    if kind not in "biufcmM" or value.dtype.itemsize > (16 if kind == "c" else 8):
        raise ExchangeError(f"{place}: an array of type {value.dtype} has no like elsewhere; use astype first")
    if not value.dtype.isnative:
        value = value.astype(value.dtype.newbyteorder("="))
    order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    flat = numpy.ascontiguousarray(value.T if order == "F" else value).reshape(-1)
    return ["a", value.dtype.str, list(value.shape), order, writer.large(flat.view("u1"))]


def _pandas_table(writer: Writer, value: Any, place: str) -> Any:
    pandas = sys.modules["pandas"]
    if isinstance(value, pandas.Series):
        return writer.node(_column(value), place)
    if value.columns.nlevels > 1 or value.index.nlevels > 1:
        raise ExchangeError(f"{place}: a table with an index of several levels; use reset_index first")
    index = None
    plain = isinstance(value.index, pandas.RangeIndex) and value.index.start == 0 and value.index.step == 1
    if not plain:
        index = [value.index.name, _column(value.index.to_series())]
    columns = [(name, _column(value.iloc[:, at])) for at, name in enumerate(value.columns)]
    return writer.node(Table(columns, index), place)


def _scipy_sparse(writer: Writer, value: Any, place: str) -> Any:
    numpy = sys.modules["numpy"]
    if len(value.shape) != 2:
        raise ExchangeError(f"{place}: a sparse array of {len(value.shape)} dimensions; 2 are known")
    found = value.tocsc().tocoo()
    places = [numpy.asarray(part, "i8") for part in (found.row, found.col)]
    return ["p", list(value.shape), *(_numpy_array(writer, part, place) for part in (*places, found.data))]
