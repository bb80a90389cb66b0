"""`MagicsLexer`: a lexer for Pygments of cells with magics above a language.

What takes a body in another language (`%%html`, `%%bash`, `%%kernel NAME`, `%%file NAME`) has it read by that
language's lexer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from pygments.lexer import Lexer
from pygments.token import Keyword, Name, Operator, String, Text, _TokenType

from sdk.kernel.magic_syntax import MagicSyntax
from sdk.magics.languages import named
from sdk.magics.parser import Kind, Use, read

BODIES: Final[Mapping[str, str]] = {
    "bash": "bash",
    "dot": "graphviz",
    "html": "html",
    "javascript": "javascript",
    "js": "javascript",
    "latex": "tex",
    "markdown": "markdown",
    "python": "python",
    "script": "bash",
    "sh": "bash",
    "shell": "bash",
    "svg": "html",
    "vega": "json",
    "vegalite": "json",
}
"""Cell magic -> the language of its body."""

KERNELS: Final = ("kernel", "kx")
"""Cell magics whose body is in the language of the kernel that they name."""

FILES: Final = ("file", "writefile")
"""Cell magics whose body is what the file that they name shall hold."""

SHELL: Final = ("shell", "sx", "system", "bash", "pipe")
"""Magics whose arguments are commands of the shell."""

_WORD = re.compile(r"""(?P<space>\s+)|(?P<option>--?[A-Za-z][\w-]*)|(?P<string>"[^"]*"|'[^']*')|(?P<word>\S+)""")
_KINDS: Final[Mapping[str, _TokenType]] = {
    "space": Text.Whitespace,
    "option": Name.Attribute,
    "string": String,
    "word": Text,
}

Piece = tuple[int, _TokenType, str]


class MagicsLexer(Lexer):
    """Reads lines of magics itself, and has the rest read by the language's lexer."""

    name = "Magics"

    def __init__(
        self, language: Lexer, syntax: MagicSyntax | None = None, is_magic: Callable[[Use], bool] | None = None
    ) -> None:
        """`is_magic`: see `sdk.magics.parser.read`; None: what looks like a magic is one, but for comments."""
        super().__init__(stripnl=False, ensurenl=False)
        self._language = language
        self._syntax = syntax or MagicSyntax()
        self._is_magic = is_magic or self._looks_like_one

    def get_tokens_unprocessed(self, text: str) -> Iterator[Piece]:
        """Position, kind and text of each piece; together they are the text."""
        at = start = 0
        texts = text.split("\n")
        for line, raw in zip(read(text, self._syntax, self._is_magic), texts, strict=True):
            end = at + len(raw) + 1
            if line.use is not None:
                yield from self._read(self._language, text[start:at], start)
                yield from self._line(raw, line.use, at)
                if end <= len(text):
                    yield end - 1, Text.Whitespace, "\n"
                start = end
                if line.use.kind is not Kind.LINE:
                    yield from self._read(self._of_body(line.use), text[start:], start)
                    return
            at = end
        yield from self._read(self._language, text[start:], start)

    def _line(self, raw: str, use: Use, at: int) -> Iterator[Piece]:
        indent = len(raw) - len(raw.lstrip())
        if indent:
            yield at, Text.Whitespace, raw[:indent]
        mark = re.match(r"[^\w\s]*", raw[indent:])
        width = len(mark[0]) if mark is not None else 0
        if width:
            yield at + indent, Operator, raw[indent : indent + width]
        rest = indent + width
        is_written = raw[rest:].startswith(use.name)
        if is_written:
            yield at + rest, Keyword, use.name
            rest += len(use.name)
        if use.name in SHELL and (is_written or use.name == "shell"):
            yield from self._read(named("bash"), raw[rest:], at + rest)
            return
        for found in _WORD.finditer(raw, rest):
            yield at + found.start(), _KINDS[found.lastgroup or "word"], found[0]

    def _of_body(self, use: Use) -> Lexer:
        words = use.text.split()
        if use.name in BODIES:
            return named(BODIES[use.name])
        names = [word for word in words if not word.startswith("-")]
        if use.name in KERNELS and names:
            # Names of kernels are mostly those of languages with a version: python3, julia-1.11.
            return named(_LANGUAGES.get(names[0], re.sub(r"[-\d.]+$", "", names[0])))
        if use.name in FILES and names:
            return named(names[-1])
        return MagicsLexer(self._language, self._syntax, self._is_magic)

    def _looks_like_one(self, use: Use) -> bool:
        return not self._syntax.is_comment or use.kind is not Kind.LINE

    @staticmethod
    def _read(lexer: Lexer, text: str, at: int) -> Iterator[Piece]:
        for place, kind, piece in lexer.get_tokens_unprocessed(text):
            yield at + place, kind, piece


_LANGUAGES: Final[Mapping[str, str]] = {"ir": "r", "xpython": "python", "xr": "r", "deno": "typescript"}
"""Kernels whose names are no language's."""
