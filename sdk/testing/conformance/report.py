"""What came of the checks: a report card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sdk.testing.conformance.check import SPEC, Check

OK, FAILED, SKIPPED = "ok", "failed", "skipped"
_HEAD, _TAIL = 2, 8  # lines
_LONG, _START = 200, 120  # characters: of a line, and of its beginning when it is longer
_TITLES = {SPEC: "The messaging spec", "better": "Better than the spec asks"}


@dataclass(frozen=True)
class Outcome:
    """One check: how it ended, why, and how long it took (seconds)."""

    check: Check
    status: str
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Report:
    """All outcomes for one kernel."""

    kernel: str
    outcomes: Sequence[Outcome]
    snippets: str = ""

    @property
    def passed(self) -> bool:
        """Whether no check of the spec failed, and any was made at all."""
        return not self.failures and any(outcome.status == OK for outcome in self.outcomes)

    @property
    def failures(self) -> list[Outcome]:
        """The failed checks of the spec."""
        return [outcome for outcome in self.outcomes if outcome.status == FAILED and outcome.check.level == SPEC]

    def status(self, name: str) -> str:
        """How the check `name` ended."""
        return next(outcome.status for outcome in self.outcomes if outcome.check.name == name)

    def render(self) -> str:
        """The report card as text."""
        lines = [f"Conformance of {self.kernel}"]
        for level, title in _TITLES.items():
            chosen = [outcome for outcome in self.outcomes if outcome.check.level == level]
            if chosen:
                lines += ["", f"{title}: {_counts(chosen)}", *(line for each in chosen for line in _lines(each))]
        return "\n".join([*lines, "", "passed" if self.passed else "NOT PASSED"])


def _counts(outcomes: Sequence[Outcome]) -> str:
    by_status = {name: sum(outcome.status == name for outcome in outcomes) for name in (OK, FAILED, SKIPPED)}
    return ", ".join(f"{number} {name}" for name, number in by_status.items() if number)


def _lines(outcome: Outcome) -> list[str]:
    first = f"  {outcome.status:7}  {outcome.check.title}"
    if outcome.status == SKIPPED:
        return [f"{first}: {outcome.detail}"]
    if outcome.status == FAILED:
        return [first, *(f"             {_cut(line)}" for line in _shortened(outcome.detail.splitlines()))]
    return [first]


def _shortened(lines: list[str]) -> list[str]:
    """The beginning, which says what was expected, and the end, where the kernel's own words stand."""
    if len(lines) <= _HEAD + _TAIL:
        return lines
    return [*lines[:_HEAD], f"... ({len(lines) - _HEAD - _TAIL} lines)", *lines[-_TAIL:]]


def _cut(line: str) -> str:
    """A long line's two ends."""
    return line if len(line) <= _LONG else f"{line[:_START]} ... {line[_START - _LONG :]}"
