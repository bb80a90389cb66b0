"""`FarLines`: what is typed, beside turns, to a program that does not see our files. `BashLines`: to a bash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol

from sdk.repl.session import Session

_PIECE = 1800  # characters of a file in one line, which must stay below 4096 bytes: the terminal takes no longer ones
_SPECIAL = {code: f"\\{code:03o}" for code in (*range(1, 32), 127, ord("!"), ord("'"), ord("\\"))}
_SPECIAL |= {0: "", ord("\n"): "\\n", ord("\t"): "\\t"}  # a NUL cannot stand in a variable of bash


class FarLines(Protocol):
    """A language package writes it for its program. Each line has less than 4096 bytes."""

    is_bash: ClassVar[bool]
    """Whether it is a bash, which reads far.bash when it starts."""

    are_statements: ClassVar[bool]
    """Whether lines can be joined with those that follow, a control line in the end, and then cost less."""

    loses_lines: ClassVar[bool]
    """Whether an interrupt that comes late takes the line with it that is read next."""

    def beginnings(self, session: Session) -> tuple[str, ...]:
        """How the lines begin, each with the token in it: their echo is taken out."""

    def put(self, session: Session, name: str, content: str | bytes) -> Iterator[str]:
        """The lines that write a file."""

    def remove(self, session: Session, names: Sequence[str]) -> str:
        """The line that removes files."""

    def send(self, session: Session, name: str) -> str:
        """The command, part of a turn, that sends a file here."""

    def before(self, session: Session) -> str:
        """The line before others: after it they are understood, whatever a cell has done."""

    def after_program(self, session: Session) -> str:
        """The line that sets the terminal right, which a program may have changed; empty where that is not needed."""

    def quiet(self, session: Session) -> str:
        """The line after which the terminal does not echo; the program says so."""

    def echo(self, session: Session) -> str:
        """The line after which it echoes again."""

    def farewell(self, session: Session) -> str:
        """The line that ends the program."""


class BashLines:
    """They need no program, only bash's own quoting."""

    is_bash: ClassVar[bool] = True
    are_statements: ClassVar[bool] = False
    loses_lines: ClassVar[bool] = False

    def beginnings(self, session: Session) -> tuple[str, ...]:
        """Of files and of commands."""
        return (f" {{ \\__k_far_put {session.token} ", quietly(session, ""))

    def put(self, session: Session, name: str, content: str | bytes) -> Iterator[str]:
        """Quoted text, without NULs."""
        text = content if isinstance(content, str) else content.decode("utf-8", "surrogateescape")
        pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)] or [""]
        while pieces:
            piece = pieces.pop(0)
            quoted = piece.translate(_SPECIAL)
            if len(quoted.encode("utf-8", "surrogateescape")) > 2 * _PIECE:
                pieces[:0] = [piece[: len(piece) // 2], piece[len(piece) // 2 :]]
                continue
            more = " +" if pieces else ""
            yield f" {{ \\__k_far_put {session.token} '{name}' $'{quoted}'{more}; }} 2>/dev/null\n"

    def remove(self, session: Session, names: Sequence[str]) -> str:
        """By `rm`."""
        files = " ".join(f"'{session.at(name)}'" for name in names)
        return quietly(session, f"\\command rm -f {files}; }} 2>/dev/null\n")

    def send(self, session: Session, name: str) -> str:
        """By the helper `send`."""
        return f"\\sh '{session.at('send')}' '{name}'; "

    def before(self, session: Session) -> str:
        """Nothing: what our functions are called is not taken away by accident."""
        return ""

    def after_program(self, session: Session) -> str:
        """As the terminal was at the start."""
        return self.echo(session)

    def quiet(self, session: Session) -> str:
        """By a function of far.bash."""
        return quietly(session, "\\__k_far_hush; } 2>/dev/null\n")

    def echo(self, session: Session) -> str:
        """Likewise."""
        return quietly(session, "\\__k_far_tty; } 2>/dev/null\n")

    def farewell(self, session: Session) -> str:
        """Likewise."""
        return quietly(session, "\\__k_far_bye; } 2>/dev/null\n")


def quietly(session: Session, command: str) -> str:
    """A line for a bash whose echo is known by its beginning."""
    return f" {{ : {session.token}; {command}"
