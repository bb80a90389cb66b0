"""Checks: what a kernel does while a cell runs, and how it is interrupted."""

from __future__ import annotations

import os
import signal

from sdk.protocol.control import InterruptReply, InterruptRequest
from sdk.protocol.iopub import ExecuteInput
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteRequest, KernelInfoRequest
from sdk.testing.conformance.check import BETTER, check, expect, expect_that
from sdk.testing.conformance.subject import Subject
from sdk.testing.exchange import Exchange


@check()
def the_heart_beats(subject: Subject) -> None:
    for _ in range(20):
        expect("echo", subject.client.heartbeat(timeout=subject.patience), True)


@check()
def the_heart_beats_while_a_cell_runs(subject: Subject) -> None:
    with subject.busy():
        expect("echo", subject.client.heartbeat(timeout=subject.patience / 2), True)


@check()
def kernel_info_is_answered_on_control_while_a_cell_runs(subject: Subject) -> None:
    with subject.busy():
        exchange = subject.ask(KernelInfoRequest(), Channel.CONTROL, timeout=subject.patience / 2)
        expect("status", exchange.status, "ok")


@check()
def requests_wait_for_the_cell_before_them(subject: Subject) -> None:
    header = subject.start("sleep", seconds=1)
    info = subject.client.send(KernelInfoRequest())
    expect("status", subject.client.collect(header, timeout=subject.patience).status, "ok")
    expect("status", subject.client.collect(info, timeout=subject.patience).status, "ok")


@check(level=BETTER)
def completion_is_answered_while_a_cell_runs(subject: Subject) -> None:
    with subject.busy():
        subject.ask(CompleteRequest(code="a", cursor_pos=1), timeout=subject.patience / 5)


def _interrupted(subject: Subject, exchange: Exchange) -> None:
    expect_that(exchange.status in ("error", "aborted"), "an error reply", exchange.reply.content)
    subject.still_works()


@check()
def an_interrupt_as_the_kernelspec_says_ends_a_cell(subject: Subject) -> None:
    header = subject.start("sleep", seconds=30)
    subject.interrupt()
    _interrupted(subject, subject.client.collect(header, timeout=subject.patience))


@check(level=BETTER)
def an_interrupt_by_message_ends_a_cell(subject: Subject) -> None:
    header = subject.start("sleep", seconds=30)
    reply = subject.ask(InterruptRequest(), Channel.CONTROL).reply.content
    expect("interrupt_reply", reply, InterruptReply())
    _interrupted(subject, subject.client.collect(header, timeout=subject.patience))


@check(level=BETTER)
def an_interrupt_by_signal_ends_a_cell(subject: Subject) -> None:
    header = subject.start("sleep", seconds=30)
    os.killpg(subject.kernel.process.pid, signal.SIGINT)
    _interrupted(subject, subject.client.collect(header, timeout=subject.patience))


@check(level=BETTER)
def an_interrupt_at_the_very_beginning_of_a_cell_loses_no_reply(subject: Subject) -> None:
    for _ in range(5):
        header = subject.client.send_execute(subject.code("sleep", seconds=2))
        subject.child_of(header, ExecuteInput, subject.patience)
        subject.interrupt()
        subject.client.collect(header, timeout=subject.patience)
    subject.still_works()


@check()
def many_interrupts_do_no_harm(subject: Subject) -> None:
    for _ in range(3):
        header = subject.start("sleep", seconds=30)
        for _ in range(3):
            subject.interrupt()
        _interrupted(subject, subject.client.collect(header, timeout=subject.patience))


@check()
def variables_survive_an_interrupt(subject: Subject) -> None:
    subject.succeed("assign")
    header = subject.start("sleep", seconds=30)
    subject.interrupt()
    subject.client.collect(header, timeout=subject.patience)
    expect("stdout", subject.succeed("read").text().strip(), "4711")
