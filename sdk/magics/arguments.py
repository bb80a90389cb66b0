"""What may stand behind a magic's name, made from the signature of its function: parsing, help, completion. Pure.

    async def file(call: Call, path: Path, *, append: Annotated[bool, Option("-a", "add to it")] = False) -> None:

A parameter is an argument; one behind the `*` is an option (`--append`, `-a`). Types are str, int, float, bool, Path,
Literal, and `X | None`; `*words: str` takes all that is left; `Rest` is the rest of the line as it stands.
"""

from __future__ import annotations

import difflib
import inspect
import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, NewType, Union, get_args, get_origin, get_type_hints

Rest = NewType("Rest", str)
"""The type of a last argument that is the rest of the line as it stands, quotes and all."""


class ArgumentsError(Exception):
    """What stands behind a magic's name cannot be understood; the message names the argument and the remedy."""


class HelpWanted(Exception):
    """`--help` was given."""


class Option(NamedTuple):
    """Says more of a parameter, in `Annotated`: the short form of an option, its help, what its values may be."""

    short: str = ""
    help: str = ""
    complete: str = ""
    """What its values are completed with: "file", "folder", "magic", "kernel", "variable"."""


class Parameter(NamedTuple):
    """One argument or option."""

    name: str
    flags: tuple[str, ...]
    """How an option is written; empty for an argument."""

    kind: type
    choices: tuple[str, ...]
    default: Any
    many: bool
    help: str
    complete: str

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is inspect.Parameter.empty and not self.many

    @property
    def shown(self) -> str:
        """How usage shows it."""
        if not self.flags:
            word = self.name.rstrip("_").upper()
            word = f"[{word}...]" if self.many else word
            return word if self.required or self.many else f"[{word}]"
        return f"[{self.flags[-1]}]" if self.kind is bool else f"[{self.flags[-1]} {self._value}]"

    @property
    def _value(self) -> str:
        return "|".join(self.choices) or self.name.rstrip("_").upper()

    @property
    def described(self) -> tuple[str, str]:
        """How help shows it: its forms, and what it is."""
        forms = ", ".join(self.flags) if self.flags else self.name.rstrip("_").upper()
        return (forms if not self.flags or self.kind is bool else f"{forms} {self._value}"), self.help


