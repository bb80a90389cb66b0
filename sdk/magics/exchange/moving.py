"""`move`: a variable goes from one side to another, in a file of a private directory that both can read."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from sdk.exchange import NoRoomError, parcel
from sdk.exchange.folder import places, private_folder

if TYPE_CHECKING:
    from sdk.magics.exchange.sides import Side


async def move(
    source: Side, name: str, target: Side, new_name: str, change: Callable[[object, str], object] | None = None
) -> None:
    """Give `target` the value that `source` has. Raises what either says against it.

    `change` makes another value of it on the way.
    """
    where = places()
    for place in where:
        with private_folder(place) as folder:
            path = os.path.join(folder, "value")
            try:
                await source.give(name, path)
                if change is not None:
                    value = change(parcel.read(path, name), name)
                    path = os.path.join(folder, "changed")
                    parcel.write(path, value, name)
            except NoRoomError:
                if place == where[-1]:
                    raise
                continue
            await target.take(new_name, path)
            return
