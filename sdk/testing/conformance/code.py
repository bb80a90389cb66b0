"""Checks: completion, inspection, completeness, history. Positions count code points (spec, "cursor_pos")."""

from __future__ import annotations

from typing import Any

from sdk.protocol.shell import (
    CompleteReply,
    CompleteRequest,
    HistoryReply,
    HistoryRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
)
from sdk.testing.conformance.check import BETTER, Skipped, check, expect, expect_that
from sdk.testing.conformance.subject import Subject, fields

_ASTRAL = "\N{GRINNING FACE}\N{GRINNING FACE}"


def _completion(subject: Subject, code: str, cursor_pos: int) -> CompleteReply:
    content = subject.ask(CompleteRequest(code=code, cursor_pos=cursor_pos)).reply.content
    expect_that(isinstance(content, CompleteReply), "a complete complete_reply", content)
    assert isinstance(content, CompleteReply)
    return content


def _completed(code: str, reply: CompleteReply, wanted: str) -> bool:
    """Whether some match gives `wanted`, perhaps with a bracket, where the cursor was."""
    results = [code[: reply.cursor_start] + match + code[reply.cursor_end :] for match in reply.matches]
    return any(result.rstrip(" ()").endswith(wanted) for result in results)


@check()
def completion_has_its_fields_with_the_right_types(subject: Subject) -> None:
    reply = _completion(subject, "a", 1)
    expect_that(all(isinstance(match, str) for match in reply.matches), "matches, texts", reply)
    expect_that(0 <= reply.cursor_start <= reply.cursor_end <= 1, "0 <= cursor_start <= cursor_end <= 1", reply)


@check()
def completion_of_nothing_is_answered(subject: Subject) -> None:
    reply = _completion(subject, "", 0)
    expect("cursor_start, cursor_end", (reply.cursor_start, reply.cursor_end), (0, 0))


@check()
def completion_finds_how_a_word_goes_on(subject: Subject) -> None:
    code = subject.code("completion")
    reply = _completion(subject, code, len(code))
    expect_that(
        _completed(code, reply, subject.code("completed")), f"{subject.code('completed')!r} from {code!r}", reply
    )


@check()
def completion_works_in_the_middle_of_code(subject: Subject) -> None:
    word = subject.code("completion")
    comment = subject.code("comment")
    code = f"{word}\n{comment}the end"
    reply = _completion(subject, code, len(word))
    expect_that(subject.code("completed") in "".join(reply.matches), f"{subject.code('completed')!r}", reply)
    expect_that(reply.cursor_end <= len(word), f"cursor_end {len(word)}", reply)


@check()
def completion_counts_code_points(subject: Subject) -> None:
    word = subject.code("completion")
    code = f"{subject.code('comment')}{_ASTRAL}\n{word}"
    reply = _completion(subject, code, len(code))
    expect("cursor_end", reply.cursor_end, len(code))
    expect_that(_completed(code, reply, subject.code("completed")), f"{subject.code('completed')!r} in {code!r}", reply)


def _outside(subject: Subject, kind: type[Any]) -> None:
    for cursor_pos in (-1, 100, 2**31):
        replies = subject.after(subject.client.send(kind(code="a", cursor_pos=cursor_pos)))
        expect_that(len(replies) <= 1, "one reply at most", replies)
    subject.still_works()


@check()
def a_cursor_outside_the_code_does_no_harm_to_completion(subject: Subject) -> None:
    _outside(subject, CompleteRequest)


@check()
def a_cursor_outside_the_code_does_no_harm_to_inspection(subject: Subject) -> None:
    _outside(subject, InspectRequest)


@check(level=BETTER)
def a_cursor_outside_the_code_is_answered(subject: Subject) -> None:
    for cursor_pos in (-1, 100):
        subject.client.request(CompleteRequest(code="a", cursor_pos=cursor_pos), timeout=subject.patience / 3)
        subject.client.request(InspectRequest(code="a", cursor_pos=cursor_pos), timeout=subject.patience / 3)


