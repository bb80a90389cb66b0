"""`MagicSyntax`: by which characters magics are told from a language (see `sdk.magics`)."""

from __future__ import annotations

from sdk.named_tuple import NamedTuple


class MagicSyntax(NamedTuple):
    """What begins a magic in the cells of one kernel. An empty text: there is no such form."""

    prefix: str = "%"
    """`%name` is a line magic, `%%name` a cell magic, `%%%name` one that stays on for later cells."""

    shell: str = "!"
    """`!command` is `%shell command`, `!!command` is `%%shell command`."""

    help: str = "?"
    """`?name`, `name?` and `name??` ask for help."""

    shared: bool = False
    """The language begins lines with these characters too: what is no known magic is left to it."""

    comments: str = ""
    """The characters that begin a comment in the language: lines of comments may stand above and between magics.

    Where `prefix` is one of them, what cannot be a magic's arguments is a comment.
    """

    block: str = ""
    """What stands behind such a character on a line that begins a comment of many lines: it hides what is below it."""

    anywhere: bool = False
    """Line magics are seen on every line, not only at a cell's top."""

    @property
    def is_comment(self) -> bool:
        """Whether the language takes a magic's line for a comment."""
        return bool(self.prefix) and self.prefix[0] in self.comments
