"""What Octave is asked behind the user's back: what the files of a question and of its answer hold. Pure."""

from __future__ import annotations

END = "\0"


def asked(name: str, *arguments: str) -> str:
    """What the file of a question holds: a function of ours and what it is given."""
    return "".join(f"{each}{END}" for each in (name, *arguments))


def sections(text: str) -> dict[str, list[str]]:
    """Lists by their kind, from an answer that has them."""
    parts = [part.split(END)[:-1] for part in text.split("\1")[:-1]]
    return {kind: names for kind, *names in parts}


def pairs(text: str) -> dict[str, str]:
    """Keys and values, from an answer that has them in turn."""
    parts = text.split(END)[:-1]
    return dict(zip(parts[::2], parts[1::2], strict=False))
