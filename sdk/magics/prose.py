"""Where a magic's line may be a comment of the language: is it a person's words, or code that is commented out? Pure.

What a magic says of itself by `is_meant` is made of these.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_WORD = re.compile(r"[^\W\d_]['\w-]*\)?[.,:;!?]*")
_NAME = re.compile(r"[^\W\d]\w*")
_CODE = re.compile(r"[=(,;:{\])]|[-+*/^|&.~!]+=")

_GRAMMAR: Final = frozenset(
    re.findall(
        r"\w+",
        """
        a after all also an and are as at based be because been before being below but by can could does each either
        every from had has have how however in into is it its may might more most must no not of off on one only or
        other our out shall should since so some such than that the their them then these they this those to used using
        was we were what when where whether which will with without would you your
        """,
    )
)
"""Words that hold sentences together, and are seldom arguments."""

_SURELY: Final = frozenset(["a", "an", "and", "are", "for", "is", "of", "that", "the", "this", "to", "was", "with"])
"""Those of them that are hardly ever arguments of commands."""


def is_prose(text: str) -> bool:
    """Whether these are two or more words of a person's: plain ones alone, or most of them, in a sentence."""
    words = text.split()
    plain = [word for word in words if _WORD.fullmatch(word)]
    if len(words) < 2 or len(plain) == len(words):
        return len(words) > 1
    return 2 * len(plain) >= len(words) and is_sentence(text)


def is_sentence(text: str) -> bool:
    """Whether there are words in it that hold a sentence together."""
    return any(word.strip(".,:;!?()").lower() in _GRAMMAR for word in text.split())


def is_plain(text: str) -> bool:
    """Whether these are words without signs, one or more."""
    return all(_WORD.fullmatch(word) for word in text.split())


def is_code(text: str) -> bool:
    """Whether a name with this behind it reads like code: `= 5;`, `(x, y)`."""
    return _CODE.match(text) is not None


# -- what magics are meant by ------------------------------------------------------------------------------------------


def is_no_prose(text: str) -> bool:
    """Anything but a person's words, as in `%time step of the loop`."""
    return not is_prose(text)


def is_signed(text: str) -> bool:
    """Code that shows that it is some: by a sign that no sentence has. `%time step` may be a comment."""
    return not is_plain(text) and not is_prose(text)


def is_one_word(text: str) -> bool:
    """One word, or text which says that something has a value."""
    return len(text.split()) < 2 or "=" in text


def are_paths(text: str) -> bool:
    """Names of files; two words of which one holds a sentence together are none."""
    return len(text.split()) < 2 or not is_sentence(text)


def are_names(text: str) -> bool:
    """Names of variables; two words of which one holds a sentence together are none."""
    words = text.split()
    return all(_NAME.fullmatch(word) for word in words) and (len(words) < 2 or not is_sentence(text))


def is_assignment(text: str) -> bool:
    """A name, and a value as Python writes it; `%set x to 5` is none."""
    from ast import literal_eval  # only where % begins a comment

    name, _, value = text.partition(" ")
    try:
        literal_eval(value.strip())
    except (ValueError, SyntaxError):
        return False
    return _NAME.fullmatch(name) is not None


def are_cells(text: str) -> bool:
    """Words that name earlier cells."""
    from sdk.magics.past_cells import read

    return all(read(word) is not None for word in text.split())


def is_name_of_cells(text: str) -> bool:
    """A name, and words that name earlier cells."""
    return are_cells(" ".join(text.split()[1:]))


def is_python(text: str) -> bool:
    """Code of Python. IPython's own lines are, too."""
    from ast import parse  # only where % begins a comment

    try:
        parse(text)
    except SyntaxError:
        return not is_prose(text)
    return True


def is_command(text: str) -> bool:
    """What the shell may run: a sentence is not, nor two words of which the first is no program."""
    if not is_prose(text):
        return True
    from shutil import which  # only where % begins a comment

    first, *rest = text.split()
    return _SURELY.isdisjoint(rest) and (first in _BUILTINS or which(first) is not None)


_BUILTINS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        alias bg cd declare echo eval exec export fg for hash history jobs kill let popd printf pushd pwd read readonly
        set shopt source test time trap type ulimit umask unset wait while
        """,
    )
)
"""Words that begin commands of bash and are no programs, perhaps."""


def holds(*signs: str) -> Callable[[str], bool]:
    """What has one of these signs in it."""
    return lambda text: any(sign in text for sign in signs)


def begins(*words: str) -> Callable[[str], bool]:
    """What begins with one of these words."""
    return lambda text: text.split(maxsplit=1)[:1] in ([], *([word] for word in words))