class Arguments:
    """What one magic takes."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        """`name`: as it is written, with its prefix, for messages."""
        self.name = name
        self.parameters = tuple(_parameters(function))
        self._by_flag = {flag: parameter for parameter in self.parameters for flag in parameter.flags}
        self._positional = [parameter for parameter in self.parameters if not parameter.flags]

    # -- reading -------------------------------------------------------------------------------------------------------

    def parse(self, text: str) -> tuple[list[Any], dict[str, Any]]:
        """What the function is called with. Raises ArgumentsError, HelpWanted."""
        words, rest = self._words(text)
        given: dict[str, Any] = {}
        loose: list[str] = []
        while words:
            word = words.pop(0)
            if word == "--":
                loose += words
                break
            if word in ("--help", "-h") and word not in self._by_flag:
                raise HelpWanted
            if not _looks_like_option(word):
                loose.append(word)
                continue
            flag, equals, value = word.partition("=")
            option = self._option(flag)
            if option.kind is bool:
                if equals:
                    raise self._error(f"{flag} takes no value")
                given[option.name] = True
                continue
            if not equals:
                if not words:
                    raise self._error(f"{flag} needs a value: {flag} {option._value}")
                value = words.pop(0)
            given[option.name] = self._value(option, flag, value)
        return self._placed(loose, rest), given

    def _words(self, text: str) -> tuple[list[str], str | None]:
        last = self._positional[-1] if self._positional else None
        if last is None or last.kind is not Rest:
            return self._split(text), None
        words: list[str] = []
        at = 0
        wanted = len(self._positional) - 1
        for found in re.finditer(r"\S+", text):
            word = found[0]
            if word == "--":
                at = found.end()
                break
            expects = bool(words) and self._takes_value(words[-1])
            if not expects and not (_looks_like_option(word) and self._is_flag(word)):
                if not wanted:
                    break
                wanted -= 1
            words.append(word)
            at = found.end()
        return words, text[at:].strip()

    def has_option(self, text: str) -> bool:
        """Whether options are given, or meant to be: the first word looks like one, or another is one."""
        words = text.split()
        return bool(words) and (_looks_like_option(words[0]) or any(map(self._is_flag, words)))

    def _is_flag(self, word: str) -> bool:
        """Whether a word before a rest is an option, or is meant to be one."""
        known = [*self._by_flag, "--help", "-h"]
        flag = word.partition("=")[0]
        return flag in known or (flag.startswith("--") and bool(difflib.get_close_matches(flag, known, 1, 0.8)))

    def _takes_value(self, word: str) -> bool:
        option = self._by_flag.get(word)
        return option is not None and option.kind is not bool

    def _split(self, text: str) -> list[str]:
        try:
            return shlex.split(text)
        except ValueError as error:
            raise self._error(f"{text}: {str(error).lower()}") from None

    def _option(self, flag: str) -> Parameter:
        if flag in self._by_flag:
            return self._by_flag[flag]
        beginning = [known for known in self._by_flag if flag.startswith("--") and known.startswith(flag)]
        if len(beginning) == 1:
            return self._by_flag[beginning[0]]
        known = [*self._by_flag, "--help"]
        near = difflib.get_close_matches(flag, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}"
        raise self._error(f"{flag}: no such option; {hint}")

    def _placed(self, loose: Sequence[str], rest: str | None) -> list[Any]:
        values: list[Any] = []
        left = list(loose)
        for parameter in self._positional:
            if parameter.kind is Rest:
                if not rest and parameter.required:
                    raise self._error(f"{parameter.name.upper()} is missing")
                values.append(rest or ("" if parameter.required else parameter.default))
            elif parameter.many:
                values += [self._value(parameter, parameter.name.upper(), word) for word in left]
                left = []
            elif left:
                values.append(self._value(parameter, parameter.name.upper(), left.pop(0)))
            elif parameter.required:
                raise self._error(f"{parameter.name.upper()} is missing")
            else:
                values.append(parameter.default)
        if left:
            raise self._error(f"{left[0]}: there is one argument too many")
        return values

    def _value(self, parameter: Parameter, shown: str, text: str) -> Any:
        if parameter.choices:
            found = next((one for one in (text, text.lower()) if one in parameter.choices), None)
            if found is None:
                raise self._error(f"{shown} {text}: one of these is expected: {', '.join(parameter.choices)}")
            return found
        if parameter.kind in (int, float):
            try:
                return parameter.kind(text)
            except ValueError:
                raise self._error(f"{shown} {text}: {_NUMBERS[parameter.kind]} is expected") from None
        return Path(os.path.expanduser(text)) if parameter.kind is Path else text

    def _error(self, text: str) -> ArgumentsError:
        return ArgumentsError(f"{self.name}: {text}\nusage: {self.usage}")

    # -- telling -------------------------------------------------------------------------------------------------------

    @property
    def usage(self) -> str:
        """One line."""
        options = [parameter for parameter in self.parameters if parameter.flags]
        return " ".join(filter(None, [self.name, *(parameter.shown for parameter in options), self.words]))

    @property
    def words(self) -> str:
        """What it takes besides options, as usage shows it."""
        return " ".join(parameter.shown for parameter in self._positional)

    def described(self) -> str:
        """Arguments and options, a line each."""
        rows = [parameter.described for parameter in self.parameters]
        rows.append(("--help", "show this"))
        width = max(len(forms) for forms, _ in rows)
        return "".join(f"  {forms:{width}}  {text}".rstrip() + "\n" for forms, text in rows)

    # -- completing ----------------------------------------------------------------------------------------------------

    def flags(self) -> Mapping[str, str]:
        """Every option, and its help."""
        return {**{flag: parameter.help for flag, parameter in self._by_flag.items()}, "--help": "show help"}

    def expected(self, before: str) -> Parameter | None:
        """What the word that begins at the end of `before` is for: an option's value, or an argument."""
        words = re.findall(r"\S+", before)
        if words and self._takes_value(words[-1]):
            return self._by_flag[words[-1]]
        count = 0
        skip = False
        for word in words:
            if skip:
                skip = False
            elif _looks_like_option(word):
                skip = self._takes_value(word)
            else:
                count += 1
        if count < len(self._positional):
            return self._positional[count]
        return self._positional[-1] if self._positional and self._positional[-1].many else None


_NUMBERS: Mapping[type, str] = {int: "a whole number", float: "a number"}


def _looks_like_option(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and not re.fullmatch(r"-\d+(\.\d*)?", word)


def _parameters(function: Callable[..., Any]) -> Iterator[Parameter]:
    hints = get_type_hints(function, include_extras=True)
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        hint = hints.get(parameter.name, str)
        said = Option()
        if get_origin(hint) is Annotated:
            hint, *more = get_args(hint)
            said = next((one for one in more if isinstance(one, Option)), said)
            said = next((said._replace(help=one) for one in more if isinstance(one, str)), said)
        kind, choices = _kind(hint)
        is_option = parameter.kind is inspect.Parameter.KEYWORD_ONLY
        long = f"--{parameter.name.rstrip('_').replace('_', '-')}"
        yield Parameter(
            name=parameter.name,
            flags=((said.short, long) if said.short else (long,)) if is_option else (),
            kind=kind,
            choices=choices,
            default=parameter.default,
            many=parameter.kind is inspect.Parameter.VAR_POSITIONAL,
            help=said.help,
            complete=said.complete or ("file" if kind is Path else ""),
        )


def _kind(hint: Any) -> tuple[Any, tuple[str, ...]]:
    if get_origin(hint) is Literal:
        return str, tuple(map(str, get_args(hint)))
    if get_origin(hint) in (Union, UnionType):
        (one,) = (kind for kind in get_args(hint) if kind is not NoneType)
        return _kind(one)
    return hint, ()
