"""`ipykernel.utils`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class LazyDict(Mapping[str, Any]):
    """A dict whose values may be functions, which are called when they are first wanted."""

    def __init__(self, dict: Mapping[str, Any]) -> None:  # noqa: A002  # the name that it has
        self._dict = {**dict}

    def __getitem__(self, key: str) -> Any:
        item = self._dict[key]
        if callable(item):
            item = self._dict[key] = item()
        return item

    def __len__(self) -> int:
        return len(self._dict)

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict)
