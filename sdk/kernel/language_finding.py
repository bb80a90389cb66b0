"""`LanguageFinding`: where a kernel's language was looked for, and what became of it. For people, by `sdk doctor`."""

from __future__ import annotations

from collections.abc import Sequence

from sdk.protocol.record import Record


class LanguageFinding(Record):
    """What was found; `remedy` says what to do when that is nothing."""

    good: bool
    detail: str
    attempts: Sequence[str] = ()
    """Each place that was thought of, and what became of it."""

    remedy: str = ""

    elsewhere: bool = False
    """Whether the language is where only a cell goes: on another machine, in a container."""
