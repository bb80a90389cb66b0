"""`Variable`: one of the session's variables, as front-ends list them (Debug Adapter Protocol, "Variable")."""

from __future__ import annotations

from sdk.protocol.message import MimeBundle
from sdk.protocol.record import NOTHING, Record


class Variable(Record):
    """A name and its value as text. With `children`, front-ends can open it and ask for what is inside."""

    name: str
    value: str
    type: str = ""
    """Told to front-ends if the variable can be opened, or if it is one of bool, float, int and str."""
    children: int = 0
    """How many variables are inside; 0 when there is nothing to open."""
    code: str = ""
    """An expression of the language that gives the value; empty: the name."""
    data: MimeBundle = NOTHING
    """The value as a MIME bundle, where text is not the best way to show it."""
