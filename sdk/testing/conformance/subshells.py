"""Checks: what is advertised works, and what is not does no harm (spec, "Kernel subshells", "Debug request")."""

from __future__ import annotations

from sdk.protocol.control import (
    CreateSubshellReply,
    CreateSubshellRequest,
    DebugRequest,
    DeleteSubshellReply,
    DeleteSubshellRequest,
    ListSubshellReply,
    ListSubshellRequest,
)
from sdk.protocol.message import Channel, Content
from sdk.protocol.shell import KernelInfoRequest
from sdk.testing.conformance.check import Failed, Skipped, check, expect, expect_that
from sdk.testing.conformance.subject import Subject, fields

_SUBSHELLS = "kernel subshells"
_DEBUG_INFO = DebugRequest(fields={"type": "request", "command": "debugInfo", "seq": 1, "arguments": {}})


def _need(subject: Subject, feature: str) -> None:
    if not subject.supports(feature):
        raise Skipped(f"{feature!r} is not advertised")


def _create(subject: Subject) -> str:
    content = subject.ask(CreateSubshellRequest(), Channel.CONTROL).reply.content
    if not isinstance(content, CreateSubshellReply):
        raise Failed("a create_subshell_reply", repr(content))
    return content.subshell_id


def _delete(subject: Subject, subshell_id: str) -> None:
    reply = subject.ask(DeleteSubshellRequest(subshell_id=subshell_id), Channel.CONTROL).reply.content
    expect("delete_subshell_reply", reply, DeleteSubshellReply())


def _list(subject: Subject) -> list[str]:
    content = subject.ask(ListSubshellRequest(), Channel.CONTROL).reply.content
    if not isinstance(content, ListSubshellReply):
        raise Failed("a list_subshell_reply", repr(content))
    return sorted(content.subshell_id)


@check()
def subshells_are_made_listed_and_deleted(subject: Subject) -> None:
    _need(subject, _SUBSHELLS)
    before = _list(subject)
    made = [_create(subject), _create(subject)]
    expect("subshells", _list(subject), sorted([*before, *made]))
    for subshell_id in made:
        _delete(subject, subshell_id)
    expect("subshells", _list(subject), before)


@check()
def a_subshell_runs_cells_while_the_main_shell_is_busy(subject: Subject) -> None:
    _need(subject, _SUBSHELLS)
    subshell_id = _create(subject)
    with subject.busy():
        exchange = subject.client.execute(subject.code("hello"), subshell_id=subshell_id, timeout=subject.patience / 2)
        expect("stdout", exchange.text().strip(), "hello")
    _delete(subject, subshell_id)
    subject.still_works()


@check()
def a_subshell_and_the_main_shell_share_variables(subject: Subject) -> None:
    _need(subject, _SUBSHELLS)
    subshell_id = _create(subject)
    subject.client.execute(subject.code("assign"), subshell_id=subshell_id)
    expect("stdout", subject.succeed("read").text().strip(), "4711")
    _delete(subject, subshell_id)


@check()
def a_request_for_an_unknown_subshell_does_no_harm(subject: Subject) -> None:
    _need(subject, _SUBSHELLS)
    subject.client.send(KernelInfoRequest(), subshell_id="no-such-subshell")
    reply = subject.client.send(DeleteSubshellRequest(subshell_id="no-such-subshell"), Channel.CONTROL)
    answers = subject.after(reply, Channel.CONTROL)
    expect_that(all(fields(each).get("status") == "error" for each in answers), "an error reply", answers)
    subject.still_works()


def _refused(subject: Subject, content: Content) -> None:
    replies = subject.after(subject.client.send(content, Channel.CONTROL), Channel.CONTROL)
    for reply in replies:
        came = fields(reply)
        refused = came.get("status") == "error" or came.get("success") is False or not came
        expect_that(refused, f"no success for {content.msg_type}, which is not advertised", came)
    subject.still_works()


@check()
def subshells_that_are_not_advertised_are_refused(subject: Subject) -> None:
    if subject.supports(_SUBSHELLS):
        raise Skipped("they are advertised")
    _refused(subject, CreateSubshellRequest())


@check()
def a_debugger_that_is_advertised_tells_its_state(subject: Subject) -> None:
    if not (subject.supports("debugger") or subject.info.debugger):
        raise Skipped("no debugger is advertised")
    content = fields(subject.ask(_DEBUG_INFO, Channel.CONTROL).reply)
    expect("success", content.get("success"), True)
    expect_that(isinstance(content.get("body", {}).get("isStarted"), bool), "isStarted in the body", content)
    subject.still_works()


@check()
def a_debugger_that_is_not_advertised_is_refused(subject: Subject) -> None:
    if subject.supports("debugger") or subject.info.debugger:
        raise Skipped("it is advertised")
    _refused(subject, _DEBUG_INFO)
