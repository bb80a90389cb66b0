"""`ipykernel.comm`: comms under their old names. New code uses the package `comm`."""

from __future__ import annotations

__all__ = ["Comm", "CommManager"]

from .comm import Comm
from .manager import CommManager
