"""What stands behind a magic's name, made from a signature. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.magics import Option, Rest
from sdk.magics.arguments import Arguments, ArgumentsError, HelpWanted


async def every(
    call: object,
    path: Annotated[Path, "a file"],
    count: int = 3,
    *more: str,
    append: Annotated[bool, Option("-a", "add to it")] = False,
    ratio: float | None = None,
    kind: Annotated[Optional[Literal["one", "two"]], Option("-k")] = None,  # noqa: UP045  # both are written
    from_: Annotated[str, Option(help="where from", complete="folder")] = "",
) -> None:
    """Take one of each."""


async def rest(call: object, first: str, code: Rest, *, quiet: Annotated[bool, Option("-q")] = False) -> None:
    """Take a word, and all that follows."""


async def all_of_it(call: object, code: Annotated[Rest, "what is run"] = Rest("")) -> None:  # noqa: B008
    """Take the line."""


EVERY, REST, ALL = Arguments("%every", every), Arguments("%rest", rest), Arguments("%all", all_of_it)


@pytest.mark.parametrize(
    ("text", "positional", "named"),
    [
        ("a", [Path("a"), 3], {}),
        ("'a b' 7 x 'y z'", [Path("a b"), 7, "x", "y z"], {}),
        ("-a a", [Path("a"), 3], {"append": True}),
        ("a --append -- 7 --x", [Path("a"), 7, "--x"], {"append": True}),
        ("a -7 --ratio -1.5", [Path("a"), -7], {"ratio": -1.5}),
        ("a --ratio=.5 --kind=two", [Path("a"), 3], {"ratio": 0.5, "kind": "two"}),
        ("a -k ONE", [Path("a"), 3], {"kind": "one"}),
        ("a --app --rat 2", [Path("a"), 3], {"append": True, "ratio": 2.0}),
        ("--from='é ∑' a", [Path("a"), 3], {"from_": "é ∑"}),
        ("-", [Path("-"), 3], {}),
    ],
)
def test_words_become_what_the_signature_says(text: str, positional: list[object], named: dict[str, Any]) -> None:
    assert EVERY.parse(text) == (positional, named)


def test_the_home_directory_is_found() -> None:
    assert EVERY.parse("~nobody-of-this-name/x")[0][0] == Path("~nobody-of-this-name/x")
    assert EVERY.parse("~/x")[0][0] == Path.home() / "x"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "PATH is missing"),
        ("a b", "COUNT b: a whole number is expected"),
        ("a --ratio x", "--ratio x: a number is expected"),
        ("a --ratio", "--ratio needs a value: --ratio RATIO"),
        ("a -k three", "-k three: one of these is expected: one, two"),
        ("a --append=1", "--append takes no value"),
        ("a --apend", "--apend: no such option; did you mean --append?"),
        ("a --zzz", "--zzz: no such option; there is -a, --append, --ratio, -k, --kind, --from, --help"),
        ("a 'b", "a 'b: no closing quotation"),
    ],
)
def test_an_error_names_the_argument_and_the_remedy(text: str, said: str) -> None:
    with pytest.raises(ArgumentsError) as raised:
        EVERY.parse(text)
    usage = "usage: %every [--append] [--ratio RATIO] [--kind one|two] [--from FROM] PATH [COUNT] [MORE...]"
    assert str(raised.value) == f"%every: {said}\n{usage}"


def test_one_argument_too_many_is_named() -> None:
    async def one(call: object, name: str = "") -> None: ...

    with pytest.raises(ArgumentsError, match=r"^%one: b: there is one argument too many"):
        Arguments("%one", one).parse("a b")


@pytest.mark.parametrize("text", ["--help", "-h", "a --help", "a -h b"])
def test_help_is_asked_for(text: str) -> None:
    with pytest.raises(HelpWanted):
        EVERY.parse(text)


def test_an_option_may_be_called_h() -> None:
    async def tall(call: object, *, height: Annotated[int, Option("-h")] = 0) -> None: ...

    assert Arguments("%tall", tall).parse("-h 3") == ([], {"height": 3})


@pytest.mark.parametrize(
    ("text", "positional", "named"),
    [
        ("a b  'c  \"d", ["a", "b  'c  \"d"], {}),
        ("-q a -x --y", ["a", "-x --y"], {"quiet": True}),
        ("a -q b -q", ["a", "b -q"], {"quiet": True}),
        ("a -- -q b", ["a", "-q b"], {}),
    ],
)
def test_a_rest_is_the_line_as_it_stands(text: str, positional: list[object], named: dict[str, Any]) -> None:
    assert REST.parse(text) == (positional, named)


@given(st.text(st.characters(exclude_characters="-", exclude_categories=("Cs", "Cc", "Z"))))
def test_any_text_is_a_rest(text: str) -> None:
    assert ALL.parse(text) == ([text], {})


@given(st.text())
def test_any_text_is_understood_or_told(text: str) -> None:
    for arguments in (EVERY, REST, ALL):
        try:
            arguments.parse(text)
        except (ArgumentsError, HelpWanted):
            continue


def test_help_has_a_line_for_each() -> None:
    assert EVERY.described() == (
        "  PATH                a file\n"
        "  COUNT\n"
        "  MORE\n"
        "  -a, --append        add to it\n"
        "  --ratio RATIO\n"
        "  -k, --kind one|two\n"
        "  --from FROM         where from\n"
        "  --help              show this\n"
    )


def test_what_is_expected_at_a_place_is_known() -> None:
    names = []
    for before in ("", "a ", "a 1 ", "a 1 b ", "--from ", "--ratio 1 ", "-a "):
        parameter = EVERY.expected(before)
        names.append(parameter.name if parameter is not None else "")
    assert names == ["path", "count", "more", "more", "from_", "path", "path"]
