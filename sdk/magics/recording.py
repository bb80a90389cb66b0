"""`Recording`: what a cell said, kept to be said again. Long texts are in a file, not in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any, NamedTuple

from sdk.kernel.context import Context
from sdk.protocol.iopub import ClearOutput, DisplayData, ExecuteResult, Stream, UpdateDisplayData
from sdk.protocol.message import Buffer, Content

_IN_MEMORY = 1 << 20  # bytes of text
_PIECE = 1 << 16

STDOUT, STDERR, DISPLAY = "stdout", "stderr", "display"


class _Text(NamedTuple):
    name: str
    start: int
    end: int


class _Shown(NamedTuple):
    content: Content
    metadata: Mapping[str, Any]
    buffers: Sequence[Buffer]


class Recording:
    """Its `outlet` is for `Context.redirected`. Any thread."""

    def __init__(self, wanted: Collection[str] = (STDOUT, STDERR, DISPLAY)) -> None:
        self._wanted = wanted
        self._lock = Lock()
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # `close`
        self._entries: list[_Text | _Shown] = []
        self._size = 0
        self._clear = False

    def outlet(self, content: Content, metadata: Mapping[str, Any], buffers: Sequence[Buffer]) -> Content | None:
        """Keep what is wanted; the rest is said."""
        with self._lock:
            if isinstance(content, Stream):
                if content.name not in self._wanted:
                    return content
                self._cleared()
                self._write(content)
            elif isinstance(content, ClearOutput):
                self._clear = True
                if not content.wait:
                    self._cleared()
            elif DISPLAY in self._wanted and isinstance(content, DisplayData | UpdateDisplayData | ExecuteResult):
                self._cleared()
                self._entries.append(_Shown(content, metadata, buffers))
            else:
                return content
            return None

    def _write(self, content: Stream) -> None:
        data = content.text.encode("utf-8", "surrogatepass")
        self._file.seek(self._size)
        self._file.write(data)
        start, self._size = self._size, self._size + len(data)
        last = self._entries[-1] if self._entries else None
        if isinstance(last, _Text) and last.name == content.name:
            self._entries[-1] = last._replace(end=self._size)
        else:
            self._entries.append(_Text(content.name, start, self._size))

    def _cleared(self) -> None:
        if self._clear:
            self._clear = False
            self._entries.clear()

    def replay(self, context: Context, wanted: Collection[str] = (STDOUT, STDERR, DISPLAY)) -> None:
        """Say it again."""
        for entry in [*self._entries]:
            if isinstance(entry, _Shown):
                if DISPLAY in wanted:
                    context.publish(entry.content, metadata=entry.metadata, buffers=entry.buffers)
            elif entry.name in wanted:
                for text in self._pieces(entry):
                    context.stream(entry.name, text)

    def text(self, names: Collection[str] = (STDOUT, STDERR)) -> str:
        """The text of these streams, and the plain text of what was shown, if "display" is among them."""
        texts: list[str] = []
        for entry in self._entries:
            if isinstance(entry, _Text):
                texts += self._pieces(entry) if entry.name in names else ()
            elif DISPLAY in names and (plain := plain_text(entry.content)):
                texts.append(f"{plain}\n")
        return "".join(texts)

    def _pieces(self, entry: _Text) -> Iterator[str]:
        import codecs

        decode = codecs.getincrementaldecoder("utf-8")("surrogatepass").decode
        at = entry.start
        while at < entry.end:
            with self._lock:
                self._file.seek(at)
                data = self._file.read(min(_PIECE, entry.end - at))
            at += len(data)
            yield decode(data, at == entry.end)

    def described(self) -> str:
        """How much it is, in words."""
        shown = sum(isinstance(entry, _Shown) for entry in self._entries)
        return f"{self._size:,} bytes of text, {shown} display{'s' * (shown != 1)}"

    def close(self) -> None:
        """Forget it."""
        self._file.close()


def plain_text(content: Content) -> str:
    """The plain text of what is shown."""
    text = getattr(content, "data", {}).get("text/plain", "")
    return text if isinstance(text, str) else "".join(text)
