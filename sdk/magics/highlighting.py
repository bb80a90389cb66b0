"""Code in colours: as HTML that follows the front-end's theme, and for terminals.

from sdk.magics import highlighting

call.display({"text/html": highlighting.html(code, highlighting.of_kernel(call.kernel))})

A lexer is one of Pygments, or its name. Pygments (30 ms) is loaded when something is first shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from sdk.magics.languages import named, of_language

if TYPE_CHECKING:
    from pygments.lexer import Lexer

    from sdk.kernel.base import Kernel

__all__ = ["CLASS", "ansi", "bundle", "html", "named", "of_kernel", "of_language"]

CLASS: Final = "kernel-code"
"""The HTML class of what is shown."""

_COLOURS: Final[Mapping[str, tuple[str, str]]] = {
    "Comment": ("comment", "#408080"),
    "Keyword": ("keyword", "#008000"),
    "Keyword.Constant": ("atom", "#88f"),
    "Operator": ("operator", "#a2f"),
    "Operator.Word": ("keyword", "#008000"),
    "Literal": ("atom", "#88f"),
    "Literal.Number": ("number", "#080"),
    "Literal.String": ("string", "#ba2121"),
    "Name.Attribute": ("attribute", "#00c"),
    "Name.Builtin": ("builtin", "#008000"),
    "Name.Class": ("def", "#00f"),
    "Name.Constant": ("atom", "#88f"),
    "Name.Decorator": ("meta", "#a2f"),
    "Name.Exception": ("error", "#f00"),
    "Name.Function": ("def", "#00f"),
    "Name.Tag": ("tag", "#170"),
    "Name.Variable": ("variable", "#05a"),
    "Generic.Heading": ("header", "#00f"),
    "Error": ("error", "#f00"),
}
"""Token -> the colour's name in JupyterLab's themes, and the colour where there is none of that name."""

_TERMINAL: Final[Mapping[str, str]] = {
    "Token": "",
    "Comment": "cyan",
    "Keyword": "green",
    "Keyword.Type": "cyan",
    "Literal.Number": "blue",
    "Literal.String": "red",
    "Name.Attribute": "cyan",
    "Name.Builtin": "green",
    "Name.Class": "blue",
    "Name.Decorator": "magenta",
    "Name.Function": "blue",
    "Name.Tag": "green",
    "Operator": "magenta",
    "Operator.Word": "green",
    "Generic.Heading": "blue",
    "Error": "red",
}


def html(text: str, lexer: Lexer | str) -> str:
    """The code as HTML. Its colours are those of the editor, in JupyterLab's themes, light and dark."""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter

    return f"<style>{_rules()}</style>{highlight(text, _lexer(lexer), HtmlFormatter(cssclass=CLASS))}"


def ansi(text: str, lexer: Lexer | str) -> str:
    """The code with escape sequences for the sixteen colours that terminals and notebooks have."""
    from pygments import highlight
    from pygments.formatters.terminal import TerminalFormatter

    return str(highlight(text, _lexer(lexer), TerminalFormatter(colorscheme=_terminal_colours())))


def bundle(text: str, lexer: Lexer | str) -> dict[str, Any]:
    """The code as a MIME bundle: HTML, and plain text in colours."""
    return {"text/html": html(text, lexer), "text/plain": ansi(text, lexer)}


def of_kernel(kernel: Kernel, is_magic: Callable[[Any], bool] | None = None) -> Lexer:
    """The lexer for cells of this kernel: magics, and then its language. `is_magic`: see `sdk.magics.parser.read`."""
    from sdk.magics.lexer import MagicsLexer

    return MagicsLexer(of_language(kernel.language_info), kernel.magic_syntax, is_magic)


def _lexer(lexer: Lexer | str) -> Lexer:
    return named(lexer) if isinstance(lexer, str) else lexer


def _terminal_colours() -> dict[Any, tuple[str, str]]:
    from pygments.token import string_to_tokentype

    # Pygments's own scheme has grey for blanks and comments, which is not to be read on white.
    return {string_to_tokentype(name): (colour, colour) for name, colour in _TERMINAL.items()}


def _rules() -> str:
    from pygments.token import STANDARD_TYPES, Token

    rules = []
    for token, short in STANDARD_TYPES.items():
        at: Any = token
        while at is not Token and str(at)[6:] not in _COLOURS:
            at = at.parent
        if at is not Token and short:
            name, colour = _COLOURS[str(at)[6:]]
            rules.append((f".{CLASS} .{short}", f"var(--jp-mirror-editor-{name}-color,{colour})"))
    by_colour: dict[str, list[str]] = {}
    for selector, colour in rules:
        by_colour.setdefault(colour, []).append(selector)
    return "".join(f"{','.join(selectors)}{{color:{colour}}}" for colour, selectors in by_colour.items())
