"""Magics of a kernel's own, for the tests of what runs them."""

from __future__ import annotations

from typing import Annotated, Literal

from sdk import CompleteReply, CompleteRequest, Context, InspectReply, InspectRequest
from sdk.magics import Call, Option, Rest, cell_magic, line_magic


class Counter:
    """What a magic keeps."""

    def __init__(self) -> None:
        self.count = 0
        self.closed = False

    def close(self) -> None:
        self.closed = True


@line_magic(aliases=("hello",))
async def greet(
    call: Call, name: str = "you", *, tone: Annotated[Literal["soft", "loud"], Option("-t", "how")] = "soft"
) -> dict[str, str] | None:
    """Say hello.

    To somebody.
    """
    call.say(f"hello {name.upper() if tone == 'loud' else name}\n")
    return {"text/plain": name}


@line_magic
async def count(call: Call) -> None:
    """Count its uses."""
    kept = call.state(Counter)
    kept.count += 1
    call.say(f"{kept.count}\n")


@line_magic(name="fail")
async def fail_line(call: Call, how: str = "user") -> None:
    """Fail."""
    if how == "user":
        raise call.error(f"{how}: it fails; use another")
    raise ZeroDivisionError("a mistake of the magic's author")


async def _complete(magics: object, use: object, request: CompleteRequest, context: Context) -> CompleteReply:
    return CompleteReply(["<b>", request.code], 0, len(request.code))


async def _inspect(magics: object, use: object, request: InspectRequest, context: Context) -> InspectReply:
    return InspectReply(found=True, data={"text/plain": f"tag {request.code}"})


@cell_magic(body="text", complete=_complete, inspect=_inspect)
async def page(call: Call, title: Rest = Rest("")) -> None:  # noqa: B008
    """Show a page."""
    call.say(f"{title}|{call.body}")


@cell_magic
async def twice(call: Call) -> None:
    """Run the body two times."""
    call.show(await call.run(call.body))
    await call.run(call.body)


@cell_magic
async def loudly(call: Call, mark: str = "!") -> None:
    """Run the body, and say so."""
    call.say(f"{mark}\n")
    await call.run(call.body)
