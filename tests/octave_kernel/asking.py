"""Asks an Octave kernel as a front-end does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from sdk import ExecutionError, InspectRequest, Variable
from sdk.protocol.shell import CompleteReply, CompleteRequest, ExecuteRequest, InspectReply
from tests.octave_kernel.conftest import Octave
from tests.repl.driven import Recorder

T = TypeVar("T")


def nobody() -> Any:
    """The context of a question."""
    return Recorder(0, None)


async def completing(octave: Octave, code: str, position: int | None = None) -> CompleteReply:
    return await octave.kernel.do_complete(CompleteRequest(code, position), nobody())


def matches(octave: Octave, code: str, position: int | None = None) -> list[str]:
    return list(octave.do(completing(octave, code, position)).matches)


def types(reply: CompleteReply) -> dict[str, str]:
    return {each["text"]: each["type"] for each in reply.metadata["_jupyter_types_experimental"]}


def inspected(octave: Octave, code: str, position: int | None = None, level: int = 0) -> InspectReply:
    at = len(code) if position is None else position
    return octave.do(octave.kernel.do_inspect(InspectRequest(code, at, level), nobody()))


def told(octave: Octave, code: str, position: int | None = None, level: int = 0) -> str:
    return str(inspected(octave, code, position, level).data.get("text/plain", ""))


async def listing(octave: Octave, *path: str) -> Sequence[Variable]:
    return await octave.kernel.do_variables(path, nobody())


def listed(octave: Octave, *path: str) -> dict[str, Variable]:
    return {one.name: one for one in octave.do(listing(octave, *path))}


async def _while_busy(octave: Octave, question: Coroutine[Any, Any, T], code: str) -> T:
    recorder = Recorder(99, None)
    request = ExecuteRequest(f"{code}; disp ('go'); pause (60)")
    work = asyncio.ensure_future(octave.kernel.do_execute(request, recorder))  # type: ignore[arg-type]
    await recorder.until(lambda said: "go" in said.text())
    try:
        return await question
    finally:
        await octave.kernel.do_interrupt()
        with suppress(ExecutionError):
            await work


def while_busy(octave: Octave, question: Coroutine[Any, Any, T], code: str = "1;") -> T:
    """What is answered while a cell runs, which is interrupted then."""
    return octave.do(_while_busy(octave, question, code))
