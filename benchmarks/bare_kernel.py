"""The SDK's own cost: a kernel that hands each cell to `exec`, with nothing around it. Measured against ipykernel.

Trivial and print cells, floods and requests of this kernel are the "echo kernel" rows of `docs/performance.md`.
"""

from __future__ import annotations

import ast
import io
from typing import Any

from sdk import Context, ExecuteRequest, ExecutionError, Kernel
from sdk.app import run


class _Out(io.TextIOBase):
    def __init__(self) -> None:
        self.context: Context

    def write(self, text: str) -> int:
        self.context.stream("stdout", text)
        return len(text)


class BareKernel(Kernel):
    """exec() in a dictionary."""

    implementation = "bare"
    language_info = {"name": "python", "mimetype": "text/x-python", "file_extension": ".py"}

    uses_asyncio = False

    def __init__(self) -> None:
        self._out = _Out()
        self._names: dict[str, Any] = {"print": lambda *args: print(*args, file=self._out)}

    async def do_execute(self, request: ExecuteRequest, context: Context) -> dict[str, str] | None:
        """Run the cell; the value of a last expression is its result."""
        self._out.context = context
        self._names["kb_display"] = lambda data, **_: context.display_data(data)
        try:
            tree = ast.parse(request.code)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            if tree.body:
                exec(compile(tree, "cell", "exec"), self._names)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), "cell", "eval"), self._names)
                return None if value is None else {"text/plain": repr(value)}
        except Exception as error:
            raise ExecutionError(type(error).__name__, str(error)) from error
        return None


if __name__ == "__main__":
    run(BareKernel)
