"""Checks: asking the user (spec, "Messages on the stdin channel")."""

from __future__ import annotations

from sdk.protocol.message import Channel
from sdk.protocol.stdin import InputRequest
from sdk.testing.conformance.check import Failed, check, expect, expect_that
from sdk.testing.conformance.subject import Subject, is_child


@check()
def input_is_asked_for_with_its_prompt_and_answered(subject: Subject) -> None:
    exchange = subject.succeed("input", stdin=["Grace"])
    expect_that("Grace" in exchange.text(), "the answer on stdout", exchange.contents())
    asked = [message.content for message in exchange.stdin]
    expect("input_request", [content.to_fields().get("password") for content in asked], [False])
    shown = exchange.text() + "".join(content.prompt for content in asked if isinstance(content, InputRequest))
    expect_that("name?" in shown, "the prompt, in the request or on stdout", exchange.contents())


@check()
def input_beyond_ascii_arrives_unchanged(subject: Subject) -> None:
    text = subject.succeed("input", stdin=["grün \N{GRINNING FACE}"]).text()
    expect_that("grün \N{GRINNING FACE}" in text, "the answer on stdout", text)


@check()
def an_empty_answer_is_an_answer(subject: Subject) -> None:
    subject.succeed("input", stdin=[""])
    subject.still_works()


@check()
def a_password_is_asked_for_as_such(subject: Subject) -> None:
    exchange = subject.succeed("password", stdin=["hush"])
    expect("password", [message.content.to_fields().get("password") for message in exchange.stdin], [True])
    expect_that("hush" in exchange.text(), "the answer on stdout", exchange.contents())


@check()
def input_is_not_asked_for_when_the_client_cannot_answer(subject: Subject) -> None:
    header = subject.client.send_execute(subject.code("input"), allow_stdin=False)
    # An input_request ends it with an error. What the code makes of having no input is the language's affair.
    expect("input_request", subject.client.collect(header, timeout=subject.patience).stdin, ())
    subject.still_works()


@check()
def input_is_asked_of_the_client_that_sent_the_cell(subject: Subject) -> None:
    with subject.kernel.client() as other:
        subject.succeed("input", stdin=["me"])
        expect("input_request at another client", [m for place, m in other.pending if place is Channel.STDIN], [])


@check()
def waiting_for_input_can_be_interrupted(subject: Subject) -> None:
    header = subject.client.send_execute(subject.code("input"), allow_stdin=True)
    asked = subject.client.wait_for(
        lambda message: is_child(message, header), channel=Channel.STDIN, timeout=subject.patience
    )
    if not isinstance(asked.content, InputRequest):
        raise Failed("input_request", repr(asked.content))
    subject.interrupt()
    expect("status", subject.client.collect(header, timeout=subject.patience).status, "error")
    subject.still_works()


@check()
def a_second_question_is_asked_after_the_first(subject: Subject) -> None:
    code = subject.code("input")
    exchange = subject.client.execute(f"{code}\n{code}", stdin=["one", "two"])
    if subject.snippets.language != "echo":
        expect("questions", len(exchange.stdin), 2)
