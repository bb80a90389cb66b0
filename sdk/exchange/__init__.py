"""Values on their way from one language to another: what they are in between (`values`), and the files (`parcel`).

A kernel gives them by `get_variable` and takes them by `set_variable`. Both know Python's own values (None, bool, int,
float, complex, str, bytes, list, tuple, set, dict) and these, whose numbers are bytes that nobody has copied:

from sdk.exchange import Array, ExchangeError, Sparse, Table

Nothing here needs numpy or pandas: who has them gets their objects (`parcel.read(..., rich=True)`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sdk.exchange.values import NATIVE as NATIVE
    from sdk.exchange.values import ROOM as ROOM
    from sdk.exchange.values import Array as Array
    from sdk.exchange.values import ExchangeError as ExchangeError
    from sdk.exchange.values import NoRoomError as NoRoomError
    from sdk.exchange.values import Sparse as Sparse
    from sdk.exchange.values import Table as Table


_NAMES = ("NATIVE", "ROOM", "Array", "ExchangeError", "NoRoomError", "Sparse", "Table")


def __getattr__(name: str) -> Any:
    """Load what is asked for."""
    import importlib

    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.values"), name)
