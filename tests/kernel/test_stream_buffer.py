"""The joining of small texts: what is sent when, with a clock and a timer that the test turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.kernel.pace import Immediate
from sdk.kernel.stream_buffer import LIMIT, WINDOW, StreamBuffer


class Clock(Immediate):
    """A pace whose time the test turns and whose timer it lets ring."""

    def __init__(self) -> None:
        self.time = 100.0
        self.due: list[Callable[[], None]] = []

    def now(self) -> float:
        return self.time

    def soon(self, callback: Callable[[], None]) -> None:
        self.due.append(callback)

    def ring(self) -> None:
        """Let the timer ring for all that asked for it so far."""
        due, self.due = self.due, []
        for callback in due:
            callback()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sent() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def buffer(clock: Clock, sent: list[tuple[str, str]]) -> StreamBuffer:
    return StreamBuffer(lambda name, text: sent.append((name, text)), clock)


def test_the_first_line_goes_out_at_once(buffer: StreamBuffer, sent: list[tuple[str, str]]) -> None:
    buffer.write("stdout", "one\n")
    assert sent == [("stdout", "one\n")]


def test_a_print_is_one_message(buffer: StreamBuffer, sent: list[tuple[str, str]]) -> None:
    buffer.write("stdout", "one")
    buffer.write("stdout", "\n")
    assert sent == [("stdout", "one\n")]


def test_lines_within_the_window_wait_for_the_timer(
    buffer: StreamBuffer, clock: Clock, sent: list[tuple[str, str]]
) -> None:
    for number in range(100):
        buffer.write("stdout", f"{number}\n")
    assert sent == [("stdout", "0\n")]
    assert len(clock.due) == 1
    clock.ring()
    assert sent[1:] == [("stdout", "".join(f"{number}\n" for number in range(1, 100)))]
    clock.ring()
    assert len(sent) == 2


def test_a_line_after_the_window_goes_out_at_once(
    buffer: StreamBuffer, clock: Clock, sent: list[tuple[str, str]]
) -> None:
    buffer.write("stdout", "one\n")
    clock.time += WINDOW
    buffer.write("stdout", "two\n")
    assert sent == [("stdout", "one\n"), ("stdout", "two\n")]


def test_a_partial_line_is_sent_by_the_timer(buffer: StreamBuffer, clock: Clock, sent: list[tuple[str, str]]) -> None:
    buffer.write("stdout", "50 %")
    assert sent == []
    clock.ring()
    assert sent == [("stdout", "50 %")]


def test_the_other_stream_sends_what_was_before(buffer: StreamBuffer, sent: list[tuple[str, str]]) -> None:
    buffer.write("stdout", "a")
    buffer.write("stderr", "b")
    buffer.flush()
    assert sent == [("stdout", "a"), ("stderr", "b")]


def test_no_message_is_longer_than_the_limit(buffer: StreamBuffer, sent: list[tuple[str, str]]) -> None:
    text = "x" * (3 * LIMIT + 1)
    buffer.write("stdout", text)
    assert [len(piece) for _, piece in sent] == [LIMIT, LIMIT, LIMIT, 1]


def test_the_timer_waits_for_nobody(buffer: StreamBuffer, clock: Clock, sent: list[tuple[str, str]]) -> None:
    buffer.write("stdout", "held")
    with buffer._lock, ThreadPoolExecutor() as control:
        control.submit(clock.ring).result()
        assert sent == []
    clock.ring()
    assert sent == [("stdout", "held")]


def test_who_flushes_waits_for_what_the_timer_sends(clock: Clock) -> None:
    """Else a cell's idle could go out before its last text."""
    order: list[str] = []
    sending, may_send = Event(), Event()

    def publish(name: str, text: str) -> None:
        sending.set()
        may_send.wait(10)
        order.append(text)

    buffer = StreamBuffer(publish, clock)
    buffer.write("stdout", "last words")
    with ThreadPoolExecutor() as pool:
        timer = pool.submit(clock.ring)
        assert sending.wait(10)
        end = pool.submit(lambda: (buffer.flush(), order.append("idle")))
        with pytest.raises(TimeoutError):
            end.result(0.2)
        may_send.set()
        timer.result()
        end.result()
    assert order == ["last words", "idle"]


def test_who_takes_a_text_may_write(clock: Clock) -> None:
    sent: list[tuple[str, str]] = []

    def publish(name: str, text: str) -> None:
        sent.append((name, text))
        if name == "stdout":
            buffer.write("stderr", "taken\n")

    buffer = StreamBuffer(publish, clock)
    buffer.write("stdout", "one\n")
    buffer.flush()
    assert sent == [("stdout", "one\n"), ("stderr", "taken\n")]


def test_of_a_progress_bar_only_what_is_seen_is_sent(
    buffer: StreamBuffer, clock: Clock, sent: list[tuple[str, str]]
) -> None:
    for number in range(101):
        buffer.write("stderr", f"\r{number:3}%")
    clock.ring()
    assert sent == [("stderr", "\r100%")]


def test_a_fast_progress_bar_is_no_more_messages_than_the_timer_allows(
    buffer: StreamBuffer, clock: Clock, sent: list[tuple[str, str]]
) -> None:
    for number in range(100_001):
        buffer.write("stderr", f"\r{number:6} of 100000 {'#' * (number // 2000):50}")
        if number % 10_000 == 0:
            clock.ring()
    assert len(sent) == 11
    assert sent[-1] == ("stderr", f"\r100000 of 100000 {'#' * 50}")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("stdout", "stderr")),
            st.text(st.characters(exclude_characters="\r")),
            st.floats(0, 1),
            st.booleans(),
        )
    )
)
def test_no_text_is_lost_or_changes_places(writes: Sequence[tuple[str, str, float, bool]]) -> None:
    clock, sent = Clock(), []
    buffer = StreamBuffer(lambda name, text: sent.append((name, text)), clock)
    for name, text, wait, ring in writes:
        buffer.write(name, text)
        clock.time += wait
        if ring:
            clock.ring()
    buffer.flush()
    assert _joined(sent) == _joined([(name, text) for name, text, _, _ in writes])


def _joined(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    joined: list[tuple[str, str]] = []
    for name, text in pieces:
        if not text:
            continue
        if joined and joined[-1][0] == name:
            joined[-1] = (name, joined[-1][1] + text)
        else:
            joined.append((name, text))
    return joined
