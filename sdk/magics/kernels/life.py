"""`OtherKernels`: the other kernels of one notebook. Started when first used, ended with the notebook."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from sdk.errors import LanguageStartError
from sdk.magics.kernels.launch import Launch, UnknownKernelError, find_launch
from sdk.magics.kernels.other import OtherKernel

if TYPE_CHECKING:
    from sdk.kernel.context import Context
    from sdk.magics.call import Call
    from sdk.magics.runner import Magics

_PATIENCE = 3.0  # seconds for all to end


class OtherKernels:
    """Those of one notebook, by their keys."""

    def __init__(self) -> None:
        self.kernels: dict[str, OtherKernel] = {}
        """In the order of their start. Some may have ended by themselves."""

        self.last = ""
        """The key of the one that was used last, for a user's cell."""

        self._names: dict[str, str] = {}

    def find(self, name: str = "") -> OtherKernel | None:
        """The running one that is called so, or the last used one; None: there is none."""
        key = name or self.last
        other = self.kernels.get(self._names.get(key, key))
        return other if other is not None and not other.ended else None

    async def running(self, call: Call, name: str = "", *, key: str = "") -> OtherKernel:
        """The kernel `name` (the last used one, if empty), started if it does not run.

        `key` is another name for it in this notebook, so that there may be two of a kind. Raises MagicError when there
        is no such kernel, LanguageStartError when it does not start.
        """
        if not name and not key and not self.last:
            raise call.error("no other kernel was used yet: give its name; %kernels lists those there are")
        other = self.find(key or name)
        if other is not None:
            return await self.started(call, other.launch, other.key)
        key = self._names.get(key or name or self.last, key or name or self.last)
        before = self.kernels.get(key)
        if before is not None and (not name or name in (key, before.launch.name)):
            return await self.start(call, before.launch, key)
        launch = await self.find_launch(call, lambda: find_launch(name or key))
        if key == name:
            self._names[name] = key = launch.name
        return await self.started(call, launch, key)

    @staticmethod
    async def find_launch(call: Call, find: Callable[[], Launch]) -> Launch:
        """What `find` finds. Raises MagicError."""
        try:
            return await call.wait(find)
        except UnknownKernelError as error:
            raise call.error(str(error)) from None

    async def started(self, call: Call, launch: Launch, key: str) -> OtherKernel:
        """The kernel called `key`, started if it does not run."""
        other = self.find(key)
        if other is None:
            return await self.start(call, launch, key)
        if not other.ready.is_set():
            await call.wait(other.ready.wait)
        return other

    async def start(self, call: Call, launch: Launch, key: str) -> OtherKernel:
        """Start a kernel as `key`, in place of one that has ended. An interrupt ends it again."""
        before = self.kernels.get(key)
        if before is not None:
            call.warn(f"{key} is started anew" + (f": {before.ended.partition(chr(10))[0]}" if before.ended else ""))
        other = self._made(call.magics, launch, key)
        try:
            await call.wait(other.start)
        except BaseException:
            self.kernels.pop(key, None)
            Thread(target=other.kill, name="kill", daemon=True).start()
            raise
        return other

    async def started_for_help(self, magics: Magics, context: Context, launch: Launch, key: str) -> OtherKernel | None:
        """As `started`, for who helps to write code; None when it does not start."""
        other = self.find(key)
        if other is None:
            other = self._made(magics, launch, key)
            Thread(target=self._start_quietly, args=(other,), name="start", daemon=True).start()
        bell = context.waiter()

        def ring(ready: Event) -> None:
            ready.wait()
            bell.bring(None)

        Thread(target=ring, args=(other.ready,), name="start", daemon=True).start()
        await bell.arrived()
        return self.find(key)

    def _start_quietly(self, other: OtherKernel) -> None:
        try:
            other.start()
        except LanguageStartError:  # a cell will be told
            self.kernels.pop(other.key, None)

    def _made(self, magics: Magics, launch: Launch, key: str) -> OtherKernel:
        kernel = magics.kernel
        cwd = None if getattr(kernel, "prefix", "") else kernel.cwd or os.getcwd()
        self.kernels[key] = other = OtherKernel(key, launch, cwd, kernel.host)
        kernel.host.comms.manager.elsewhere = self._target_of
        return other

    def _target_of(self, target_name: str) -> Callable[[Any, dict[str, Any]], None] | None:
        """Who takes a comm that the client opens and this kernel does not know: the one used last.

        Not what asks for the state of all widgets: without an answer, front-ends ask each widget, whosever it is.
        """
        other = self.find()
        return None if other is None or target_name == "jupyter.widget.control" else other.comms.offer

    async def end(self, call: Call, other: OtherKernel) -> None:
        """End one."""
        self.kernels.pop(other.key, None)
        await call.wait(other.end)

    def close(self) -> None:
        """The notebook's kernel ends: so do all. Blocks until they have."""
        ends = [Thread(target=other.end, name="end", daemon=True) for other in self.kernels.values() if not other.ended]
        for thread in ends:
            thread.start()
        until = time.monotonic() + _PATIENCE
        for thread in ends:
            thread.join(max(0.0, until - time.monotonic()))


def other_kernels(where: Call | Magics) -> OtherKernels:
    """The other kernels of the notebook in which a magic is used."""
    return where.state(OtherKernels)
