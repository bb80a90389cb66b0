"""The lexers of languages, by all names that they go by. Pygments is loaded when one is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pygments.lexer import Lexer


def of_language(language_info: Mapping[str, Any]) -> Lexer:
    """The lexer of a language as its kernel describes it; plain text for one that Pygments does not know."""
    from pygments.lexers import get_lexer_for_filename, get_lexer_for_mimetype
    from pygments.util import ClassNotFound

    for find, key in (
        (_named, "pygments_lexer"),
        (_named, "name"),
        (get_lexer_for_mimetype, "mimetype"),
        (lambda extension, **options: get_lexer_for_filename(f"x{extension}", **options), "file_extension"),
    ):
        try:
            return find(str(language_info.get(key) or "-"), stripnl=False)
        except ClassNotFound:
            continue
    return _named("text", stripnl=False)


def named(name: str) -> Lexer:
    """The lexer of this name, or of a file of this name; plain text for one that Pygments does not know."""
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    for find in (_named, get_lexer_for_filename):
        try:
            return find(name, stripnl=False)
        except ClassNotFound:
            continue
    return _named("text", stripnl=False)


def _named(name: str, **options: Any) -> Lexer:
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name(name, **options)
