"""Checks: what a cell prints arrives whole, in order, and in time."""

from __future__ import annotations

from sdk.protocol.iopub import IOPubWelcome, Stream
from sdk.protocol.message import Channel
from sdk.protocol.shell import KernelInfoRequest
from sdk.testing.conformance.check import BETTER, Failed, check, expect, expect_that
from sdk.testing.conformance.subject import Subject, is_child
from sdk.testing.exchange import IDLE, Exchange
from sdk.testing.snippets import UNICODE

_LINES = 20_000
_LARGE = 5_000_000  # characters


@check()
def text_beyond_ascii_arrives_unchanged(subject: Subject) -> None:
    expect("stdout", subject.succeed("unicode").text().strip(), UNICODE)


def _flood(subject: Subject) -> Exchange:
    numbers = "\n".join(map(str, range(_LINES)))
    return subject.succeed("flood", lines=_LINES, numbers=numbers, timeout=12 * subject.patience)


@check()
def many_lines_arrive_complete_and_in_order(subject: Subject) -> None:
    numbers = _flood(subject).text().split()
    if numbers != [str(number) for number in range(_LINES)]:
        wrong = next((at for at, number in enumerate(numbers) if number != str(at)), len(numbers))
        raise Failed(
            f"the numbers to {_LINES - 1}", f"{len(numbers)} words, wrong from {wrong}: {numbers[wrong : wrong + 3]}"
        )


@check()
def a_line_of_five_megabytes_arrives_complete(subject: Subject) -> None:
    text = subject.succeed("large", count=_LARGE, text="x" * _LARGE, timeout=12 * subject.patience).text().strip()
    expect_that(text == "x" * _LARGE, f"{_LARGE} times x", f"{len(text)} characters, {text.count('x')} times x")


@check(level=BETTER)
def many_lines_come_in_few_messages(subject: Subject) -> None:
    streams = sum(isinstance(content, Stream) for content in _flood(subject).contents())
    expect_that(streams <= _LINES / 20, f"at most {_LINES // 20} stream messages", streams)


@check()
def all_output_comes_before_idle(subject: Subject) -> None:
    for _ in range(10):
        exchange = subject.succeed("hello")
        expect("stdout by idle", exchange.text().strip(), "hello")
        expect("the last of the cell", exchange.iopub[-1].content, IDLE)
    subject.ask(KernelInfoRequest())  # what is late comes before its answer
    iopub = [message.content for place, message in subject.client.pending if place is Channel.IOPUB]
    late = [content for content in iopub if not isinstance(content, IOPubWelcome)]  # which may come at any time
    expect("after idle", late, [])


@check()
def text_comes_while_the_cell_runs(subject: Subject) -> None:
    code = f"{subject.code('hello')}\n{subject.code('sleep', seconds=20)}"
    header = subject.client.send_execute(code)
    try:
        subject.client.wait_for(
            lambda message: is_child(message, header) and isinstance(message.content, Stream), timeout=subject.patience
        )
    finally:
        subject.interrupt()
        subject.client.collect(header, timeout=subject.patience)


@check(since=(5, 5))
def the_first_subscriber_is_welcomed(subject: Subject) -> None:
    subject.ask(KernelInfoRequest())
    welcome = subject.client.welcome
    expect("iopub_welcome", welcome and welcome.content, IOPubWelcome(subscription=""))
    expect("its parent_header", welcome and welcome.parent_header, None)


@check(since=(5, 5), level=BETTER)
def every_later_subscriber_is_welcomed(subject: Subject) -> None:
    for _ in range(3):
        with subject.kernel.client() as other:
            other.request(KernelInfoRequest())
            expect("iopub_welcome", other.welcome and other.welcome.content, IOPubWelcome(subscription=""))
