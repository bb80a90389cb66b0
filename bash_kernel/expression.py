"""The value of one of an execute_request's user_expressions: what a command writes, as in `$(...)`."""

from __future__ import annotations

import shlex

from sdk import ExecutionError, MimeBundle

LIMIT = 5.0  # seconds


def question(expression: str) -> str:
    """Code that writes what the expression does, and its status. It runs in a copy of the shell."""
    return f"( builtin eval -- {shlex.quote(expression)} ) 2>&1\nbuiltin printf '\\0%s' \"$?\"\n"


def value(answer: str | None) -> MimeBundle:
    """The value. Raises ExecutionError when the command failed, or could not be run in time."""
    text, _, status = (answer or "").rpartition("\0")
    if not status:
        raise ExecutionError("TimeoutError", f"the shell did not answer within {LIMIT:g} seconds")
    if status != "0":
        raise ExecutionError("ExitStatus", status, [line for line in text.split("\n") if line])
    return {"text/plain": text.rstrip("\n")}
