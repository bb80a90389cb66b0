"""`@line_magic` and `@cell_magic`: a coroutine function becomes a magic, its signature what may stand behind it.

@line_magic
async def greet(call: Call, name: str = "you", *, loud: Annotated[bool, Option("-l", "shout")] = False) -> None:
    \"\"\"Say hello.\"\"\"
    call.say(f"hello {name.upper() if loud else name}\\n")
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from inspect import getdoc, iscoroutinefunction
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload

from sdk.kernel.context import Context
from sdk.magics.arguments import Arguments
from sdk.magics.parser import Kind, Use
from sdk.protocol.shell import (
    CompleteReply,
    CompleteRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
)

if TYPE_CHECKING:
    from sdk.magics.runner import Magics

Run = Callable[..., Coroutine[Any, Any, Any]]
Complete = Callable[["Magics", Use, CompleteRequest, Context], Coroutine[Any, Any, CompleteReply | None]]
Inspect = Callable[["Magics", Use, InspectRequest, Context], Coroutine[Any, Any, InspectReply]]
IsComplete = Callable[["Magics", Use, IsCompleteRequest, Context], Coroutine[Any, Any, IsCompleteReply | None]]
F = TypeVar("F", bound=Run)


class Magic(NamedTuple):
    """One magic: what is written, and the coroutine function that it calls."""

    name: str
    is_cell: bool
    function: Run
    hidden: bool = False
    """Whether lists leave it out: a second name."""

    body: str = "code"
    """What a cell magic's body is: "code" of the kernel's language, or "text"."""

    complete: Complete | None = None
    """Completes what stands behind a line magic's name, or in a body of text; None: it has nothing to say."""

    inspect: Inspect | None = None
    """Describes what stands in a body of text."""

    is_complete: IsComplete | None = None
    """Whether a body of text may be run, where the magic is on for every cell; None: when an empty line ends it."""

    is_meant: Callable[[str], bool] | None = None
    """Where a line magic may be a comment of the language: whether it is meant with this text behind its name.

    None: with anything but a person's words.
    """

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return (getdoc(self.function) or "").partition("\n")[0]

    @property
    def documentation(self) -> str:
        """All that its author says of it."""
        return getdoc(self.function) or ""

    def shown(self, prefix: str) -> str:
        """How it is written."""
        return f"{prefix * 2 if self.is_cell else prefix}{self.name}"

    def arguments(self, prefix: str) -> Arguments:
        """What it takes."""
        return Arguments(self.shown(prefix), self.function)

    def help(self, prefix: str, *, may_be_comment: bool = False) -> str:
        """What `--help` shows. `may_be_comment`: in a language whose comments begin as magics do."""
        arguments = self.arguments(prefix)
        text = f"usage: {arguments.usage}\n\n{self.documentation}\n\n{arguments.described()}"
        if not may_be_comment or self.is_cell or not arguments.words:
            return text
        always = f"{self.shown(prefix)} -- {arguments.words}"
        return f"{text}\nA line that reads like a comment is one. This never is: {always}\n"


class _Mark(NamedTuple):
    names: Sequence[str]
    is_cell: bool
    body: str
    complete: Complete | None
    inspect: Inspect | None
    is_complete: IsComplete | None
    is_meant: Callable[[str], bool] | None


@overload
def line_magic(function: F) -> F: ...
@overload
def line_magic(
    *,
    name: str = "",
    aliases: Sequence[str] = (),
    complete: Complete | None = None,
    is_meant: Callable[[str], bool] | None = None,
) -> Callable[[F], F]: ...
def line_magic(
    function: Any = None,
    *,
    name: str = "",
    aliases: Sequence[str] = (),
    complete: Complete | None = None,
    is_meant: Callable[[str], bool] | None = None,
) -> Any:
    """Make a line magic of a coroutine function; `name` if it is not the function's. `is_meant`: see `Magic`."""
    return _marking(function, name, aliases, is_cell=False, body="", complete=complete, is_meant=is_meant)


