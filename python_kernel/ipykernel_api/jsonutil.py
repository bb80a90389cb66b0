"""`ipykernel.jsonutil`: values as JSON has them."""

from __future__ import annotations

import math
import numbers
from base64 import b64encode
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from jupyter_client._version import version_info

ISO8601 = "%Y-%m-%dT%H:%M:%S.%f"
JUPYTER_CLIENT_MAJOR_VERSION = version_info[0]


def encode_images(format_dict: dict[str, Any]) -> dict[str, Any]:
    """The same: bytes are made text when they are sent."""
    return format_dict


def json_clean(obj: Any) -> Any:
    """`obj` as JSON has it, and the same if jupyter_client cleans messages itself (since its version 7)."""
    if int(JUPYTER_CLIENT_MAJOR_VERSION) >= 7:
        return obj
    return cleaned(obj)


def cleaned(obj: Any) -> Any:
    """`obj` as JSON has it. Raises ValueError for what it has not."""
    if obj is None or isinstance(obj, str | bool):
        return obj
    if isinstance(obj, float) and not math.isfinite(obj):
        return repr(obj)
    if isinstance(obj, numbers.Integral):
        return int(obj)
    if isinstance(obj, numbers.Real):
        return float(obj)
    if isinstance(obj, bytes):
        return b64encode(obj).decode("ascii")
    if isinstance(obj, Mapping):
        if len({str(key) for key in obj}) != len(obj):
            raise ValueError("a dict cannot be JSON: two of its keys are the same text")
        return {str(key): cleaned(value) for key, value in obj.items()}
    if isinstance(obj, datetime | date):
        return obj.strftime(ISO8601)
    if isinstance(obj, list | tuple | set) or hasattr(obj, "__next__"):
        return [cleaned(value) for value in obj]
    raise ValueError(f"a {type(obj).__name__} cannot be JSON: {obj!r:.60}")