@check(level=BETTER)
def inspection_finds_documentation(subject: Subject) -> None:
    code = subject.code("inspect")
    for detail_level in (0, 1):
        reply = subject.ask(InspectRequest(code=code, cursor_pos=len(code), detail_level=detail_level)).reply.content
        expect_that(isinstance(reply, InspectReply) and reply.found, f"found for {code!r}", reply)
        assert isinstance(reply, InspectReply)
        expect_that(isinstance(reply.data.get("text/plain"), str) and reply.data["text/plain"], "text/plain", reply)


@check()
def inspection_of_the_unknown_is_not_found(subject: Subject) -> None:
    code = "no_such_name_4711"
    if not subject.snippets.inspect:
        raise Skipped("no inspection in this language's snippets")
    reply = subject.ask(InspectRequest(code=code, cursor_pos=len(code))).reply.content
    expect("inspect_reply", reply, InspectReply(found=False))


@check()
def inspection_of_nothing_is_answered(subject: Subject) -> None:
    content = fields(subject.ask(InspectRequest(code="", cursor_pos=0)).reply)
    expect_that(content.get("status") in ("ok", "error"), "a status", content)
    expect_that(content.get("status") != "ok" or isinstance(content.get("found"), bool), "found, a boolean", content)


def _is_complete(subject: Subject, code: str) -> IsCompleteReply:
    content = subject.ask(IsCompleteRequest(code=code)).reply.content
    expect_that(isinstance(content, IsCompleteReply), "an is_complete_reply", content)
    assert isinstance(content, IsCompleteReply)
    known = ("complete", "incomplete", "invalid", "unknown")
    expect_that(content.status in known, f"status {', '.join(known)}", content)
    return content


@check()
def completeness_of_anything_is_one_of_four(subject: Subject) -> None:
    for code in ("a", "", "\n", "(", '"', "\N{GRINNING FACE}"):
        _is_complete(subject, code)


def _completeness(subject: Subject, name: str, *right: str) -> None:
    reply = _is_complete(subject, subject.code(name))
    expect_that(reply.status in (*right, "unknown"), f"{' or '.join(right)} for {subject.code(name)!r}", reply)


@check()
def complete_code_is_complete(subject: Subject) -> None:
    _completeness(subject, "complete", "complete")


@check()
def incomplete_code_is_incomplete(subject: Subject) -> None:
    _completeness(subject, "incomplete", "incomplete")


@check()
def invalid_code_is_invalid(subject: Subject) -> None:
    _completeness(subject, "invalid", "invalid", "complete")  # a language may find out only by running it


@check(level=BETTER)
def completeness_is_known(subject: Subject) -> None:
    statuses = [_is_complete(subject, subject.code(name)).status for name in ("complete", "incomplete", "invalid")]
    expect("statuses", statuses, ["complete", "incomplete", "invalid"])


def _history(subject: Subject, **wanted: Any) -> list[Any]:
    reply = subject.ask(HistoryRequest(output=False, raw=True, **wanted)).reply.content
    expect_that(isinstance(reply, HistoryReply), "a history_reply", reply)
    assert isinstance(reply, HistoryReply)
    for entry in reply.history:
        right = isinstance(entry, list) and len(entry) == 3 and isinstance(entry[1], int)
        expect_that(right, "entries [session, line_number, input]", entry)
    return list(reply.history)


@check()
def history_answers_tail_range_and_search(subject: Subject) -> None:
    subject.client.execute(subject.snippets.hello)
    _history(subject, hist_access_type="tail", n=5)
    _history(subject, hist_access_type="range", session=0, start=1, stop=2)
    _history(subject, hist_access_type="search", pattern="*", n=5, unique=True)


@check(level=BETTER)
def history_remembers_the_last_cell(subject: Subject) -> None:
    subject.succeed("hello")
    entries = _history(subject, hist_access_type="tail", n=1)
    expect("last input", [entry[2] for entry in entries], [subject.code("hello")])


@check(level=BETTER)
def history_forgets_silent_cells(subject: Subject) -> None:
    subject.succeed("hello")
    subject.client.execute(subject.code("error"), silent=True)
    entries = _history(subject, hist_access_type="tail", n=1)
    expect("last input", [entry[2] for entry in entries], [subject.code("hello")])
