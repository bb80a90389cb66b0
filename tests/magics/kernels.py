"""Small kernels for the tests of magics."""

from __future__ import annotations

from collections.abc import Sequence

from sdk import (
    CompleteReply,
    CompleteRequest,
    Context,
    ExecuteRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
    Kernel,
    PlotError,
    PlotSettings,
)
from sdk.protocol.iopub import Error, Stream
from sdk.protocol.message import Content


class DrawingKernel(Kernel):
    """Says how it would draw."""

    implementation = "drawing"
    own_magics = ("sdk.magics.plot",)
    uses_asyncio = False
    settings = PlotSettings()

    def plot_settings(self) -> PlotSettings:
        return self.settings

    async def change_plots(self, settings: PlotSettings, context: Context) -> None:
        if settings.format not in ("png", "svg"):
            raise PlotError(f"--format {settings.format}: png or svg is expected")
        self.settings = settings

    async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
        if "draw" in request.code:
            context.stream("stdout", f"{self.settings.format} of {self.settings.width},{self.settings.height}\n")


def said(contents: Sequence[Content], name: str = "stdout") -> str:
    """The text of a stream among what a kernel has sent."""
    return "".join(one.text for one in contents if isinstance(one, Stream) and one.name == name)


def failure(contents: Sequence[Content]) -> tuple[str, str] | None:
    """Name and text of the error among what a kernel has sent."""
    return next(((one.ename, one.evalue) for one in contents if isinstance(one, Error)), None)


class TalkingKernel(Kernel):
    """Says the code that it is given; has magics of its own."""

    implementation = "talking"
    own_magics = ("tests.magics.toy_magics",)
    uses_asyncio = False

    async def do_execute(self, request: ExecuteRequest, context: Context) -> dict[str, str] | None:
        context.stream("stdout", f"[{request.code}]")
        return {"text/plain": "value"} if "value" in request.code else None

    async def do_complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        position = len(request.code) if request.cursor_pos is None else request.cursor_pos
        return CompleteReply([f"[{request.code}]"], position, position)

    async def do_inspect(self, request: InspectRequest, context: Context) -> InspectReply:
        return InspectReply(found=True, data={"text/plain": f"[{request.code}] {request.cursor_pos}"})

    async def do_is_complete(self, request: IsCompleteRequest, context: Context) -> IsCompleteReply:
        return IsCompleteReply("incomplete" if request.code.endswith("(") else "complete")
