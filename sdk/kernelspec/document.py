"""A `kernel.json`: read and checked. The same for a template and for an installed kernelspec."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import cast

from sdk.errors import KernelSpecError

Json = dict[str, object]

KERNEL_JSON = "kernel.json"
MARKER = "jupyter_kernel_sdk"  # in `metadata`: what this project wrote is recognised by it


@dataclass(frozen=True)
class Document:
    """A `kernel.json` whose fields have the types that the kernelspec's documentation gives them."""

    fields: Json

    @classmethod
    def read(cls, path: str) -> Document:
        """Read the file at `path`; KernelSpecError names what is wrong with it."""
        try:
            with open(path, encoding="utf-8") as file:
                fields = json.load(file)
        except OSError as error:
            raise KernelSpecError(f"{path}: {error.strerror}") from None
        except ValueError as error:
            raise KernelSpecError(f"{path} is not JSON: {error}") from None
        if problem := _problem(fields):
            raise KernelSpecError(f"{path}: {problem}")
        return cls(fields)

    @property
    def argv(self) -> list[str]:
        """The command that starts the kernel."""
        return cast("list[str]", self.fields["argv"])

    @property
    def env(self) -> dict[str, str]:
        """Environment variables that the kernel gets; `${NAME}` stands for one of the caller."""
        return cast("dict[str, str]", self.fields["env"])

    @property
    def display_name(self) -> str:
        """What front-ends show."""
        return str(self.fields["display_name"])

    @property
    def language(self) -> str:
        """The language's name, in lower case by custom."""
        return str(self.fields["language"])

    @property
    def metadata(self) -> Json:
        """Additional attributes, one namespace a tool."""
        return cast("Json", self.fields["metadata"])

    @property
    def marked(self) -> bool:
        """Whether this project's namespace stands in the metadata."""
        return isinstance(self.metadata.get(MARKER), dict)

    @property
    def module(self) -> str:
        """The module that `python -m` is given, or "" when the kernel is started in another way."""
        argv = self.argv
        return argv[argv.index("-m") + 1] if "-m" in argv[1:-1] else ""

    def note(self, key: str) -> str:
        """Give a text of this project's namespace in the metadata, or ""."""
        value = self._notes().get(key, "")
        return value if isinstance(value, str) else ""

    def notes(self, key: str) -> list[str]:
        """Give a list of texts of this project's namespace in the metadata."""
        value = self._notes().get(key, [])
        return [str(item) for item in value] if isinstance(value, list) else []

    def _notes(self) -> Json:
        notes = self.metadata.get(MARKER)
        return notes if isinstance(notes, dict) else {}

    def data(self) -> bytes:
        """Give the file's bytes; KernelSpecError when a field is not Unicode text (a wrongly encoded argument)."""
        text = json.dumps(self.fields, indent=2, ensure_ascii=False) + "\n"
        try:
            return text.encode()
        except UnicodeEncodeError as error:
            part = text[max(0, error.start - 20) : error.end + 20]
            raise KernelSpecError(f"{part!r} is not text in the terminal's encoding; a kernel.json is UTF-8") from None


def holds_kernel(directory: str) -> bool:
    """Tell whether Jupyter takes `directory` for a kernelspec."""
    return os.path.isfile(os.path.join(directory, KERNEL_JSON))


def _problem(fields: object) -> str:
    """Say what is wrong with a file's JSON; give it the empty objects that it leaves out."""
    if not isinstance(fields, dict):
        return f"a JSON object is expected, not {type(fields).__name__}"
    for name, kind in {"argv": list, "display_name": str, "language": str}.items():
        if not isinstance(fields.get(name), kind):
            return f"field {name!r} is missing or not a {kind.__name__}"
    for name in ("env", "metadata"):
        if not isinstance(fields.setdefault(name, {}), dict):
            return f"field {name!r} is not an object"
    for name, values in {"argv": fields["argv"], "env": fields["env"].values()}.items():
        if not all(isinstance(value, str) for value in values):
            return f"field {name!r} holds something else than strings"
    return "" if fields["argv"] else "field 'argv' is empty"
