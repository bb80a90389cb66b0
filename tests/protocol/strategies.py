"""Messages of every kind, for property tests; a content's fields come from the types of its class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from sdk.protocol.contents import CONTENTS
from sdk.protocol.message import Content, CustomContent, ErrorReply, Header, Message, OpaqueContent, Session
from sdk.protocol.shell import IsCompleteReply

# Text that UTF-8 can hold: what becomes of lone surrogates is a test of its own.
text = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
numbers = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(text, json_values, max_size=4)

KINDS: Mapping[str, st.SearchStrategy[Any]] = {
    "str": text,
    "bool": st.booleans(),
    "int": st.integers(),
    "float": numbers,
    "Mapping[str, Any]": json_objects,
    "MimeBundle": json_objects,
    "Sequence[str]": st.lists(text, max_size=4),
    "Sequence[Any]": st.lists(json_values, max_size=4),
    "Sequence[Mapping[str, Any]]": st.lists(json_objects, max_size=3),
    "Json": json_values.filter(lambda value: value is not None),
    "Any": json_values,
}


def _field(kind: str, default: object) -> st.SearchStrategy[Any]:
    strategy = KINDS[kind.removesuffix(" | None")]
    # None is not sent, so it comes back as None only where that is the default.
    return strategy | st.none() if kind.endswith(" | None") and default is None else strategy


def contents_of(kind: type[Content]) -> st.SearchStrategy[Content]:
    """Any content of this class."""
    if issubclass(kind, OpaqueContent):
        return st.builds(kind, fields=json_objects)
    if kind is IsCompleteReply:
        kept = st.sampled_from(("complete", "invalid", "unknown")).map(lambda status: IsCompleteReply(status=status))
        return kept | text.map(lambda indent: IsCompleteReply(status="incomplete", indent=indent))
    fields = {
        name: _field(field, kind._defaults.get(name, ...))
        for name, field in kind._field_types.items()
        if name != "status"
    }
    return st.builds(kind, **fields)


customs = st.builds(
    CustomContent,
    msg_type=text.filter(lambda name: name not in CONTENTS and bool(name) and not name.endswith("_reply")),
    fields=json_objects,
)
errors = st.builds(
    ErrorReply,
    msg_type=st.sampled_from([name for name in CONTENTS if name.endswith("_reply")]),
    ename=text,
    evalue=text,
    traceback=st.lists(text, max_size=3),
    status=st.sampled_from(("error", "aborted")),
    execution_count=st.none() | st.integers(),
)
contents = st.one_of(*(contents_of(kind) for kind in CONTENTS.values()), customs, errors)


@st.composite
def headers(draw: st.DrawFn, msg_type: str) -> Header:
    session = Session(draw(text), draw(text))
    return session.header(msg_type, subshell_id=draw(st.none() | text))


@st.composite
def messages(draw: st.DrawFn, content: st.SearchStrategy[Content] = contents) -> Message:
    """Any message; its identities hold no delimiter, as ZeroMQ's never do."""
    what = draw(content)
    return Message(
        draw(headers(what.msg_type)),
        what,
        draw(st.none() | headers("execute_request")),
        draw(json_objects),
        tuple(draw(st.lists(st.binary(max_size=20), max_size=3))),
        tuple(draw(st.lists(st.binary(max_size=8).filter(lambda frame: frame != b"<IDS|MSG>"), max_size=3))),
    )
