"""The handshake of a kernel that was given a registration file (spec, "Kernel startup handshake", protocol 5.6)."""

from __future__ import annotations

import zmq

from sdk.errors import ConnectionFileError
from sdk.protocol.connection import ConnectionInfo, RegistrationInfo, registration_frames
from sdk.protocol.signing import Signer
from sdk.protocol.wire import DELIMITER

_PATIENCE = 30_000  # ms


def register(context: zmq.Context[zmq.Socket[bytes]], registration: RegistrationInfo, info: ConnectionInfo) -> None:
    """Tell the registration service our ports and wait for its signed answer. Raises ConnectionFileError."""
    signer = Signer(registration.key.encode(), registration.signature_scheme)
    socket = context.socket(zmq.DEALER)
    try:
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(registration.address())
        socket.send_multipart(registration_frames(info, registration.kernel_id, signer))
        while socket.poll(_PATIENCE):
            frames = socket.recv_multipart()
            if DELIMITER in frames:
                rest = frames[frames.index(DELIMITER) + 1 :]
                if len(rest) == 2 and signer.verify((rest[1],), rest[0]):
                    return
    finally:
        socket.close()
    raise ConnectionFileError(
        f"the registration service at {registration.address()} did not answer within {_PATIENCE // 1000} s: "
        "check that it still runs"
    )
