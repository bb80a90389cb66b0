"""What `debugInfo` tells. Loads nothing of the debugger: front-ends ask it of every kernel, while it starts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from python_kernel import cell_files


def info(
    *,
    is_started: bool = False,
    breakpoints: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    stopped: Sequence[int] = (),
) -> Mapping[str, Any]:
    """The body of the response; by default before the first session."""
    return {
        "isStarted": is_started,
        "hashMethod": "Murmur2",
        "hashSeed": cell_files.SEED,
        "tmpFilePrefix": cell_files.folder() + os.sep,
        "tmpFileSuffix": ".py",
        "breakpoints": [{"source": path, "breakpoints": found} for path, found in (breakpoints or {}).items()],
        "stoppedThreads": list(stopped),
        "richRendering": True,
        "exceptionPaths": ["Python Exceptions"],
        "copyToGlobals": True,
    }
