"""Where a magic's line may be a comment of the language: is it a person's words? For the `is_meant` of magics. Pure."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]['\w-]*[.,:;!?]?")


def is_no_prose(text: str) -> bool:
    """Whether these are not two or more plain words, as in `%time step of the loop`."""
    words = text.split()
    return len(words) < 2 or not all(_WORD.fullmatch(word) for word in words)


def is_one_word(text: str) -> bool:
    """Whether this is one word, or says that something has a value."""
    return len(text.split()) < 2 or "=" in text


def are_cells(text: str) -> bool:
    """Whether these words name earlier cells."""
    from sdk.magics.past_cells import read

    return all(read(word) is not None for word in text.split())


def is_name_of_cells(text: str) -> bool:
    """Whether this is a name, and words that name earlier cells."""
    return are_cells(" ".join(text.split()[1:]))
