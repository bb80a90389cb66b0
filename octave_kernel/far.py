"""`OctaveLines`: what an Octave is told, beside cells, that does not see this machine's files. Pure.

Files go as base64: neither the terminal nor Octave takes a character of it for its own, and a file may hold anything.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from octave_kernel.lines import heal, quoted
from octave_kernel.startup import scripts

if TYPE_CHECKING:
    from sdk.repl import Session

_PIECE = 1800  # bytes, in 2400 characters: Octave's base64_decode gives numbers of eight bytes, without padding
_WHOLE = 24  # bytes; pieces are filled up to a multiple of this


class OctaveLines:
    """Calls of `m/far/__k_far__.m`."""

    is_bash: ClassVar[bool] = False
    are_statements: ClassVar[bool] = True
    loses_lines: ClassVar[bool] = True

    def beginnings(self, session: Session) -> tuple[str, ...]:
        """Of all that is typed here."""
        return (f"__k_far__('{session.token}'", f"try,__k_far__('{session.token}'")

    def put(self, session: Session, name: str, content: str | bytes) -> Iterator[str]:
        """In pieces that a terminal takes."""
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        for start in range(0, len(data) or 1, _PIECE):
            piece = data[start : start + _PIECE]
            text = b2a_base64(piece + bytes(-len(piece) % _WHOLE), newline=False).decode()
            more = start + _PIECE < len(data)
            yield self._call(session, f"'put',{quoted(name)},'{text}',{len(piece)},{more:d}")

    def remove(self, session: Session, names: Sequence[str]) -> str:
        """All at once."""
        return self._call(session, f"'remove',{','.join(quoted(name) for name in names)}")

    def send(self, session: Session, name: str) -> str:
        """By Octave itself: no program is started."""
        return f"__k_far_send__({quoted(name)});"

    def before(self, session: Session) -> str:
        """A cell may have taken our functions away: then they are put back."""
        healed = heal(session.there, scripts(session))
        return f"try,__k_far__('{session.token}');catch,{healed}end;\n"

    def after_program(self, session: Session) -> str:
        """Nothing: the helper beside Octave sets the terminal right."""
        return ""

    def quiet(self, session: Session) -> str:
        """Octave says so when it is done."""
        return self.before(session) + self._call(session, "'quiet'")

    def echo(self, session: Session) -> str:
        """As at the start."""
        return self._call(session, "'echo'")

    def farewell(self, session: Session) -> str:
        """As the end of a terminal."""
        return self._call(session, "'bye'")

    @staticmethod
    def _call(session: Session, arguments: str) -> str:
        return f"__k_far__('{session.token}',{arguments});\n"
