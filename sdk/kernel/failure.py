"""What an exception looks like to a client."""

from __future__ import annotations

from sdk.errors import ExecutionError
from sdk.protocol.iopub import Error
from sdk.protocol.message import ErrorReply

_SDK = __file__.removesuffix("kernel/failure.py")


def error_of(exception: BaseException) -> Error:
    """The IOPub `error` that tells of `exception`."""
    if isinstance(exception, ExecutionError):
        traceback = exception.traceback or (_headline(exception.ename, exception.evalue),)
        return Error(exception.ename, exception.evalue, list(traceback))
    ename = type(exception).__name__
    try:
        evalue = str(exception)
    except Exception as second:  # the exception's own __str__
        evalue = f"<{type(second).__name__} while its text was made>"
    if type(exception).__module__.startswith("sdk."):
        return Error(ename, evalue, [_headline(ename, evalue)])  # ours: says all there is to say
    return Error(ename, evalue, [*_frames(exception), _headline(ename, evalue)])


def error_reply(msg_type: str, exception: BaseException) -> ErrorReply:
    """The reply of type `msg_type` that tells of `exception`."""
    error = error_of(exception)
    return ErrorReply(msg_type, error.ename, error.evalue, error.traceback)


def _headline(ename: str, evalue: str) -> str:
    return f"\x1b[31m{ename}\x1b[39m: {evalue}" if evalue else f"\x1b[31m{ename}\x1b[39m"


def _frames(exception: BaseException) -> list[str]:
    """The author's part of the traceback: where in the language's own code it happened."""
    import traceback  # start-up time: only a failure needs it

    shown = [
        line
        for frame in traceback.extract_tb(exception.__traceback__)
        if not frame.filename.startswith(_SDK)
        for line in traceback.format_list([frame])
    ]
    return [line.rstrip("\n") for line in shown]
