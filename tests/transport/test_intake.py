"""`Intake`: every right message is delivered once, in the order of arrival; every other is dropped and logged."""

from __future__ import annotations

import threading

import pytest

from sdk.protocol.message import Channel, Message, Session
from sdk.protocol.shell import ExecuteRequest, KernelInfoRequest
from sdk.protocol.signing import Signer
from sdk.protocol.wire import DELIMITER, to_frames
from sdk.transport.intake import Arrival, Intake

SIGNER = Signer(b"secret")
SESSION = Session("session", "user")


class Taken:
    """An intake, what it delivered and what it logged."""

    def __init__(self, signer: Signer = SIGNER) -> None:
        self.arrivals: list[Arrival] = []
        self.log: list[str] = []
        self.intake = Intake(signer, self.arrivals.append, self.log.append)

    def put(self, *messages: list[bytes], channel: Channel = Channel.SHELL) -> list[Arrival]:
        """What comes of these frames."""
        before = len(self.arrivals)
        take = self.intake.taker(channel)
        for frames in messages:
            take(list(frames))
        self.intake.route()
        return self.arrivals[before:]

    def codes(self) -> list[str]:
        return [a.message.content.code for a in self.arrivals if isinstance(a.message.content, ExecuteRequest)]


def frames(code: str = "1", *, signer: Signer = SIGNER, session: Session = SESSION) -> list[bytes]:
    message = Message(session.header("execute_request"), ExecuteRequest(code), identities=(b"client",))
    return [bytes(frame) for frame in to_frames(message, signer)]


def test_messages_are_numbered_in_the_order_of_arrival_over_all_channels() -> None:
    taken = Taken()
    order = [Channel.SHELL, Channel.CONTROL, Channel.SHELL, Channel.STDIN, Channel.SHELL]
    for channel in order:
        taken.intake.taker(channel)(frames())
    assert (taken.arrivals, taken.intake.sequence) == ([], 0)  # nothing is read before somebody routes
    taken.intake.route()
    assert [(arrival.channel, arrival.sequence) for arrival in taken.arrivals] == list(
        zip(order, range(1, 6), strict=True)
    )
    assert taken.intake.sequence == 5


def test_a_message_arrives_whole_with_its_identities_and_buffers() -> None:
    taken = Taken()
    sent = Message(
        SESSION.header("kernel_info_request"), KernelInfoRequest(), None, {"a": 1}, (b"b1", b"b2"), (b"i1", b"i2")
    )
    ((channel, message, sequence),) = taken.put(
        [bytes(frame) for frame in to_frames(sent, SIGNER)], channel=Channel.CONTROL
    )
    assert (channel, sequence) == (Channel.CONTROL, 1)
    assert message._replace(buffers=tuple(message.buffers)) == sent


WRONG = {
    "wrong signature": [*frames()[:2], b"0" * 64, *frames()[3:]],
    "signature of another key": frames(signer=Signer(b"other")),
    "no signature": [*frames()[:2], b"", *frames()[3:]],
    "no delimiter": [frame for frame in frames() if frame != DELIMITER],
    "too few frames": frames()[:-1],
    "the identity alone": [b"client"],
    "the delimiter alone": [DELIMITER],
    "one empty frame": [b""],
    "content of another message": [*frames()[:-1], frames("2")[-1]],
    "header that is no object": [
        b"client",
        DELIMITER,
        SIGNER.sign((b"[]", b"{}", b"{}", b"{}")),
        b"[]",
        b"{}",
        b"{}",
        b"{}",
    ],
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_message_is_dropped_counted_and_logged_and_the_next_one_is_taken(wrong: list[bytes]) -> None:
    taken = Taken()
    assert taken.put(wrong) == []
    assert (taken.intake.dropped, taken.intake.sequence) == (1, 0)
    assert len(taken.log) == 1
    assert taken.log[0].startswith("dropped a message on shell: ")
    (arrival,) = taken.put(frames("good"))
    assert arrival.sequence == 1
    assert taken.codes() == ["good"]


def test_the_log_shows_neither_the_key_nor_what_a_dropped_message_said() -> None:
    taken = Taken()
    for wrong in WRONG.values():
        taken.put(wrong)
    taken.put(frames("the password", signer=Signer(b"other")))
    assert not any(word in line for line in taken.log for word in ("secret", "password"))


def test_a_message_that_came_before_is_dropped_as_a_replay() -> None:
    taken = Taken()
    one, two = frames("1"), frames("2")
    assert len(taken.put(one, two)) == 2
    assert taken.put(one, [b"another client", *one[1:]], two) == []
    assert taken.intake.dropped == 3
    assert all("replay" in line for line in taken.log)


def test_the_same_code_may_be_sent_again_in_a_new_message() -> None:
    taken = Taken()
    assert len(taken.put(frames("1"), frames("1"), frames("1"))) == 3


def test_without_a_key_nothing_is_signed_and_nothing_is_a_replay() -> None:
    unsigned = Signer(b"")
    taken = Taken(unsigned)
    one = frames(signer=unsigned)
    assert len(taken.put(one, one, frames(signer=unsigned))) == 3


def test_a_signed_message_is_taken_by_a_kernel_without_a_key() -> None:
    assert len(Taken(Signer(b"")).put(frames())) == 1


def test_a_malformed_content_is_delivered_so_that_its_sender_gets_an_answer() -> None:
    taken = Taken()
    parts = [*frames()[3:6], b'{"code": 3}']
    (arrival,) = taken.put([b"client", DELIMITER, SIGNER.sign(parts), *parts])
    assert arrival.message.header.msg_type == "execute_request"
    assert not isinstance(arrival.message.content, ExecuteRequest)
    assert taken.intake.dropped == 0


def test_a_flood_of_garbage_does_not_flood_the_log() -> None:
    taken = Taken()
    taken.put(*[[b"garbage"]] * 5000)
    assert taken.intake.dropped == 5000
    assert len(taken.log) == 15  # the first ten, then every thousandth
    assert taken.log[-1].endswith("(5000 so far)")


def test_what_four_threads_route_is_delivered_once_and_in_the_order_of_arrival() -> None:
    taken = Taken()
    total, threads_done = 4000, threading.Barrier(5)
    take = taken.intake.taker(Channel.SHELL)
    waiting = iter([frames(str(number)) for number in range(total)])
    arriving = threading.Lock()

    def work() -> None:
        while True:
            with arriving:  # the socket's lock: who reads puts in
                if (one := next(waiting, None)) is None:
                    break
                take(list(one))
            taken.intake.route()
        threads_done.wait(20)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    threads_done.wait(20)
    for thread in threads:
        thread.join(20)
    assert taken.codes() == [str(number) for number in range(total)]
    assert [arrival.sequence for arrival in taken.arrivals] == list(range(1, total + 1))
