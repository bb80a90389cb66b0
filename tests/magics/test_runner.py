"""Cells with magics, without sockets: order, values, sticky magics, choices, errors, what is kept."""

from __future__ import annotations

import pytest

from sdk import MagicSyntax
from sdk.magics.runner import Magics
from sdk.protocol.iopub import ExecuteResult
from sdk.protocol.message import Content
from sdk.testing import MemoryFrontend
from tests.magics.kernels import TalkingKernel, failure, said
from tests.magics.toy_magics import Counter


@pytest.fixture
def front() -> MemoryFrontend:
    return MemoryFrontend(TalkingKernel)


def made(**options: object) -> MemoryFrontend:
    """A kernel with these options set."""

    def kernel() -> TalkingKernel:
        made = TalkingKernel()
        for name, value in options.items():
            setattr(made, name, value)
        return made

    return MemoryFrontend(kernel)


def values(contents: list[Content]) -> list[object]:
    return [one.data["text/plain"] for one in contents if isinstance(one, ExecuteResult)]


# -- order and values --------------------------------------------------------------------------------------------------


def test_magics_run_before_the_code_below_them_which_keeps_its_lines(front: MemoryFrontend) -> None:
    assert said(front.execute("%greet\n%greet é\nx\n%y")) == "hello you\nhello é\n[\n\nx\n%y]"


def test_every_value_is_a_result(front: MemoryFrontend) -> None:
    assert values(front.execute("%greet a\n%count\n%greet b\nvalue")) == ["a", "b", "value"]


def test_a_cell_magic_runs_what_is_below_it_magics_and_all(front: MemoryFrontend) -> None:
    done = front.execute("%%twice\n%greet\n%%loudly\nvalue")
    assert said(done) == "hello you\n!\n[value]" * 2
    assert values(done) == ["you", "you"]


def test_an_alias_is_the_same_magic_and_is_not_listed(front: MemoryFrontend) -> None:
    assert said(front.execute("%hello")) == "hello you\n"
    assert "%hello" not in said(front.execute("%lsmagic"))


# -- failure -----------------------------------------------------------------------------------------------------------


def test_after_a_failure_nothing_more_of_the_cell_runs(front: MemoryFrontend) -> None:
    done = front.execute("%greet\n%fail\nx")
    assert said(done) == "hello you\n"
    assert failure(done) == ("UsageError", "%fail: user: it fails; use another")


def test_a_magics_own_mistake_is_an_error_of_the_cell(front: MemoryFrontend) -> None:
    assert failure(front.execute("%fail other")) == ("ZeroDivisionError", "a mistake of the magic's author")
    assert said(front.execute("%greet")) == "hello you\n"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("%gret", "%gret: no such magic; did you mean %greet?"),
        ("%zzzzzz", "%zzzzzz: no such magic; %lsmagic lists those there are"),
        ("%%greet", "%%greet: there is only %greet; %greet --help"),
        ("%twice", "%twice: there is only %%twice; %%twice --help"),
        ("%greet a b", "%greet: b: there is one argument too many\nusage: %greet [--tone soft|loud] [NAME]"),
        ("%greet -t x", "%greet: -t x: one of these is expected: soft, loud\nusage: %greet [--tone soft|loud] [NAME]"),
    ],
)
def test_an_error_says_what_is_meant_perhaps(front: MemoryFrontend, code: str, text: str) -> None:
    assert failure(front.execute(code)) == ("UsageError", text)


def test_help_is_made_from_the_function(front: MemoryFrontend) -> None:
    assert said(front.execute("%greet a --help")) == (
        "usage: %greet [--tone soft|loud] [NAME]\n\nSay hello.\n\nTo somebody.\n\n"
        "  NAME\n  -t, --tone soft|loud  how\n  --help                show this\n"
    )


# -- sticky magics -----------------------------------------------------------------------------------------------------


def test_a_sticky_magic_stands_above_every_cell_until_it_is_switched_off(front: MemoryFrontend) -> None:
    on = front.execute("%%%loudly")
    assert said(on, "stderr") == "%%%loudly: on for every cell; %%%loudly again switches it off\n"
    assert said(on) == ""
    assert said(front.execute("x")) == "!\n[x]"
    assert said(front.execute("%greet\ny")) == "!\nhello you\n[\ny]"
    off = front.execute("%%%loudly")
    assert said(off, "stderr") == "%%%loudly: off\n"
    assert said(front.execute("x")) == "[x]"


