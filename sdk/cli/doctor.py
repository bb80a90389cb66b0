"""Examines an installed kernel from its interpreter to an executed cell, and says what is wrong and the remedy."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty
from typing import TYPE_CHECKING

from sdk.errors import KernelSpecError
from sdk.kernel.language_finding import LanguageFinding
from sdk.kernelspec import (
    Document,
    InstalledSpec,
    Probe,
    expand,
    find_program,
    install_command,
    module_problem,
    probe,
    select,
)

if TYPE_CHECKING:
    from jupyter_client.blocking.client import BlockingKernelClient
    from jupyter_client.manager import KernelManager

_CELL_LIMIT = 30.0  # seconds for one small cell
_END_LIMIT = 10.0  # seconds for a kernel to end after it was asked to


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do when it is not good."""

    subject: str
    good: bool
    detail: str
    remedy: str = ""


def render(finding: Finding) -> str:
    """Give a finding's lines."""
    line = f"  {'ok  ' if finding.good else 'FAIL'}  {finding.subject}: {finding.detail}"
    return line + (f"\n        remedy: {finding.remedy}" if finding.remedy and not finding.good else "")


def examine(spec: InstalledSpec, *, timeout: float) -> Iterator[Finding]:
    """Look at one thing after the other, up to the first without which the rest makes no sense."""
    document = spec.document
    again = f"python -m sdk install --name {spec.name}" + ("" if spec.ours else " --replace")
    if document is None:
        yield Finding("kernel.json", False, spec.problem, again)
        return
    interpreter = spec.interpreter
    if interpreter is None:
        yield Finding("interpreter", False, f"{document.argv[0]} is gone", f"{again} (from the environment to be used)")
        return
    if spec.starts_python and document.module:
        try:
            answer = probe(interpreter, [document.module], env=document.env, distribution=document.note("distribution"))
        except KernelSpecError as error:
            yield Finding("interpreter", False, str(error), f"{again} (from the environment to be used)")
            return
        yield Finding("interpreter", True, f"{interpreter} ({answer.version})")
        problem = module_problem(answer, document.module)
        place = answer.modules[document.module]
        remedy = f"install {document.note('distribution') or document.module} into {answer.prefix}"
        yield Finding("package", not problem, problem or f"{document.module} in {place and place.directory}", remedy)
        if problem:
            return
        if document.marked:
            yield _dependencies(document, answer)
    else:
        yield Finding("program", True, interpreter)
    elsewhere = False
    if (finder := document.notes("finder")) and (told := _asked(interpreter, document, finder)) is not None:
        elsewhere = told.elsewhere
        yield Finding("language", told.good, "\n        | ".join([told.detail, *told.attempts]), told.remedy)
    elif command := document.notes("program"):
        language = find_program(command, document.note("package") or command[0], document.env)
        yield Finding("language", language.found, language.detail, language.remedy)
    if spec.hidden:
        yield Finding("name", False, "another kernelspec of this name is found before it", "python -m sdk list")
        return
    yield from _start(spec, document, timeout, elsewhere=elsewhere)


def _asked(interpreter: str, document: Document, finder: list[str]) -> LanguageFinding | None:
    """What the kernel itself says of where its language is; None when it says nothing of that."""
    argv = [interpreter, *(word.replace("{connection_file}", os.devnull) for word in document.argv[1:]), *finder]
    environment = {**os.environ, **expand(document.env)}
    try:
        done = subprocess.run(
            argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=_CELL_LIMIT, check=False
        )
        said = json.loads(done.stdout.splitlines()[-1])
        return None if said is None else LanguageFinding(**said)
    except subprocess.TimeoutExpired:
        return LanguageFinding(False, f"not told within {_CELL_LIMIT:.0f} s", remedy=f"try: {shlex.join(argv)}")
    except (ValueError, IndexError, TypeError):
        wrote = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["nothing"]
        return LanguageFinding(
            False, f"the kernel does not tell; it wrote: {wrote[0]}", remedy=f"try: {shlex.join(argv)}"
        )