@overload
def cell_magic(function: F) -> F: ...
@overload
def cell_magic(
    *,
    name: str = "",
    aliases: Sequence[str] = (),
    body: str = "code",
    complete: Complete | None = None,
    inspect: Inspect | None = None,
    is_complete: IsComplete | None = None,
) -> Callable[[F], F]: ...
def cell_magic(
    function: Any = None,
    *,
    name: str = "",
    aliases: Sequence[str] = (),
    body: str = "code",
    complete: Complete | None = None,
    inspect: Inspect | None = None,
    is_complete: IsComplete | None = None,
) -> Any:
    """Make a cell magic of a coroutine function. `body`, `complete`, `inspect`, `is_complete`: see `Magic`."""
    return _marking(
        function,
        name,
        aliases,
        is_cell=True,
        body=body,
        complete=complete,
        inspect=inspect,
        is_complete=is_complete,
    )


def _marking(  # noqa: PLR0913  # options, all by keyword
    function: Any,
    name: str,
    aliases: Sequence[str],
    *,
    is_cell: bool,
    body: str,
    complete: Complete | None,
    inspect: Inspect | None = None,
    is_complete: IsComplete | None = None,
    is_meant: Callable[[str], bool] | None = None,
) -> Any:
    def mark(made: Any) -> Any:
        if not iscoroutinefunction(made):
            raise TypeError(f"{made.__name__}: a magic is a coroutine function: write `async def {made.__name__}`")
        marks = made.__dict__.setdefault("magics", [])
        marks.append(_Mark((name or made.__name__, *aliases), is_cell, body, complete, inspect, is_complete, is_meant))
        return made

    return mark if function is None else mark(function)


def magics_of(module: ModuleType) -> Iterable[Magic]:
    """The magics that a module defines."""
    for function in list(vars(module).values()):
        if getattr(function, "__module__", None) != module.__name__:
            continue
        for mark in getattr(function, "magics", ()):
            for number, name in enumerate(mark.names):
                yield Magic(
                    name,
                    mark.is_cell,
                    function,
                    hidden=number > 0,
                    body=mark.body,
                    complete=mark.complete,
                    inspect=mark.inspect,
                    is_complete=mark.is_complete,
                    is_meant=mark.is_meant,
                )


class MagicSet:
    """The magics of one kernel, by form and name."""

    def __init__(self, *, chosen: str = "all") -> None:
        """`chosen`: "all", "none", names to have, or names with a minus to have all but those."""
        self._magics: dict[tuple[bool, str], Magic] = {}
        self._all, self._only, self._without = read_choice(chosen)

    def add(self, magics: Iterable[Magic]) -> None:
        """Take these, if they are chosen; later ones replace earlier ones of the same name."""
        for magic in magics:
            if self.allows(magic.name):
                self._magics[magic.is_cell, magic.name] = magic

    def allows(self, name: str) -> bool:
        """Whether a magic of this name is wanted."""
        return name not in self._without and (self._all or name in self._only)

    def find(self, use: Use) -> Magic | None:
        """The magic that is used; None: there is none."""
        return self._magics.get((use.kind is not Kind.LINE, use.name))

    def named(self, name: str) -> list[Magic]:
        """The line magic and the cell magic of this name."""
        return [magic for (_, one), magic in self._magics.items() if one == name]

    def __iter__(self) -> Any:
        return iter(sorted(self._magics.values(), key=lambda magic: (magic.is_cell, magic.name)))


def read_choice(chosen: str) -> tuple[bool, frozenset[str], frozenset[str]]:
    """Whether all magics are wanted, else which; and which are not."""
    words = chosen.replace(",", " ").split()
    without = frozenset(word[1:] for word in words if word.startswith("-"))
    only = frozenset(word for word in words if not word.startswith("-") and word not in ("all", "none"))
    return "all" in words or (not only and "none" not in words), only, without