def test_the_cell_that_switches_it_runs_what_is_below(front: MemoryFrontend) -> None:
    assert said(front.execute("%%%loudly ?\nx")) == "?\n[x]"
    assert said(front.execute("%%%loudly\nx")) == "[x]"


def test_two_are_on_in_the_order_of_their_cells(front: MemoryFrontend) -> None:
    front.execute("%%%twice")
    front.execute("%%%loudly")
    assert said(front.execute("x")) == "!\n[x]!\n[x]"
    front.execute("%%%twice")
    assert said(front.execute("x")) == "!\n[x]"


@pytest.mark.parametrize("code", ["%%%loudly a b", "%%%nope", "%%%loudly --nope"])
def test_what_is_wrong_is_told_before_it_is_on(front: MemoryFrontend, code: str) -> None:
    assert failure(front.execute(code)) is not None
    assert said(front.execute("x")) == "[x]"


def test_help_does_not_switch_it_on(front: MemoryFrontend) -> None:
    assert said(front.execute("%%%loudly --help")).startswith("usage: %%loudly [MARK]\n")
    assert said(front.execute("x")) == "[x]"


# -- choices -----------------------------------------------------------------------------------------------------------


def test_all_is_off_with_one_setting() -> None:
    front = made(magics="none")
    for code in ("%greet", "%%twice\nx", "!ls", "?x", "x?", "\\%greet"):
        assert said(front.execute(code)) == f"[{code}]"


def test_some_may_be_chosen() -> None:
    front = made(magics="greet, lsmagic")
    assert said(front.execute("%greet")) == "hello you\n"
    assert failure(front.execute("%count")) == (
        "UsageError",
        "%count: it is switched off by the kernel's option `magics`",
    )
    assert said(front.execute("%lsmagic")) == "Line magics:\n  %greet  %lsmagic\nCell magics:\n  \n"


@pytest.mark.parametrize("chosen", ["-count", "all -count"])
def test_all_but_some_may_be_chosen(chosen: str) -> None:
    front = made(magics=chosen)
    assert failure(front.execute("%count")) is not None
    assert said(front.execute("%greet")) == "hello you\n"


def test_a_name_that_is_switched_off_is_the_languages_where_it_shares_the_prefix() -> None:
    class Sharing(TalkingKernel):
        magic_syntax = MagicSyntax(shared=True)
        magics = "-count"

    assert said(MemoryFrontend(Sharing).execute("%count")) == "[%count]"


def test_another_prefix_may_be_chosen() -> None:
    front = made(magic_prefix="//")
    assert said(front.execute("//greet\n%greet")) == "hello you\n[\n%greet]"
    assert said(front.execute("////loudly\nx")) == "!\n[x]"
    assert failure(front.execute("//gret")) == ("UsageError", "//gret: no such magic; did you mean //greet?")
    assert said(front.execute("//greet --help")).startswith("usage: //greet ")


def test_line_magics_may_stand_anywhere() -> None:
    front = made(magics_anywhere=True)
    assert said(front.execute("x\n%greet\n%%y\n%greet z")) == "[x]hello you\n[\n\n%%y]hello z\n"
    assert said(made().execute("x\n%greet")) == "[x\n%greet]"


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_magics_keep_one_object_of_a_class_which_is_closed_in_the_end(front: MemoryFrontend) -> None:
    assert [said(front.execute("%count")) for _ in range(2)] == ["1\n", "2\n"]
    magics = Magics(TalkingKernel(), MagicSyntax())
    kept = magics.state(Counter)
    assert magics.state(Counter) is kept
    magics.close()
    assert kept.closed


def test_two_kernels_keep_nothing_in_common(front: MemoryFrontend) -> None:
    front.execute("%count")
    assert said(made().execute("%count")) == "1\n"


def test_silent_cells_and_those_of_no_history_run_magics_as_all_do(front: MemoryFrontend) -> None:
    assert said(front.execute("%greet", silent=True)) == ""
    assert said(front.execute("%greet", store_history=False)) == "hello you\n"
