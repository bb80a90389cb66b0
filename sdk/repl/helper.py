"""Runs a small program beside the one that is driven: a parser, a manual page. Never long, never interactive."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from sdk.repl.finished import Finished


async def finished(
    argv: Sequence[str],
    *,
    text: str = "",
    limit: float = 5.0,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
) -> Finished:
    """Run `argv` with `text` as its input. Raises OSError when it cannot be run, TimeoutError after `limit` seconds."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=env,
        cwd=cwd,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(limit):
            output, error = await process.communicate(text.encode("utf-8", "replace"))
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    assert process.returncode is not None
    return Finished(process.returncode, output.decode("utf-8", "replace"), error.decode("utf-8", "replace"))
