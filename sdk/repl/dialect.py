"""`Dialect`: what the driver must know of the program's language."""

from __future__ import annotations

from typing import ClassVar, Protocol

from sdk.repl.session import Session


class Dialect(Protocol):
    """Written by the language package; `ReplKernel` is one."""

    record_comes_first: ClassVar[bool]
    """Whether a turn's record, if there is one, is always in the FIFO when its barrier is written."""

    own_interrupts: ClassVar[bool]
    """Whether the program takes interrupts itself, whatever runs in it, and its children share its process group.

    Such a program reads the answers to its questions where it reads its commands: it would end with that input.
    """

    def end_line(self, number: int, *, lost_terminal: bool = False) -> str:
        """The control line that makes the program, at its prompt, report the end of turn `number`.

        With `lost_terminal` it first becomes the terminal's foreground again.
        """

    def hidden(self, session: Session, line: str) -> list[str]:
        """Text to take out of the output during a turn; each piece contains the session's token."""

    def is_prompt(self, pid: int) -> bool:
        """Whether the program, which is seen to read the terminal, reads its next command (not a question's answer)."""
