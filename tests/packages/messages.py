"""Messages without what differs from run to run: ids, addresses, folders. And their differences, in words."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

_ID = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-zA-Z])")
_CHANGING: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "0xADDRESS"),
    (re.compile(r"\bipykernel_\d+\b"), "ipykernel_PID"),
    (re.compile(r"\b[0-9a-f]{8}-?[0-9a-f]{24}_\d+_\d+\b"), "MSG_ID"),
    (re.compile(r"\r\n"), "\n"),  # of a terminal, in which ipykernel runs what stands behind "!" or "%pip"
)
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_SHOWN = 300  # characters of a text that a difference shows


class Seen(NamedTuple):
    """What a front-end sees: a message in answer to `step`, or a reply."""

    step: int
    msg_type: str
    content: Mapping[str, Any]
    buffers: Sequence[bytes] = ()

    @property
    def mimes(self) -> frozenset[str]:
        """The MIME types of what is shown."""
        return frozenset(self.content.get("data", ()) if self.msg_type in DISPLAYS else ())


DISPLAYS = ("display_data", "execute_result", "update_display_data")


def joined(messages: Iterable[Seen]) -> list[Seen]:
    """In the order of their steps, and texts that follow each other as one: how a text is cut says nothing."""
    found: list[Seen] = []
    for one in sorted(messages, key=lambda message: message.step):
        last = found[-1] if found else None
        if (
            last is not None
            and one.msg_type == last.msg_type == "stream"
            and (one.step, one.content["name"]) == (last.step, last.content["name"])
        ):
            found[-1] = last._replace(content={**last.content, "text": last.content["text"] + one.content["text"]})
        else:
            found.append(one)
    return found


class Normal:
    """Makes messages comparable. The same id gets the same name everywhere."""

    def __init__(self, folders: Mapping[str, str], blurred: Sequence[tuple[str, str]]) -> None:
        """`folders`: path -> name. `blurred`: what else differs, a pattern and what stands for it."""
        self._names: dict[str, str] = {}
        self._folders = sorted(folders.items(), key=lambda one: -len(one[0]))
        self._patterns = [*_CHANGING, *((re.compile(pattern), text) for pattern, text in blurred)]

    def __call__(self, messages: Iterable[Seen]) -> list[Seen]:
        """The same messages."""
        return [one._replace(content=self._value(_brief(one.content))) for one in joined(messages)]

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {self._text(name): self._value(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._value(one) for one in value]
        return value

    def _text(self, text: str) -> str:
        for path, name in self._folders:
            text = text.replace(path, name)
        for pattern, replacement in self._patterns:
            text = pattern.sub(replacement, text)
        return _ID.sub(lambda found: self._names.setdefault(found[0].replace("-", ""), f"ID{len(self._names)}"), text)


def _brief(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a traceback the last line. In ipykernel IPython finds less of a cell: ours shows which expression failed."""
    lines_of_it = content.get("traceback")
    return {**content, "traceback": [_COLOURS.sub("", lines_of_it[-1])]} if lines_of_it else content


def difference(expected: Sequence[Seen], found: Sequence[Seen]) -> str:
    """What `found` has and has not, line by line; "" when they are the same.

    Where a printed text stands among messages for comms says nothing: ipykernel sends texts later.
    """
    for kind in ("comm_", "stream"):
        said = _difference(
            *(joined(one for one in whose if not one.msg_type.startswith(kind)) for whose in (expected, found))
        )
        if said:
            return said
    return ""


def _difference(expected: Sequence[Seen], found: Sequence[Seen]) -> str:
    if expected == found:
        return ""
    said = difflib.unified_diff(
        [line for one in expected for line in lines(one)],
        [line for one in found for line in lines(one)],
        "ipykernel",
        "ours",
        n=2,
        lineterm="",
    )
    return "\n".join(said) or "they differ in long texts"


def lines(message: Seen) -> list[str]:
    """A message in short."""
    text = json.dumps(_short(message.content), indent=1, sort_keys=True, ensure_ascii=False)
    buffers = [f"  buffer of {len(one)} bytes {hashlib.sha256(one).hexdigest()[:12]}" for one in message.buffers]
    return [f"{message.step} {message.msg_type}", *(f"  {line}" for line in text.splitlines()), *buffers]


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _SHOWN:
        return f"{value[:_SHOWN]}... {len(value)} characters {hashlib.sha256(value.encode()).hexdigest()[:12]}"
    if isinstance(value, Mapping):
        return {name: _short(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_short(one) for one in value]
    return value


Change = Callable[[list[Seen]], list[Seen]]
