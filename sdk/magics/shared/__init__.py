"""The magics that every kernel of the SDK has, a module for each family."""

from __future__ import annotations

MODULES = ("sdk.magics.shared.listing",)
"""In which order they are loaded."""
