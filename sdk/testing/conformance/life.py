"""Checks: how a kernel ends (spec, "Kernel shutdown"). Each has a process of its own."""

from __future__ import annotations

import os
import signal

from sdk.protocol.control import ShutdownReply, ShutdownRequest
from sdk.protocol.message import Channel
from sdk.testing.conformance.check import BETTER, check, expect
from sdk.testing.conformance.subject import Subject


def _shut_down(subject: Subject, *, restart: bool) -> object:
    header = subject.client.send(ShutdownRequest(restart=restart), Channel.CONTROL)
    return subject.client.collect(header, timeout=subject.patience, until_idle=False).reply.content


@check(fresh=True)
def shutdown_is_answered_and_ends_the_process(subject: Subject) -> None:
    expect("shutdown_reply", _shut_down(subject, restart=False), ShutdownReply(restart=False))
    subject.kernel.wait(timeout=subject.patience)


@check(fresh=True)
def shutdown_for_a_restart_is_answered_as_such(subject: Subject) -> None:
    expect("shutdown_reply", _shut_down(subject, restart=True), ShutdownReply(restart=True))
    subject.kernel.wait(timeout=subject.patience)


@check(fresh=True, level=BETTER)
def shutdown_is_told_to_all_clients(subject: Subject) -> None:
    with subject.kernel.client() as other:
        _shut_down(subject, restart=True)
        told = other.wait_for(lambda message: message.header.msg_type.startswith("shutdown_"), timeout=subject.patience)
        expect("restart", told.content.to_fields().get("restart"), True)


@check(fresh=True, level=BETTER)
def shutdown_ends_with_status_zero(subject: Subject) -> None:
    _shut_down(subject, restart=False)
    expect("exit status", subject.kernel.wait(timeout=subject.patience), 0)


@check(fresh=True, level=BETTER)
def shutdown_ends_a_cell_that_runs(subject: Subject) -> None:
    subject.start("sleep", seconds=30)
    _shut_down(subject, restart=False)
    subject.kernel.wait(timeout=subject.patience)


@check(fresh=True)
def shutdown_leaves_no_process_behind(subject: Subject) -> None:
    if subject.snippets.hello:
        subject.succeed("hello")
    _shut_down(subject, restart=False)
    subject.kernel.wait(timeout=subject.patience)
    subject.kernel.end()
    expect("processes left", subject.kernel.leftovers, [])


@check(fresh=True, level=BETTER)
def shutdown_on_shell_is_answered_too(subject: Subject) -> None:
    header = subject.client.send(ShutdownRequest(restart=False))  # older clients send it there (deprecated in 5.4)
    reply = subject.client.collect(header, timeout=subject.patience, until_idle=False).reply.content
    expect("shutdown_reply", reply, ShutdownReply(restart=False))
    subject.kernel.wait(timeout=subject.patience)


@check(fresh=True, level=BETTER)
def a_termination_signal_ends_the_process(subject: Subject) -> None:
    os.kill(subject.kernel.process.pid, signal.SIGTERM)
    subject.kernel.wait(timeout=subject.patience)
