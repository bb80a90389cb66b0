"""`Place`: where a program runs: here, or where a prefix leads. Who waits for it to be reached can give up."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sdk.errors import ExecutionError
from sdk.repl.launch import Launch
from sdk.repl.process import Process
from sdk.repl.session import Session
from sdk.repl.sink import Sink
from sdk.repl.spool import display_script

if TYPE_CHECKING:  # few need it
    from sdk.repl.far_lines import FarLines
    from sdk.repl.far_session import FarSession


class Place:
    """One place, for one start of a program."""

    def __init__(self, prefix: str | Sequence[str], lines: Callable[[], FarLines | None] = lambda: None) -> None:
        """`lines` gives how the program is told things there; None: as a bash is."""
        self._prefix = prefix
        self._way: asyncio.Task[tuple[Process, str]] | None = None
        self._far = self._far_session(lines()) if prefix else None
        self.session = self._far or Session()

    @staticmethod
    def _far_session(lines: FarLines | None) -> FarSession:
        from sdk.repl.far_session import FarSession  # few need it

        return FarSession(lines=lines)

    @property
    def on_the_way(self) -> bool:
        """Whether it is not reached yet."""
        return self._way is not None and not self._way.done()

    def give_up(self) -> None:
        """Wait no longer: `spawn` raises ExecutionError."""
        if self._way is not None:
            self._way.cancel()

    async def spawn(self, launch: Launch, sink: Sink, *, limit: float) -> Process:
        """Start the program; what the prefix asks, `sink` is asked. Raises LanguageStartError, ExecutionError."""
        if self._far is None:
            return Process.spawn(launch, asyncio.get_running_loop())
        from sdk.repl.connect import reach  # few need it

        self._way = asyncio.ensure_future(reach(self._prefix, self._far, launch, sink, limit=limit))
        try:
            process, said = await self._way
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._way.cancelled() and task is not None and not task.cancelling():
                raise ExecutionError("KeyboardInterrupt") from None
            raise
        if said:
            sink.notice(said)
        return process


def put_display(session: Session) -> str:
    """Put the program `display` where the program of `session` finds it; its path there."""
    if session.is_far:
        from sdk.repl.connect import put_display as put_there  # few need it

        return put_there(session)
    path = session.write("display", display_script(session.path, sys.executable or "python3"))  # runs in this one
    os.chmod(path, 0o700)
    return path
