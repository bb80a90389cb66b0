"""`KernelSession`: `kernel.session`, jupyter_client's way to send messages, on the kernel's own channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from jupyter_client.session import Session

from python_kernel.ipykernel_api._sockets import ChannelSocket, Threadlike

_FRAMES = 4  # header, parent_header, metadata, content


class KernelSession(Session):
    """A session that knows the kernel's channels; with real sockets it is one like any other."""

    def __init__(self, *, outside: Any, **traits: Any) -> None:
        traits.setdefault("session", outside.session.session_id)
        traits.setdefault("username", outside.session.username)
        super().__init__(**traits)
        self._outside = outside

    def send(  # noqa: PLR0917  # as the base has it
        self,
        stream: Any,
        msg_or_type: Any,
        content: Mapping[str, Any] | None = None,
        parent: Mapping[str, Any] | None = None,
        ident: Any = None,
        buffers: Sequence[Any] | None = None,
        track: bool = False,
        header: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Any:
        """Send a message; what it is."""
        stream = stream.socket if isinstance(stream, Threadlike) else stream
        if not isinstance(stream, ChannelSocket):
            base: Any = super().send
            return base(stream, msg_or_type, content, parent, ident, buffers, track, header, metadata)
        if isinstance(msg_or_type, Mapping):
            msg: dict[str, Any] = dict(msg_or_type)
            buffers = buffers or msg.get("buffers")
        else:
            msg = cast(Any, self.msg)(msg_or_type, content, parent, header, metadata)
        for number, buffer in enumerate(buffers or ()):
            view = buffer if isinstance(buffer, memoryview) else memoryview(buffer)
            if not view.contiguous:
                raise ValueError(f"Buffer {number} ({buffer!r:.60}) is not contiguous")
        self._say(stream, msg, _idents(ident), buffers or ())
        return msg

    def _say(self, stream: ChannelSocket, msg: Mapping[str, Any], identities: Sequence[bytes], buffers: Any) -> None:
        stream.outside.say(
            stream.channel,
            msg.get("msg_type") or msg["header"]["msg_type"],
            msg.get("content") or {},
            parent=msg.get("parent_header") or None,
            metadata=msg.get("metadata"),
            buffers=buffers,
            identities=identities if stream.channel != "iopub" else (),
            header=msg["header"],
        )

    def send_frames(self, stream: ChannelSocket, frames: Sequence[Any]) -> None:
        """Send what `serialize` has made."""
        parts = [bytes(getattr(frame, "bytes", frame)) for frame in frames]
        identities, rest = self.feed_identities(parts)
        fields = [self.unpack(part) for part in rest[1 : 1 + _FRAMES]]
        names = ("header", "parent_header", "metadata", "content")
        self._say(stream, dict(zip(names, fields, strict=True)), list(identities), rest[1 + _FRAMES :])


def _idents(ident: Any) -> list[bytes]:
    if ident is None:
        return []
    return [bytes(one) for one in ident] if isinstance(ident, list | tuple) else [bytes(ident)]
