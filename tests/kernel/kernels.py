"""Languages for the tests of the core: each says with its class what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sdk import (
    CompleteReply,
    CompleteRequest,
    Context,
    DebugReply,
    DebugRequest,
    DisplayData,
    ExecuteRequest,
    ExecutionError,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
    Kernel,
    MimeBundle,
)


class Script(Kernel):
    """Does what the first word of a cell says."""

    implementation = "script"
    language_info = {"name": "script", "mimetype": "text/plain", "file_extension": ".txt"}

    def __init__(self) -> None:
        self.contexts: list[Context] = []

    async def do_execute(self, request: ExecuteRequest, context: Context) -> MimeBundle | DisplayData | None:
        self.contexts.append(context)
        word, _, rest = request.code.partition(" ")
        result: Any = await getattr(self, f"_{word}")(rest, context)
        return result  # type: ignore[no-any-return]

    async def _say(self, rest: str, context: Context) -> None:
        context.stream("stdout", rest)

    async def _both(self, rest: str, context: Context) -> None:
        context.stream("stdout", "out")
        context.stream("stderr", "err")
        context.stream("stdout", "")

    async def _value(self, rest: str, context: Context) -> MimeBundle:
        return {"text/plain": rest}

    async def _rich(self, rest: str, context: Context) -> DisplayData:
        return DisplayData({"text/html": rest}, {"isolated": True})

    async def _return(self, rest: str, context: Context) -> Any:
        return {"number": 3, "mapping": {"plain": "no mime type"}, "list": [1]}[rest]

    async def _fail(self, rest: str, context: Context) -> None:
        raise ExecutionError("ScriptError", rest, ["line 1", "line 2"])

    async def _raise(self, rest: str, context: Context) -> None:
        raise {
            "value": ValueError("bad value"),
            "exit": SystemExit(3),
            "interrupt": KeyboardInterrupt(),
            "base": BaseException("odd"),
            "mute": Mute(),
        }[rest]

    async def _ask(self, rest: str, context: Context) -> None:
        context.stream("stdout", await context.input(rest))

    async def _secret(self, rest: str, context: Context) -> None:
        context.stream("stdout", str(len(await context.getpass())))

    async def _block(self, rest: str, context: Context) -> None:
        context.stream("stdout", context.input_blocking(rest))

    async def _show(self, rest: str, context: Context) -> None:
        context.stream("stdout", "before")
        context.display_data({"text/plain": "1"}, display_id="d")
        context.update_display_data({"text/plain": "2"}, display_id="d")
        context.clear_output(wait=True)

    async def _progress(self, rest: str, context: Context) -> None:
        context.progress(0.5, "half <")
        context.progress(1.5)
        context.progress(None, "who knows", display_id="other")

    async def _page(self, rest: str, context: Context) -> None:
        context.payload.append({"source": "page", "data": {"text/plain": rest}})
        context.reply_metadata["seen"] = context.metadata.get("cellId") == context.cell_id

    async def do_complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        if request.code == "bad":
            return "not a reply"  # type: ignore[return-value]
        if request.code == "exit":
            raise SystemExit
        return CompleteReply(["one"], 0, 1)

    async def do_user_expression(self, expression: str, context: Context) -> MimeBundle:
        if expression == "no":
            raise ValueError("no")
        return {"text/plain": expression}


class Mute(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError


class Rich(Script):
    """A language that implements what can be implemented."""

    async def do_inspect(self, request: InspectRequest, context: Context) -> InspectReply:
        return InspectReply(found=True, data={"text/plain": request.code})

    async def do_is_complete(self, request: IsCompleteRequest, context: Context) -> IsCompleteReply:
        return IsCompleteReply("incomplete", "  ")

    async def do_debug(self, request: DebugRequest, context: Context) -> DebugReply:
        return DebugReply({"seq": request.fields["seq"]})

    async def do_apply(self, request: Any, context: Context) -> Mapping[str, Any]:
        context.reply_buffers = [bytes(buffer)[::-1] for buffer in context.request.buffers]
        return {"status": "ok", "got": request.fields}

    subshells = True


class Reluctant(Script):
    """Starts at the second attempt, and does not stop well."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts = 0
        self.stopped: list[bool] = []

    async def start(self) -> None:
        self.attempts += 1
        if self.attempts == 1:
            raise RuntimeError("not yet")

    async def stop(self, *, restart: bool) -> None:
        self.stopped.append(restart)
        raise RuntimeError("not well")


class Bare(Kernel):
    """Implements nothing."""
