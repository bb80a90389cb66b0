"""Text without its colours, for tests of what it says."""

from __future__ import annotations

import re

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def plain(text: str) -> str:
    """The text without them."""
    return _COLOUR.sub("", text)
