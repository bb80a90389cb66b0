"""The kernel of these tests: cells are Python, run by `exec` with nothing between it and the transport.

`KERNEL` in the environment is a JSON object: attributes of the class (`while_busy` by its name), and under "start",
"stop" and "interrupt" the Python code of those methods. In cells, `print` and `input` are the context's own, `context`
is the context, and `await` may stand at the top. Completion runs its code in the same way: its value is the matches.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sdk import CompleteReply, CompleteRequest, Context, ExecuteRequest, Kernel, WhileBusy
from sdk.app import run
from sdk.testing import KernelProcess

ROOT = Path(__file__).parents[2]


class _Out(io.TextIOBase):
    """Writes to the context of the thread's cell."""

    def __init__(self, name: str) -> None:
        self._stream = name
        self.here = threading.local()
        self.last: Context | None = None

    def write(self, text: str) -> int:
        context = Context.of_this_task() or getattr(self.here, "context", None) or self.last
        assert context is not None
        context.stream(self._stream, text)
        return len(text)


class CellKernel(Kernel):
    """Runs Python."""

    implementation = "cells"
    language_info = {"name": "python", "mimetype": "text/x-python", "file_extension": ".py"}

    def __init__(self) -> None:
        self._out, self._err = _Out("stdout"), _Out("stderr")
        self.names: dict[str, Any] = {"__name__": "cell", "kernel": self, "os": os, "sys": sys}

    async def do_execute(self, request: ExecuteRequest, context: Context) -> dict[str, str] | None:
        """Run the cell; the value of a last expression is its result."""
        self._out.last = self._err.last = context
        value = await self._run(request.code, context, self.names)
        return None if value is None else {"text/plain": repr(value)}

    async def do_user_expression(self, expression: str, context: Context) -> dict[str, str]:
        """Any expression."""
        return {"text/plain": repr(eval(expression, self.names))}

    async def _run(self, code: str, context: Context, names: dict[str, Any]) -> Any:
        names["print"] = self._print
        names["err"] = lambda *args: self._print(*args, file=self._err)
        names["input"] = context.input_blocking
        names["context"] = context
        tree = ast.parse(code)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        if tree.body:
            await _step(compile(tree, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
        if isinstance(last, ast.Expr):
            expression = compile(ast.Expression(last.value), "cell", "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            return await _step(expression, names)
        return None

    def _print(self, *args: object, sep: str = " ", end: str = "\n", file: Any = None, flush: bool = False) -> None:
        (file or self._out).write(f"{sep.join(map(str, args))}{end}")


async def _step(code: Any, names: dict[str, Any]) -> Any:
    value = eval(code, names)
    return await value if inspect.iscoroutine(value) else value


async def _complete(self: CellKernel, request: CompleteRequest, context: Context) -> CompleteReply:
    matches = await self._run(request.code, context, {**self.names})
    return CompleteReply([str(match) for match in matches or ()], 0, 0)


def _kernel_class(description: Mapping[str, Any]) -> type[CellKernel]:
    members: dict[str, Any] = {"do_complete": _complete}
    for name, value in description.items():
        if name in ("start", "stop", "interrupt"):
            members["do_interrupt" if name == "interrupt" else name] = _method(value)
        else:
            members[name] = WhileBusy[value] if name == "while_busy" else value
    return type("CellKernel", (CellKernel,), members)


def _method(code: str) -> Any:
    async def method(self: CellKernel, **named: Any) -> None:
        self.names.update(named)
        await _step(compile(code, "method", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), self.names)

    return method


@contextlib.contextmanager
def cells(
    *arguments: str, env: Mapping[str, str] | None = None, process: Mapping[str, Any] | None = None, **description: Any
) -> Iterator[KernelProcess]:
    """A kernel process that runs cells, as `description` says; ended after the block."""
    argv = [sys.executable, str(Path(__file__)), "-f", "{connection_file}", "--no-history", *arguments]
    environment = {"KERNEL": json.dumps(description), "PYTHONPATH": str(ROOT), **(env or {})}
    with KernelProcess(argv, env=environment, **(process or {})) as kernel:
        yield kernel


if __name__ == "__main__":
    run(_kernel_class(json.loads(os.environ["KERNEL"])))
