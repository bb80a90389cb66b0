"""The magics that every kernel of the SDK has, a module for each family."""

from __future__ import annotations

MODULES = (
    "sdk.magics.shared.listing",
    "sdk.magics.shared.helping",
    "sdk.magics.shared.session",
    "sdk.magics.shared.timing",
    "sdk.magics.shared.output",
    "sdk.magics.shared.jobs",
    "sdk.magics.shared.recall",
    "sdk.magics.shared.macros",
    "sdk.magics.shared.files",
    "sdk.magics.shared.rich",
    "sdk.magics.shared.kernels",
    "sdk.magics.shared.programs",
    "sdk.magics.shared.variables",
)
"""In which order they are loaded."""
