"""Variables for other kernels of the notebook: two requests that the spec does not have, answered for every language.

`get_variable_request` has `name` and `path`: the variable's value is written into the new file `path`, as
`sdk.exchange.parcel` writes values. `set_variable_request` has the same: the variable becomes what the file holds. The
replies are those of any request; who serves them says "variable exchange" among its `supported_features`.
"""

from __future__ import annotations

from sdk.errors import ContentError
from sdk.kernel.base import Kernel
from sdk.kernel.context import Context
from sdk.protocol.message import CustomContent

_OK = {"status": "ok"}


class VariableExchange:
    """Answers for one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    async def give(self, request: CustomContent, context: Context) -> CustomContent:
        """Write the value of a variable."""
        from sdk.exchange import parcel  # few ask for it

        name, path = _asked(request)
        parcel.write(path, await self._kernel.give_variable(name), name)
        return CustomContent("get_variable_reply", _OK)

    async def take(self, request: CustomContent, context: Context) -> CustomContent:
        """Read a value for a variable."""
        from sdk.exchange import parcel  # few ask for it

        name, path = _asked(request)
        await self._kernel.set_variable(name, parcel.read(path, name))
        return CustomContent("set_variable_reply", _OK)


def _asked(request: CustomContent) -> tuple[str, str]:
    name, path = request.fields.get("name"), request.fields.get("path")
    if not isinstance(name, str) or not isinstance(path, str):
        raise ContentError(f"{request.msg_type} needs the texts name and path")
    return name, path
