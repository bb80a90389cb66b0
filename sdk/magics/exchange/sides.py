"""The ends of a variable's way: this kernel, another of the SDK, a Python kernel of whatever make."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Protocol

from sdk.errors import ExecutionError
from sdk.exchange import ExchangeError, NoRoomError, parcel
from sdk.exchange.serving import line
from sdk.magics.kernels import exchange, execute, other_kernels

if TYPE_CHECKING:
    from sdk.magics.call import Call
    from sdk.magics.kernels import OtherKernel

_LIMIT = 120.0  # seconds
_FEATURE = "variable exchange"


class Side(Protocol):
    """Gives and takes variables. Both raise what is wrong; NoRoomError when the file's disk is full."""

    title: str
    """What people call it."""

    async def give(self, name: str, path: str) -> None:
        """Write the variable's value into the new file `path`."""

    async def take(self, name: str, path: str) -> None:
        """Give the variable the value that is in the file."""


class Here:
    """The notebook's own language."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._kernel = call.kernel
        self.title = call.kernel.implementation or type(call.kernel).__name__

    async def give(self, name: str, path: str) -> None:
        """See `Side`."""
        __user_code_below__ = True  # noqa: F841  # see sdk.transport.stack: so that it can be interrupted
        await self._begin()
        parcel.write(path, await self._kernel.give_variable(name), name)

    async def take(self, name: str, path: str) -> None:
        """See `Side`."""
        __user_code_below__ = True  # noqa: F841  # see sdk.transport.stack: so that it can be interrupted
        await self._begin()
        in_python = getattr(self._kernel, "is_python", False)  # its variables are arrays of numpy, tables of pandas
        await self._kernel.set_variable(name, parcel.read(path, name, rich=in_python))

    async def set(self, name: str, value: object) -> None:
        """Give the variable this value."""
        await self._begin()
        await self._kernel.set_variable(name, value)

    async def _begin(self) -> None:
        if self._call.is_elsewhere:
            await self._call.language("")  # a language elsewhere is started by a cell, which may ask on the way there


class Ours:
    """Another kernel of the SDK, which answers requests for its variables."""

    def __init__(self, call: Call, other: OtherKernel) -> None:
        self._call = call
        self._other = other
        self.title = other.key

    async def give(self, name: str, path: str) -> None:
        """See `Side`."""
        await self._ask("get_variable_request", name, path)

    async def take(self, name: str, path: str) -> None:
        """See `Side`."""
        await self._ask("set_variable_request", name, path)

    async def _ask(self, msg_type: str, name: str, path: str) -> None:
        try:
            await exchange(self._call, self._other, msg_type, {"name": name, "path": path}, limit=_LIMIT)
        except TimeoutError:
            raise ExchangeError(f"{name}: {self.title} did not answer within {_LIMIT:g} seconds") from None
        except ExecutionError as error:
            if error.ename in ("KeyboardInterrupt", "KernelDied"):
                raise
            raise (NoRoomError if error.ename == "NoRoomError" else ExchangeError)(
                error.evalue or error.ename
            ) from None


class Python:
    """A Python kernel of whatever make: it runs a line of ours, which leaves nothing behind."""

    def __init__(self, call: Call, other: OtherKernel) -> None:
        self._call = call
        self._other = other
        self.title = other.key

    async def give(self, name: str, path: str) -> None:
        """See `Side`."""
        await self._run("give", name, path)

    async def take(self, name: str, path: str) -> None:
        """See `Side`."""
        await self._run("take", name, path)

    async def _run(self, does: str, name: str, path: str) -> None:
        if not name.isidentifier():
            raise ExchangeError(f"variable {name!r}: this is no name in Python")
        asked = {"does": does, "name": name, "path": path}
        await execute(self._call, self._other, line(asked), silent=True)
        try:
            with open(f"{path}.said", encoding="utf-8") as file:
                said = json.load(file)
        except OSError:
            raise ExchangeError(
                f"{name}: {self.title} has not left the value in {os.path.dirname(path)}: it does not see this "
                "machine's files, or is no Python"
            ) from None
        os.unlink(f"{path}.said")
        if not said["ok"] and said["kind"] == "KeyboardInterrupt":
            raise ExecutionError("KeyboardInterrupt")
        if not said["ok"]:
            raise (NoRoomError if said["kind"] == "NoRoomError" else ExchangeError)(said["text"])


async def side(call: Call, name: str) -> Side:
    """The other kernel `name`, started if it does not run: the last used one if empty, else Python.

    Raises MagicError when it gives no variables away.
    """
    kernels = other_kernels(call)
    other = await kernels.running(call, name or kernels.last or "python")
    if _FEATURE in (other.info.get("supported_features") or ()):
        return Ours(call, other)
    if other.language in ("python", "ipython"):
        return Python(call, other)
    raise call.error(
        f"{other.key} gives no variables away and takes none: it is neither Python nor a kernel that says so"
    )


def here(call: Call) -> Here:
    """The notebook's own language. Raises MagicError when it gives no variables away."""
    kernel = call.kernel
    if not kernel.exchanges_variables:
        name = kernel.implementation or type(kernel).__name__
        raise call.error(f"{name} gives no variables away and takes none; --from and --to name other kernels")
    return Here(call)