def _dependencies(document: Document, answer: Probe) -> Finding:
    distribution = document.note("distribution")
    if answer.requires is None:
        return Finding("dependencies", False, f"{distribution} is not installed", install_command(distribution))
    installed = {name.lower().replace("_", "-"): version for name, version in answer.installed.items()}
    good, wrong = [], []
    for one in select(answer.requires, document.note("extra")):
        if one.conditional:  # for another system or another Python, perhaps: the package manager has judged it
            continue
        version = installed.get(one.name)
        if version is None:
            wrong.append(f"{one.name} is missing")
        elif not one.met_by(version):
            wrong.append(f"{one.name} {version} is older than {one.minimum}")
        else:
            good.append(f"{one.name} {version}")
    extra = document.note("extra")
    remedy = install_command(f"{distribution}[{extra}]" if extra else distribution)
    return Finding("dependencies", not wrong, "; ".join(wrong) or ", ".join(good) or "none", remedy)


def _start(spec: InstalledSpec, document: Document, timeout: float, *, elsewhere: bool) -> Iterator[Finding]:
    """Start it as Jupyter does, and see it answer, execute and end. Its process is gone afterwards in any case."""
    # Here for start-up time: it brings ZeroMQ with it, and no other command needs it.
    from jupyter_client.manager import KernelManager
    from traitlets import TraitError

    with tempfile.TemporaryDirectory(prefix="kernel-doctor-", ignore_cleanup_errors=True) as directory:
        log = os.path.join(directory, "log")
        connection_file = os.path.join(directory, "connection.json")
        manager = KernelManager(kernel_name=spec.name, connection_file=connection_file)
        try:
            with open(log, "wb") as output:
                began = time.perf_counter()
                manager.start_kernel(cwd=directory, stdout=output, stderr=output)
            client = manager.blocking_client()
            client.start_channels()
            try:
                yield from _talk(manager, client, document, began, timeout, elsewhere=elsewhere)
            finally:
                client.stop_channels()
        except (RuntimeError, OSError, LookupError, TraitError, Empty) as error:
            yield Finding("start", False, _last_words(error, log), f"try: {' '.join(document.argv)}")
        finally:
            if manager.has_kernel:
                manager.shutdown_kernel(now=True)


def _talk(
    manager: KernelManager,
    client: BlockingKernelClient,
    document: Document,
    began: float,
    timeout: float,
    *,
    elsewhere: bool,
) -> Iterator[Finding]:
    client.wait_for_ready(timeout=timeout)
    seconds = time.perf_counter() - began
    info = client.kernel_info(reply=True, timeout=timeout)["content"]
    says = f"{info.get('implementation')} {info.get('implementation_version')}"
    yield Finding("start", True, f"{says}, protocol {info.get('protocol_version')}, ready in {seconds:.2f} s")
    if elsewhere:
        yield Finding("cell", True, "none is run: it would go elsewhere, and may be asked for a password on the way")
    else:
        yield _cell(client, document, timeout)
    began = time.perf_counter()
    client.shutdown()
    while manager.is_alive() and time.perf_counter() - began < _END_LIMIT:
        time.sleep(0.02)  # a process that is not told of is looked at
    seconds = time.perf_counter() - began
    if manager.is_alive():
        yield Finding("end", False, f"still there {_END_LIMIT:.0f} s after it was asked to end", "it was killed")
    else:
        yield Finding("end", True, f"{seconds:.2f} s after it was asked to")


def _cell(client: BlockingKernelClient, document: Document, timeout: float) -> Finding:
    code = document.note("example")
    began = time.perf_counter()
    reply = client.execute_interactive(
        code, allow_stdin=False, timeout=max(timeout, _CELL_LIMIT), output_hook=lambda message: None
    )["content"]
    seconds = time.perf_counter() - began
    if reply["status"] == "ok":
        return Finding("cell", True, f"{code!r} in {seconds * 1000:.0f} ms")
    error = f"{reply.get('ename', reply['status'])}: {reply.get('evalue', '')}"
    return Finding("cell", False, f"{code!r} ended with {error}", f"run it by hand: {' '.join(document.argv)}")


def _last_words(error: BaseException, log: str) -> str:
    """Give the error and the end of what the kernel wrote."""
    lines = []
    if os.path.exists(log):
        with open(log, "rb") as file:
            lines = file.read()[-4000:].decode(errors="replace").strip().splitlines()
    said = "it did not answer in time" if isinstance(error, Empty) else str(error)
    return said if not lines else f"{said}; the kernel wrote: " + "\n        | ".join(["", *lines[-8:]])
