"""Runs the checks: each with a client of its own, and with a new kernel after one that failed."""

from __future__ import annotations

import fnmatch
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType

from sdk.errors import KernelSDKError
from sdk.protocol.shell import KernelInfoReply
from sdk.testing.conformance import busy, code, comms, envelope, execution, kernel_info, life, output, stdin, subshells
from sdk.testing.conformance.check import Check, Skipped
from sdk.testing.conformance.report import FAILED, OK, SKIPPED, Outcome, Report
from sdk.testing.conformance.subject import Subject
from sdk.testing.launch import KernelProcess
from sdk.testing.snippets import Snippets, snippets_for
from sdk.testing.spec import LaunchSpec, find_spec

_CHAPTERS: Sequence[ModuleType] = (
    kernel_info,
    envelope,
    execution,
    output,
    stdin,
    code,
    comms,
    busy,
    subshells,
    life,
)

CHECKS: Mapping[str, Check] = {
    value.name: value for chapter in _CHAPTERS for value in vars(chapter).values() if isinstance(value, Check)
}


def check_kernelspec(
    kernel: str | os.PathLike[str] | Sequence[str] | LaunchSpec,
    *,
    snippets: Snippets | None = None,
    only: Collection[str] | None = None,
    start_timeout: float = 60.0,
    patience: float = 10.0,
    env: Mapping[str, str] | None = None,
    tell: Callable[[Check, int, int], None] = lambda check, number, of: None,
) -> Report:
    """Check a kernel: a kernelspec's name or directory, or an argv with `{connection_file}`.

    `snippets`: code in its language, else ours for that language; `only`: names of checks, `*` allowed; `patience`:
    seconds in which something quick must be answered; `tell` is called with each check before it is made, its number
    and how many there are. A kernel that does not start is a failed check. Raises KernelSpecError when there is no
    such kernelspec.
    """
    spec = kernel if isinstance(kernel, LaunchSpec) else find_spec(kernel)
    chosen = [
        each for each in CHECKS.values() if only is None or any(fnmatch.fnmatch(each.name, name) for name in only)
    ]
    with ExitStack() as stack:
        runner = _Runner(spec, snippets, start_timeout, patience, env)
        stack.callback(runner.end)
        outcomes = []
        for number, each in enumerate(chosen, 1):
            tell(each, number, len(chosen))
            outcomes.append(runner.outcome(each))
        return Report(spec.name, outcomes, runner.snippets.language)


class _Runner:
    def __init__(
        self,
        spec: LaunchSpec,
        snippets: Snippets | None,
        start_timeout: float,
        patience: float,
        env: Mapping[str, str] | None,
    ) -> None:
        self.snippets = snippets or snippets_for(spec.language)
        self._spec = spec
        self._given = snippets is not None
        self._timeout = start_timeout
        self._patience = patience
        self._env = env
        self._kernel: KernelProcess | None = None
        self._starts_in_vain = 0

    def outcome(self, check: Check) -> Outcome:
        """Make the check."""
        began = time.monotonic()
        status, detail = OK, ""
        try:
            with self._subject(check) as subject:
                check.run(subject)
        except Skipped as reason:
            status, detail = SKIPPED, str(reason)
        except KernelSDKError as error:
            status, detail = FAILED, str(error)
        if status == FAILED or check.fresh:
            self.end()
        return Outcome(check, status, detail, time.monotonic() - began)

    @contextmanager
    def _subject(self, check: Check) -> Iterator[Subject]:
        """The kernel, with a client for this check alone."""
        if self._starts_in_vain >= 2:
            raise Skipped("the kernel does not start")
        if check.fresh:
            self.end()
        self._starts_in_vain += 1
        kernel = self._kernel = self._kernel or self._start()
        with kernel.client() as client:
            client.patience = self._patience
            self._starts_in_vain = 0
            info = client.kernel_info.content if client.kernel_info else None
            if isinstance(info, KernelInfoReply) and not self._given:
                self.snippets = snippets_for(str(info.language_info.get("name", "")))
            if isinstance(info, KernelInfoReply) and _version(info) < check.since:
                raise Skipped(f"the kernel speaks protocol {info.protocol_version}")
            yield Subject(kernel, client, self.snippets)

    def _start(self) -> KernelProcess:
        return KernelProcess(self._spec, env=self._env, timeout=self._timeout).__enter__()

    def end(self) -> None:
        """End the kernel."""
        kernel, self._kernel = self._kernel, None
        if kernel is not None:
            kernel.end()


def _version(info: KernelInfoReply) -> tuple[int, ...]:
    parts = info.protocol_version.split(".")[:2]
    return tuple(int(part) for part in parts if part.isdigit())
