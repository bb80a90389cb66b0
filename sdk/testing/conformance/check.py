"""One check, and the ways in which it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdk.errors import KernelSDKError

if TYPE_CHECKING:
    from sdk.testing.conformance.subject import Subject

SPEC = "spec"  # the messaging spec, or what every front-end relies on
BETTER = "better"  # more than the spec asks; shown apart, and does not fail a report


class Failed(KernelSDKError):
    """The kernel did something else than expected."""

    def __init__(self, expected: str, came: str) -> None:
        super().__init__(f"expected {expected}; came {came}")


class Skipped(KernelSDKError):
    """The check does not apply to this kernel, or there is no code for it in this language."""


@dataclass(frozen=True)
class Check:
    """A named check. `fresh` ones get a kernel process of their own, because they end it."""

    name: str
    run: Callable[[Subject], None]
    level: str = SPEC
    fresh: bool = False
    since: tuple[int, int] = (5, 0)

    @property
    def title(self) -> str:
        """The name as words."""
        return self.name.replace("_", " ")


def check(
    *, level: str = SPEC, fresh: bool = False, since: tuple[int, int] = (5, 0)
) -> Callable[[Callable[[Subject], None]], Check]:
    """Make a Check of a function. `since`: the protocol version that brought what is checked."""
    return lambda function: Check(function.__name__, function, level, fresh, since)


def expect(what: str, came: object, wanted: object) -> None:
    """Raise Failed unless both are equal."""
    if came != wanted:
        raise Failed(f"{what} {shown(wanted)}", shown(came))


def expect_that(condition: object, expected: str, came: object) -> None:
    """Raise Failed unless `condition` holds."""
    if not condition:
        raise Failed(expected, shown(came))


def shown(value: object) -> str:
    """A value in a report: its repr, cut to a line or two."""
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:200]} ... {text[-90:]}"
