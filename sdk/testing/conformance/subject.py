"""What a check works with: the kernel under test, a client, and code in the kernel's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sdk.errors import ClientError
from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import ExecuteInput, Stream
from sdk.protocol.message import Channel, Content, Header, Message
from sdk.protocol.shell import KernelInfoReply, KernelInfoRequest
from sdk.testing.client import Answers, Client
from sdk.testing.conformance.check import Failed, Skipped, expect, expect_that
from sdk.testing.exchange import Exchange
from sdk.testing.launch import KernelProcess
from sdk.testing.snippets import Snippets


class Subject:
    """A kernel process with one client that nobody has used yet."""

    def __init__(self, kernel: KernelProcess, client: Client, snippets: Snippets) -> None:
        self.kernel = kernel
        self.client = client
        self.snippets = snippets

    @property
    def patience(self) -> float:
        """Seconds in which a kernel must have answered something quick."""
        return self.client.patience

    @property
    def info(self) -> KernelInfoReply:
        """The kernel_info_reply. Raises Failed when it is not one."""
        reply = self.client.kernel_info
        if reply is None or not isinstance(reply.content, KernelInfoReply):
            raise Failed("a kernel_info_reply", repr(reply and reply.content))
        return reply.content

    def code(self, name: str, **values: object) -> str:
        """The snippet `name` with its fields filled in; skips the check when this language has none."""
        text = getattr(self.snippets, name)
        if not text:
            raise Skipped(f"no code for {name!r} in {self.snippets.language or 'this language'}")
        for field, value in values.items():
            text = text.replace("{" + field + "}", str(value))
        return str(text)

    def ask(self, content: Content, channel: Channel = Channel.SHELL, *, timeout: float | None = None) -> Exchange:
        """Send a request and wait for its reply, and on shell for its idle."""
        header = self.client.send(content, channel)
        return self.client.collect(header, timeout=timeout, until_idle=channel is Channel.SHELL)

    def run(
        self, name: str, *, timeout: float | None = None, stdin: Answers | None = None, **values: object
    ) -> Exchange:
        """Execute the snippet `name`."""
        return self.client.execute(self.code(name, **values), timeout=timeout, stdin=stdin)

    def succeed(
        self, name: str, *, timeout: float | None = None, stdin: Answers | None = None, **values: object
    ) -> Exchange:
        """Execute the snippet `name`, which must end well."""
        exchange = self.run(name, timeout=timeout, stdin=stdin, **values)
        expect_that(
            exchange.status == "ok", f"execute_reply with status 'ok' for the {name!r} snippet", exchange.reply.content
        )
        return exchange

    def after(self, header: Header, channel: Channel = Channel.SHELL) -> list[Message]:
        """What came on `channel` for the request `header`, after a later request has been answered there."""
        barrier = self.client.send(KernelInfoRequest(), channel)
        self.client.collect(barrier, timeout=self.patience, until_idle=False)
        return self.client.take(lambda place, message: place is channel and is_child(message, header))

    def still_works(self) -> None:
        """Raise Failed unless the kernel answers, runs code if we have some, and has kept to the protocol."""
        expect_that(
            isinstance(self.ask(KernelInfoRequest()).reply.content, KernelInfoReply),
            "a kernel_info_reply afterwards",
            None,
        )
        if self.snippets.hello:
            expect("stdout of the 'hello' snippet afterwards", self.succeed("hello").text().strip(), "hello")
        expect("no broken messages from the kernel, but", self.client.problems, [])

    def supports(self, feature: str) -> bool:
        """Whether `supported_features` has it."""
        return feature in self.info.supported_features

    @contextmanager
    def busy(self, seconds: float = 20.0) -> Iterator[Header]:
        """Let the kernel sleep in a cell, and interrupt it at the end."""
        header = self.start("sleep", seconds=seconds)
        try:
            yield header
        finally:
            self.interrupt()
            self.client.collect(header, timeout=self.patience)

    def start(self, name: str, **values: object) -> Header:
        """Send the snippet `name`, and wait until it runs: until text comes from before it, if text comes at once."""
        code = self.code(name, **values)
        header = self.client.send_execute(f"{self.snippets.hello}\n{code}" if self.snippets.hello else code)
        self.child_of(header, ExecuteInput, self.patience)
        if self.snippets.hello:
            with suppress(ClientError):  # this kernel shows text at the end; by now it runs, we hope
                self.child_of(header, Stream, self.patience / 5)
        return header

    def child_of(self, header: Header, kind: type[Content], timeout: float) -> None:
        """Wait for an answer of this kind to the request `header`."""
        self.client.wait_for(
            lambda message: is_child(message, header) and isinstance(message.content, kind), timeout=timeout
        )

    def interrupt(self) -> None:
        """Interrupt as the kernelspec says."""
        if self.kernel.spec.interrupt_mode == "message":
            self.client.send(InterruptRequest(), Channel.CONTROL)
        else:
            self.kernel.interrupt()


def is_child(message: Message, header: Header) -> bool:
    """Whether `message` answers the request with `header`."""
    return message.parent_header is not None and message.parent_header.msg_id == header.msg_id


def kinds(messages: Sequence[Message]) -> list[str]:
    """The types of messages, in order."""
    return [message.header.msg_type for message in messages]


def fields(message: Message) -> Any:
    """The content of a message as it was sent."""
    return message.content.to_fields()
