"""The language starts once, in the main shell; subshells wait for it."""

from __future__ import annotations

import asyncio

import pytest

from sdk import Kernel
from sdk.errors import LanguageStartError
from sdk.kernel.language import Language
from sdk.kernel.pace import straight


class Slow(Kernel):
    """Its starts do what they are told, one after the other; none are left then."""

    def __init__(self, *errors: BaseException | None) -> None:
        self.errors = list(errors)
        self.go = asyncio.Event()

    async def start(self) -> None:
        """Wait, then fail or not."""
        await self.go.wait()
        error = self.errors.pop(0)
        if error is not None:
            raise error


def test_a_language_without_start_is_ready() -> None:
    language = Language(Kernel())
    assert language.ready
    asyncio.run(language.started(straight))


def test_subshells_wait_for_the_start() -> None:
    async def check() -> None:
        kernel = Slow(None)
        language = Language(kernel)
        waiting = [asyncio.ensure_future(language.started(straight)) for _ in range(3)]
        starting = asyncio.ensure_future(language.start(straight))
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        kernel.go.set()
        await asyncio.gather(starting, *waiting)
        assert language.ready
        await language.start(straight)  # once is enough: there is no second outcome
        await language.started(straight)

    asyncio.run(check())


@pytest.mark.parametrize(
    ("error", "told"), [(LookupError("no language"), LookupError), (KeyboardInterrupt(), LanguageStartError)]
)
def test_a_failure_is_told_in_subshells_until_the_next_attempt(error: BaseException, told: type[BaseException]) -> None:
    async def check() -> None:
        kernel = Slow(error, None)
        kernel.go.set()
        language = Language(kernel)
        raised: BaseException | None = None
        try:
            await language.start(straight)
        except (LookupError, KeyboardInterrupt) as caught:
            raised = caught
        assert raised is error
        for _ in range(2):
            with pytest.raises(told):
                await language.started(straight)
        await language.start(straight)
        await language.started(straight)

    asyncio.run(check())
