"""`Case`: what a user does with a package, what is seen then, and whether ipykernel shows it in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.packages.messages import DISPLAYS, Change, Seen
from tests.packages.notebook import Notebook

Step = str | Callable[[Notebook], object]


@dataclass(frozen=True)
class Case:
    """Steps are cells, whatever their indent, or what else a front-end does."""

    name: str
    steps: Sequence[Step]
    sees: Callable[[View], object]
    """Asserts what a user sees, whatever ipykernel does."""
    better: str = ""
    """What ipykernel fails at: its messages do not pass `sees`, and are not compared."""
    differs: str = ""
    """In what our messages are others, and why."""
    alike: Change = list
    """Takes from both what differs, or what is a matter of time."""
    blurred: Sequence[tuple[str, str]] = ()
    """What differs from run to run: a pattern, and what is put in its place."""
    where: Sequence[str] = field(default=("absent", "beside"))
    """In which environments it can be."""


class View:
    """The messages of a case, as assertions ask for them."""

    def __init__(self, messages: Sequence[Seen]) -> None:
        self.messages = messages

    def of(self, msg_type: str, step: int | None = None) -> list[Seen]:
        """Those of a type, and of a step."""
        return [one for one in self.messages if one.msg_type == msg_type and step in (None, one.step)]

    def text(self, name: str = "stdout", step: int | None = None) -> str:
        """All text of a stream."""
        return "".join(one.content["text"] for one in self.of("stream", step) if one.content["name"] == name)

    def shown(self, mime: str, step: int | None = None) -> list[Any]:
        """What is shown of a MIME type."""
        found = [one for one in self.messages if one.msg_type in DISPLAYS and step in (None, one.step)]
        return [one.content["data"][mime] for one in found if mime in one.content["data"]]

    @property
    def opened(self) -> dict[str, Mapping[str, Any]]:
        """Model or target name -> the data with which the last comm of that name was opened."""
        return {
            one.content["data"].get("state", {}).get("_model_name") or one.content["target_name"]: one.content["data"]
            for one in self.of("comm_open")
        }

    def updates(self, step: int | None = None) -> list[Mapping[str, Any]]:
        """The states that widgets' models were told."""
        return [
            one.content["data"]["state"]
            for one in self.of("comm_msg", step)
            if one.content["data"].get("method") == "update"
        ]

    @property
    def errors(self) -> list[str]:
        """What cells failed with."""
        return [f"{one.content['ename']}: {one.content['evalue']}" for one in self.of("error")]


TIMES = [
    (r"\d\d:\d\d", "MM:SS"),
    (r"\s*(\?it/s|[\d.,]+[kM]?(s/it|it/s))", " SPEED"),
    (r"\] +", "]"),
]
"""Of tqdm's bars."""


def kinds(messages: Sequence[Seen]) -> list[Seen]:
    """Each kind of message once, without its content: where it is a matter of time how many there are."""
    found: dict[object, Seen] = {}
    for one in messages:
        shown = {"mimes": sorted(one.mimes), "name": one.content.get("name")}
        found.setdefault((one.step, one.msg_type, str(shown)), one._replace(content=shown, buffers=()))
    return list(found.values())


def send(name: str, data: Any, *buffers: bytes) -> Step:
    """The front-end's message for the last comm of this model or target."""
    return lambda notebook: notebook.send(name, data, buffers)


def update(name: str, **state: Any) -> Step:
    """The user has moved something in a widget."""
    return send(name, {"method": "update", "state": state, "buffer_paths": []})


def until(condition: Callable[[View], object], what: str) -> Step:
    """The front-end waits until this has been seen."""
    return lambda notebook: notebook.wait(lambda messages: condition(View(messages)), what)


def restart(notebook: Notebook) -> None:
    """The user restarts the kernel."""
    notebook.restart()
