"""The echo kernel: what a language needs at the least, and not a line more."""

from __future__ import annotations

from sdk import CompleteReply, CompleteRequest, Context, ExecuteRequest, ExecutionError, Kernel

WORDS = ("error", "input", "shout")


class EchoKernel(Kernel):
    """Prints each cell; `shout TEXT` gives a value, `input PROMPT` asks, `error TEXT` fails."""

    implementation = "echo"
    implementation_version = "1.0"
    language_info = {
        "name": "echo",
        "version": "1.0",
        "mimetype": "text/plain",
        "file_extension": ".txt",
        "pygments_lexer": "text",
    }
    banner = "Echo: says what it is told"
    uses_asyncio = False  # nothing here awaits but the context: starts sooner

    async def do_execute(self, request: ExecuteRequest, context: Context) -> dict[str, str] | None:
        word, _, rest = request.code.strip().partition(" ")
        if word == "error":
            raise ExecutionError("EchoError", rest)
        if word == "shout":
            return {"text/plain": rest.upper()}
        if word:
            context.stream("stdout", await context.input(rest) if word == "input" else request.code)
        return None

    async def do_complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        end = len(request.code) if request.cursor_pos is None else request.cursor_pos
        start = request.code.rfind(" ", 0, end) + 1
        matches = [word for word in WORDS if word.startswith(request.code[start:end])]
        return CompleteReply(matches=matches, cursor_start=start, cursor_end=end)
