"""`ThreadDrive` by itself: interrupts that come while no coroutine is driven."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from sdk.transport.alarm import Alarm
from sdk.transport.limits import Limits
from sdk.transport.thread_drive import ThreadDrive


async def answer() -> int:
    return 42


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    one = asyncio.new_event_loop()
    yield one
    one.close()


@pytest.fixture
def drive(loop: asyncio.AbstractEventLoop) -> ThreadDrive:
    return ThreadDrive(Limits(Alarm(lambda: None)), loop)


def test_an_interrupt_between_busy_and_the_cell_ends_the_cell(
    drive: ThreadDrive, loop: asyncio.AbstractEventLoop
) -> None:
    with drive.answering():
        drive.fail(KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            run(loop, drive)
        assert run(loop, drive) == 42  # once is enough


def test_an_interrupt_after_the_last_of_a_request_leaves_the_next_request_alone(
    drive: ThreadDrive, loop: asyncio.AbstractEventLoop
) -> None:
    with drive.answering():
        assert run(loop, drive) == 42
        drive.fail(KeyboardInterrupt())
    with drive.answering():
        assert run(loop, drive) == 42


def test_an_interrupt_of_a_thread_that_does_nothing_is_forgotten(
    drive: ThreadDrive, loop: asyncio.AbstractEventLoop
) -> None:
    drive.fail(KeyboardInterrupt())
    with drive.answering():
        assert run(loop, drive) == 42


def test_our_own_code_is_not_interrupted(drive: ThreadDrive) -> None:
    with drive.answering():
        drive.fail(KeyboardInterrupt())
        drive.raise_pending()  # no author's code has called it
        assert drive.pending is KeyboardInterrupt


def run(loop: asyncio.AbstractEventLoop, drive: ThreadDrive) -> int:
    async def driven() -> int:
        return await drive(answer())

    return loop.run_until_complete(driven())
