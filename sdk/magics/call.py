"""`Call`: one use of a magic. What the magic was given, and what it can do in its cell's name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from sdk.errors import ExecutionError
from sdk.kernel.context import Context
from sdk.protocol.iopub import DisplayData
from sdk.protocol.message import MimeBundle
from sdk.protocol.record import NOTHING
from sdk.protocol.shell import ExecuteRequest

if TYPE_CHECKING:
    from sdk.kernel.base import Kernel
    from sdk.magics.parser import Use
    from sdk.magics.runner import Magics

T = TypeVar("T")
S = TypeVar("S")


class MagicError(ExecutionError):
    """A magic cannot do what it was asked for: a mistake of the user's. The message names the value and the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__("UsageError", message)


class Call:
    """The first argument of every magic."""

    def __init__(self, magics: Magics, use: Use, request: ExecuteRequest, context: Context) -> None:
        self.magics = magics
        self.use = use
        self.request = request
        self.context = context

    @property
    def kernel(self) -> Kernel:
        """The kernel in whose cell the magic stands."""
        return self.magics.kernel

    @property
    def body(self) -> str:
        """The lines below a cell magic."""
        return self.use.body

    @property
    def shown(self) -> str:
        """How the magic is written, for messages."""
        return self.magics.shown(self.use)

    # -- saying --------------------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Show text on stdout."""
        self.context.stream("stdout", text)

    def warn(self, text: str) -> None:
        """Show a line on stderr."""
        self.context.stream("stderr", f"{self.shown}: {text}\n")

    def display(
        self, data: MimeBundle, metadata: Mapping[str, Any] = NOTHING, *, display_id: str | None = None
    ) -> None:
        """Show a MIME bundle."""
        self.context.display_data(data, metadata, display_id=display_id)

    def show(self, value: Any) -> None:
        """Show what `run` or `language` gave, if more follows."""
        if value is not None:
            shown = value if isinstance(value, DisplayData) else DisplayData(value)
            self.context.execute_result(shown.data, shown.metadata)

    def error(self, text: str) -> MagicError:
        """An error of the user's, to raise, that begins with the magic's name."""
        return MagicError(f"{self.shown}: {text}")

    def is_rather_comment(self, why: str) -> bool:
        """Whether its line is a comment of the language, because what it names is not there. Then this is told.

        Only where the language's comments begin as magics do, for plain words above other lines: `%load data`.
        """
        from sdk.magics.prose import is_plain  # few languages need it

        is_alone = "\n" not in self.request.code.strip()
        could_be = self.magics.syntax.is_comment and self.use.text != ""
        rather = could_be and not is_alone and is_plain(self.use.text)
        if rather:
            self.warn(f"{why}; so this line is taken for a comment")
        return rather

    # -- doing ---------------------------------------------------------------------------------------------------------

    async def run(self, code: str) -> Any:
        """Run code as the rest of this cell: the magics at its top, and the language. Gives the value."""
        return await self.magics.run(code, self.request, self.context)

    async def language(self, code: str) -> Any:
        """Run code of the language, magics or not. Gives the value."""
        return await self.magics.language(code, self.request, self.context)

    def enter(self, manager: AbstractContextManager[object]) -> None:
        """Let this context manager stand around the rest of the cell, which may take other turns by what it raises."""
        self.magics.enter(manager, self.context)

    async def wait(self, work: Callable[..., T], *arguments: Any) -> T:
        """Let `work` run on a thread of its own, and wait for what it gives or raises.

        An interrupt raises KeyboardInterrupt here, at once; whoever gets it sees to it that the thread ends.
        """
        waiter = self.context.waiter()

        def carry() -> None:
            try:
                waiter.bring(_Given(work(*arguments)))
            except BaseException as error:  # it is raised where it is waited for
                waiter.bring(error)

        Thread(target=carry, name=f"magic {self.use.name}", daemon=True).start()
        given: Any = await self.magics.interruptible(waiter)
        return given.value  # type: ignore[no-any-return]

    async def ask(self, prompt: str = "", *, password: bool = False) -> str:
        """Ask the user for a line.

        Raises StdinNotImplementedError when the client cannot ask, EOFError at the end of input.
        """
        waiter = self.context.ask(prompt, password=password)
        try:
            return str(await self.magics.interruptible(waiter))
        finally:
            self.context.withdraw(waiter)

    def state(self, kind: Callable[[], S]) -> S:
        """What magics keep in this kernel from cell to cell: one object of each class.

        If it has a method `close`, that is called when the kernel ends.
        """
        return self.magics.state(kind)

    # -- files ---------------------------------------------------------------------------------------------------------

    @property
    def cwd(self) -> str:
        """The directory in which the language works."""
        return self.kernel.cwd or os.getcwd()

    @property
    def is_elsewhere(self) -> bool:
        """Whether the language runs where the files of this machine are not its own: behind ssh, in a container."""
        return bool(getattr(self.kernel, "prefix", ""))

    def path(self, path: str | Path) -> Path:
        """A path as the user means it: `~` is the home directory, and others are relative to `cwd`.

        Raises MagicError where `cwd` is a folder elsewhere.
        """
        found = Path(os.path.expanduser(path))
        if self.is_elsewhere and not found.is_absolute():
            language = self.kernel.language_info["name"]
            raise self.error(
                f"{path}: {language} runs elsewhere, and magics see the files of this machine; "
                "name one of these by its whole path, or use the language"
            )
        return Path(self.cwd, found)

    def read(self, path: str | Path) -> str:
        """The text of a file, with `\\n` for all line ends. Raises MagicError, which names it."""
        try:
            text = self.read_bytes(path).decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.error(f"{self.path(path)}: it is no UTF-8 text (at byte {error.start})") from None
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def read_bytes(self, path: str | Path) -> bytes:
        """What is in a file. Raises MagicError, which names it."""
        found = self.path(path)
        try:
            if not found.is_dir() and not found.is_file() and found.exists():
                raise self.error(f"{found}: it is no file, but a pipe or a device")  # which may have no end
            return found.read_bytes()
        except OSError as error:
            raise self.error(f"{found}: {error.strerror or error}") from None


class _Given:
    """A value on its way from a thread: a waiter would raise an exception that is merely given."""

    def __init__(self, value: object) -> None:
        self.value = value


def as_text(value: Any) -> str:
    """The plain text of a cell's value."""
    data = getattr(value, "data", value)
    text = data.get("text/plain", "") if isinstance(data, Mapping) else ""
    return "".join(text) if isinstance(text, Sequence) else str(text)
