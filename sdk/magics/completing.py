"""Completion of a magic's last word by names that the magic knows."""

from __future__ import annotations

from collections.abc import Iterable

from sdk.protocol.shell import CompleteReply, CompleteRequest


def by_names(request: CompleteRequest, names: Iterable[str]) -> CompleteReply | None:
    """Those of `names` that the word at the end may become; None when that is an option, which the frame completes."""
    typed = request.code
    word = "" if typed[-1:].isspace() else typed.rpartition(" ")[2]
    if word.startswith("-"):
        return None
    found = sorted({name for name in names if name.startswith(word)})
    return CompleteReply(found, len(typed) - len(word), len(typed))
