"""A kernel with one fault, which its command line names: the checks must find it. Without a fault it is a good one.

python faulty_kernel.py CONNECTION_FILE [FAULT]
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import zmq

from sdk.errors import RemoteProtocolError
from sdk.protocol.comm import CommClose, CommOpen
from sdk.protocol.connection import ConnectionInfo
from sdk.protocol.control import InterruptReply, ShutdownReply, ShutdownRequest
from sdk.protocol.iopub import Error, ExecuteInput, ExecuteResult, IOPubWelcome, Status, Stream
from sdk.protocol.message import Channel, Content, ErrorReply, Header, Message, Session
from sdk.protocol.shell import (
    CommInfoReply,
    CompleteReply,
    ExecuteReply,
    ExecuteRequest,
    HistoryReply,
    InspectReply,
    IsCompleteReply,
    KernelInfoReply,
)
from sdk.protocol.signing import ReplayGuard, Signer
from sdk.protocol.wire import from_frames, to_frames
from sdk.transport.connection_file import read_connection_file

LANGUAGE = {"name": "faulty", "version": "1", "mimetype": "text/plain", "file_extension": ".txt"}
INFO = KernelInfoReply("5.5", "faulty", "1", LANGUAGE, "A kernel with a fault")
PLAIN: dict[str, Content] = {
    "kernel_info_request": INFO,
    "comm_info_request": CommInfoReply({}),
    "complete_request": CompleteReply([], 0, 0),
    "inspect_request": InspectReply(found=False),
    "is_complete_request": IsCompleteReply("unknown"),
    "history_request": HistoryReply([]),
    "interrupt_request": InterruptReply(),
}
KINDS = {
    Channel.SHELL: zmq.ROUTER,
    Channel.CONTROL: zmq.ROUTER,
    Channel.STDIN: zmq.ROUTER,
    Channel.IOPUB: zmq.XPUB,
    Channel.HB: zmq.REP,
}


class FaultyKernel:
    def __init__(self, info: ConnectionInfo, fault: str) -> None:
        self.fault = fault
        self.signer = Signer(info.key.encode())
        self.guard = ReplayGuard()
        self.session = Session("faulty")
        self.count = 0
        self.learnt = False
        self.history: list[list[object]] = []
        self.running = True
        context = zmq.Context()
        self.sockets = {channel: context.socket(kind) for channel, kind in KINDS.items()}
        for channel, socket in self.sockets.items():
            if channel is Channel.IOPUB:
                socket.setsockopt(zmq.XPUB_VERBOSE, 1)
            socket.setsockopt(zmq.SNDHWM, 0)
            socket.bind(info.address(channel))
        self.say(Status("starting"), None)

    def serve(self) -> None:
        poller = zmq.Poller()
        for socket in self.sockets.values():
            poller.register(socket, zmq.POLLIN)
        channels = {socket: channel for channel, socket in self.sockets.items()}
        while self.running:
            for socket, _ in poller.poll():
                self.take(channels[socket], socket.recv_multipart())

    def take(self, channel: Channel, frames: list[bytes]) -> None:
        if channel is Channel.HB:
            self.sockets[channel].send_multipart([b"no"] if self.fault == "dead heart" else frames)
        elif channel is Channel.IOPUB and frames[0][:1] == b"\1" and self.fault != "no welcome":
            self.say(IOPubWelcome(frames[0][1:].decode()), None)
        elif channel in (Channel.SHELL, Channel.CONTROL):
            try:
                message = from_frames(frames, Signer(b"") if self.fault == "believes all" else self.signer)
            except RemoteProtocolError:
                if self.fault == "dies of garbage":
                    sys.exit(1)
                return
            if self.fault == "believes all" or self.guard.is_new(frames[frames.index(b"<IDS|MSG>") + 1]):
                self.answer(channel, message)

    def answer(self, channel: Channel, message: Message) -> None:
        header = message.header
        if self.fault != "no busy":
            self.say(Status("busy"), header)
        reply = self.reply_to(message)
        if self.fault in ("early idle", "late replies"):
            self.say(Status("idle"), header)
        if self.fault == "late replies":
            time.sleep(0.05)
        if reply is INFO and channel is Channel.SHELL and self.fault == "another control":
            reply = INFO.replace(implementation="another")
        if reply is INFO and self.fault == "learns its version":
            reply = INFO.replace(language_info={**LANGUAGE, "version": "1" if self.learnt else ""})
            self.learnt = self.learnt or channel is Channel.CONTROL
        if isinstance(message.content, ExecuteRequest) and isinstance(reply, ExecuteReply | ErrorReply):
            reply = self.execute(message.content, header)
        if isinstance(message.content, CommOpen) and self.fault != "keeps comms":
            self.say(CommClose(message.content.comm_id), header)
        if reply is not None:
            parent = header._replace(msg_id="x", raw=b"") if self.fault == "wrong parent" else header
            signer = Signer(b"other") if self.fault == "bad signature" and self.count else self.signer
            for _ in range(2 if self.fault == "two replies" else 1):
                self.send(channel, reply, parent, message.identities, signer)
        if self.fault not in ("early idle", "late replies", "no idle"):
            self.say(Status("idle"), header)
        if isinstance(reply, ShutdownReply):
            self.shut_down(header, restart=reply.restart)

    def reply_to(self, message: Message) -> Content | None:
        msg_type, content = message.header.msg_type, message.content
        if isinstance(content, ExecuteRequest):
            return ExecuteReply(self.count)
        if isinstance(content, ShutdownRequest):
            return ShutdownReply(False if self.fault == "forgets restart" else content.restart)
        if msg_type.startswith("comm_") and msg_type != "comm_info_request":
            return None
        if type(content).__name__ == "MalformedContent" or msg_type not in PLAIN:
            return ErrorReply(msg_type.replace("_request", "_reply"), "RequestError", msg_type)
        if msg_type == "history_request":
            return HistoryReply(self.history[-1:])
        return PLAIN[msg_type]

    def execute(self, request: ExecuteRequest, parent: Header) -> Content:
        code = request.code.strip()
        counted = (not request.silent and request.store_history is not False) or self.fault == "counts all"
        self.count += counted
        if counted:
            self.history.append([0, self.count, request.code])
        shown = self.count + (self.fault == "wrong count")
        if not request.silent:
            self.say(ExecuteInput(request.code, shown), parent)
        if code == "error":
            error = ErrorReply("execute_reply", "FaultyError", "broken", ["broken"], execution_count=self.count)
            told = "another" if self.fault == "two errors" else "broken"
            self.say(Error("FaultyError", told, ["broken"]), parent)
            return ExecuteReply(self.count) if self.fault == "error is ok" else error
        if code == "hello":
            text = "hell\n" if self.fault == "loses text" else "hello\n"
            if not (request.silent or self.fault == "loses output"):
                self.say(Stream("stdout", text), parent)
        if code == "result" and not request.silent:
            self.say(ExecuteResult(self.count, {"text/plain": "41" if self.fault == "wrong result" else "42"}), parent)
        return ExecuteReply(self.count)

    def shut_down(self, parent: Header, *, restart: bool) -> None:
        if self.fault == "leaves a process":
            subprocess.Popen(["sleep", "60"], start_new_session=True)
        self.running = self.fault == "lives on"
        self.say(ShutdownReply(restart), parent)

    def say(self, content: Content, parent: Header | None) -> None:
        self.send(Channel.IOPUB, content, parent, (b"",), self.signer)

    def send(
        self, channel: Channel, content: Content, parent: Header | None, identities: Sequence[bytes], signer: Signer
    ) -> None:
        message = Message(self.session.header(content.msg_type), content, parent)
        self.sockets[channel].send_multipart(to_frames(message, signer, identities))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = read_connection_file(sys.argv[1])
    assert isinstance(connection, ConnectionInfo)
    FaultyKernel(connection, " ".join(sys.argv[2:])).serve()
