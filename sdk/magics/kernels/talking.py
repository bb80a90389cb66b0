"""`execute` and `exchange`: how a magic speaks with another kernel. See the package's docstring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from sdk.errors import ExecutionError
from sdk.magics.kernels.asked import Asked, Died, Question
from sdk.magics.kernels.voice import Voice

if TYPE_CHECKING:
    from sdk.kernel.context import Context
    from sdk.magics.call import Call
    from sdk.magics.kernels.other import OtherKernel
    from sdk.protocol.iopub import DisplayData

_END_OF_INPUT = "\x04"  # what Python's kernels take for it


class Reply(NamedTuple):
    """What another kernel has answered."""

    content: Mapping[str, Any]
    buffers: Sequence[Any] = ()
    metadata: Mapping[str, Any] = {}
    value: DisplayData | None = None
    """The value of a cell, if nothing was shown after it: to return from the magic. Else it was shown."""


async def execute(
    call: Call,
    other: OtherKernel,
    code: str,
    *,
    silent: bool = False,
    user_expressions: Mapping[str, str] | None = None,
) -> Reply:
    """Run code there, as this cell's. Raises ExecutionError as it failed there.

    `silent`: nothing is shown or kept in the history.
    """
    if not silent and other.is_busy:
        call.warn(f"{other.key} is still busy with an earlier cell; this one waits for it")
    content = {
        "code": code,
        "silent": silent,
        "store_history": not silent,
        "user_expressions": dict(user_expressions or {}),
        "allow_stdin": call.context.allow_stdin and not silent,
        "stop_on_error": False,
    }
    voice = None if silent else Voice(call.context, keeps_value=True)
    metadata = {} if silent else call.context.metadata
    asked = other.ask("execute_request", content, metadata=metadata, voice=voice, waits_for_idle=True)
    reply = await _end_of(call, other, asked)
    for payload in () if silent else reply.content.get("payload") or ():
        if payload.get("source") == "ask_exit":  # the user has said quit()
            await call.wait(other.end)
        else:
            call.context.payload.append(payload)
    value = voice.value if voice is not None else None
    if reply.content.get("status") != "ok" and voice is not None:
        voice.release()
    return reply._replace(value=value) if _checked(other, reply) else reply


async def exchange(
    call: Call,
    other: OtherKernel,
    msg_type: str,
    content: Mapping[str, Any],
    *,
    buffers: Sequence[Any] = (),
    limit: float | None = None,
) -> Reply:
    """Send a request of any type on shell, and wait for its reply. Raises ExecutionError for a reply of an error.

    Raises TimeoutError after `limit` seconds.
    """
    asked = other.ask(msg_type, content, buffers=buffers, limit=limit)
    reply = await _end_of(call, other, asked)
    _checked(other, reply)
    return reply


async def answer(
    context: Context, other: OtherKernel, msg_type: str, content: Mapping[str, Any], *, limit: float
) -> Mapping[str, Any] | None:
    """The reply to a request that helps to write code; None: there is none within `limit` seconds."""
    asked = other.ask(msg_type, content, limit=limit)
    bell = context.waiter()
    asked.ring(bell)
    await bell.arrived()
    event = asked.next()
    return event["content"] if isinstance(event, dict) else None


async def _end_of(call: Call, other: OtherKernel, asked: Asked) -> Reply:
    presses = 0
    while True:
        try:
            event = await _next(call, asked)
            if isinstance(event, Question):
                other.answer(event, await _answered(call, event))
                continue
        except KeyboardInterrupt:
            presses += 1
            if presses > 2:
                raise ExecutionError(
                    "KeyboardInterrupt",
                    f"{other.key} takes no interrupt, and is left alone; %restart_kernel {other.key} ends it",
                ) from None
            Thread(target=other.interrupt, args=(asked,), name="interrupt", daemon=True).start()
            continue
        if isinstance(event, Died):
            raise ExecutionError("KernelDied", f"{event.why}\nthe next use starts it anew")
        if isinstance(event, TimeoutError):
            raise event
        if isinstance(event, dict):
            if presses and event["content"].get("status") not in ("ok", "error"):
                raise KeyboardInterrupt  # older kernels call it aborted
            return Reply(event["content"], event["buffers"], event["metadata"])


async def _next(call: Call, asked: Asked) -> object:
    bell = call.context.waiter()
    asked.ring(bell)
    try:
        await call.magics.interruptible(bell)
    finally:
        asked.hush()
    return asked.next()


async def _answered(call: Call, question: Question) -> str:
    try:
        return await call.ask(question.prompt, password=question.password)
    except EOFError:
        return _END_OF_INPUT


def _checked(other: OtherKernel, reply: Reply) -> bool:
    content = reply.content
    status = content.get("status", "ok")
    if status == "ok":
        return True
    if status == "error":
        raise ExecutionError(
            str(content.get("ename") or "Error"), str(content.get("evalue", "")), list(content.get("traceback") or ())
        )
    raise ExecutionError("Aborted", f"{other.key} has not run it: {status}")
