"""Variables between the notebook's language and other kernels: `%get` (or `%pull`), `%put` (or `%push`); `%set`.

What does the work, `sdk.magics.exchange`, is imported when one of them is used.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from sdk.kernel.context import Context
from sdk.magics.arguments import Option, Rest
from sdk.magics.call import Call
from sdk.magics.magic import line_magic
from sdk.magics.parser import Use
from sdk.magics.prose import are_names, is_assignment
from sdk.protocol.shell import CompleteReply, CompleteRequest

if TYPE_CHECKING:
    from sdk.magics.exchange.sides import Side
    from sdk.magics.runner import Magics

_UNKNOWN = "there is no variable"
_Names = Annotated[str, Option(complete="variable", help="variables")]
_As = Annotated[str, Option("-a", "the name that the variable gets there")]
_Table = Annotated[bool, Option(help="the value is a table: columns, records, or lines with tabs")]
_Numbers = Annotated[bool, Option("-n", "text that looks like a number becomes one")]


async def _complete(magics: Magics, use: Use, request: CompleteRequest, context: Context) -> CompleteReply | None:
    """The names of variables, where one may stand."""
    before, _, word = request.code.rpartition(" ")
    magic = magics.set.find(use)
    if magic is None or word.startswith("-"):
        return None
    expected = magic.arguments(magics.syntax.prefix).expected(before)
    if expected is None or expected.complete != "variable":
        return None
    from sdk.magics.exchange.naming import names_here, names_there  # most sessions have one language
    from sdk.magics.kernels import other_kernels

    words = before.split()
    source = next((name for flag, name in itertools.pairwise(words) if flag in ("--from", "-f")), "")
    if not source and use.name in ("put", "push", "set"):
        found = await names_here(magics.kernel, context)
    else:
        other = other_kernels(magics).find(source)
        found = await names_there(other, context) if other is not None else []
    matches = sorted({name for name in found if name.startswith(word)})
    end = len(request.code)
    return CompleteReply(matches, end - len(word), end)


@line_magic(aliases=("pull",), complete=_complete, is_meant=are_names)
async def get(
    call: Call,
    *names: _Names,
    from_: Annotated[str, Option("-f", "whose variables; else the last used kernel's, else Python's", "kernel")] = "",
    to: Annotated[str, Option("-t", "which kernel gets them; else this one", "kernel")] = "",
    as_: _As = "",
    table: _Table = False,
    numbers: _Numbers = False,
) -> None:
    """Get variables from another kernel of the notebook.

    Numbers, text, lists, dicts, arrays and tables become what this language has for them, large arrays without being
    written as text; what does not fit is named, with its place.
    """
    _check(call, names, as_)
    if not (from_ or to) and not _has_other(call) and call.is_rather_comment("no other kernel was used yet"):
        return
    from sdk.magics.exchange.sides import here, side  # most sessions have one language

    target = await side(call, to) if to else here(call)
    await _move(call, await side(call, from_), target, names, as_, table=table, numbers=numbers)


@line_magic(aliases=("push",), complete=_complete, is_meant=are_names)
async def put(
    call: Call,
    *names: _Names,
    to: Annotated[str, Option("-t", "which kernel gets them; else the last used one, else Python", "kernel")] = "",
    from_: Annotated[str, Option("-f", "whose variables; else this kernel's", "kernel")] = "",
    as_: _As = "",
    table: _Table = False,
    numbers: _Numbers = False,
) -> None:
    """Put variables of this kernel into another one of the notebook.

    Numbers, text, lists, dicts, arrays and tables become what the other language has for them, large arrays without
    being written as text; what does not fit is named, with its place.
    """
    _check(call, names, as_)
    if not (from_ or to) and await _is_comment(call, names):
        return
    from sdk.magics.exchange.sides import here, side  # most sessions have one language

    source = await side(call, from_) if from_ else here(call)
    await _move(call, source, await side(call, to), names, as_, table=table, numbers=numbers)


@line_magic(name="set", complete=_complete, is_meant=is_assignment)
async def set_variable(
    call: Call,
    name: _Names,
    value: Annotated[Rest, Option(help="as Python writes it: 42, 1.5, 'text', [1, 2], {'a': 1}, True, None")],
) -> None:
    """Set a variable of this language to a value that is written here, the same in every language."""
    from ast import literal_eval

    from sdk.errors import KernelSDKError
    from sdk.exchange import ExchangeError
    from sdk.magics.exchange.sides import here

    target = here(call)
    try:
        read = literal_eval(value)
    except (ValueError, SyntaxError):
        raise call.error(f"{value}: this is no value as Python writes it, such as 42, 'text' or [1, 2]") from None
    try:
        await target.set(name, read)
    except (ExchangeError, KernelSDKError) as error:
        raise call.error(str(error)) from None


def _check(call: Call, names: Sequence[str], new_name: str) -> None:
    if not names:
        raise call.error(f"NAME is missing; {call.shown} --help")
    if new_name and len(names) > 1:
        raise call.error(f"--as {new_name}: it names one variable, and {len(names)} are given; use one line for each")


async def _move(  # the parameters are what a user may write behind the name
    call: Call, source: Side, target: Side, names: Sequence[str], new_name: str, *, table: bool, numbers: bool
) -> None:
    from sdk.errors import ExecutionError, KernelSDKError
    from sdk.exchange import ExchangeError
    from sdk.magics.exchange.changing import changes
    from sdk.magics.exchange.moving import move

    change = changes(as_table=table, as_numbers=numbers)
    for name in names:
        try:
            await move(source, name, target, new_name or name, change)
        except ExecutionError:
            raise
        except (ExchangeError, KernelSDKError) as error:
            if not (_UNKNOWN in str(error) and call.is_rather_comment(str(error))):
                raise call.error(str(error)) from None
            return


def _may_be_comment(call: Call) -> bool:
    """Whether the line may be a comment of the language's: "%get the mean of all". Comments have no options."""
    return call.magics.syntax.is_comment and not any(word.startswith("-") for word in call.use.text.split())


async def _is_comment(call: Call, names: Sequence[str]) -> bool:
    """Whether it may be a comment, and there is no such variable: then no other kernel is started for it."""
    if not _may_be_comment(call):
        return False
    from sdk.magics.exchange.naming import names_here  # most sessions have one language

    known = await names_here(call.kernel, call.context)
    missing = [name for name in names if name not in known]
    return bool(missing) and call.is_rather_comment(f"variable {missing[0]!r}: {_UNKNOWN} of this name")


def _has_other(call: Call) -> bool:
    from sdk.magics.kernels import other_kernels

    return bool(other_kernels(call).last)
