"""What each command does and says. Results go to stdout, notes and errors to stderr."""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from collections.abc import Callable

from sdk.cli.doctor import examine, render
from sdk.errors import ConfigurationError, KernelSpecError
from sdk.kernelspec import (
    Choices,
    InstalledSpec,
    Place,
    Template,
    check_name,
    choose_place,
    compile_for,
    find_installed,
    find_language,
    install,
    installed_specs,
    known_kernels,
    load_template,
    occupant,
    problems,
    removable,
    uninstall,
)

_PYTHON = "python"  # the kernel that a name which is no kernel's installs


def _install(options: argparse.Namespace) -> int:
    kernel = options.fixed_kernel or options.kernel
    if options.fixed_kernel is None and options.all:
        if kernel or options.name or options.display_name or options.profile:
            raise ConfigurationError("--all takes no KERNEL, --name, --display-name or --profile")
        return _install_all(options)
    if not kernel and options.name is None:
        raise ConfigurationError(f"say which kernel: install --name NAME; known kernels: {', '.join(known_kernels())}")
    if kernel is None:
        kernel = options.name.lower() if options.name.lower() in known_kernels() else _PYTHON
    template = load_template(kernel)
    _install_one(template, template.name if options.name is None else options.name, options)
    language = find_language(template.document, template.distribution)
    if not language.found:
        _note(f"the kernel's language is missing: {language.detail}; to install it: {language.remedy}")
    return 0


def _install_all(options: argparse.Namespace) -> int:
    """Install what can run. What fails for one kernel (a foreign spec in its place) does not stop the others."""
    status = 0
    for name in known_kernels():
        try:
            template = load_template(name)
            language = find_language(template.document, template.distribution)
            if reason := template.document.note("not_in_all"):
                print(f"left out {name}: {reason}; to install it: python -m sdk install --name {name}")
            elif language.found:
                _install_one(template, _free_name(name, options), options)
            else:
                print(f"left out {name}: {language.detail}; to install it: {language.remedy}")
        except KernelSpecError as error:
            print(f"error: {error}", file=sys.stderr)
            status = 1
    return status


def _free_name(name: str, options: argparse.Namespace) -> str:
    """Give a name that another project's kernelspec does not have: `--all` asks for kernels, not for names."""
    standing = occupant(name, _place(options))
    if standing is None or standing.ours or options.replace:
        return name
    _note(f"{standing.directory} is not of this project (of {standing.owner}); installing beside it, as {name}-sdk")
    return f"{name}-sdk"


def _place(options: argparse.Namespace) -> Place:
    return choose_place(user=options.user, sys_prefix=options.sys_prefix, prefix=options.prefix)


def _install_one(template: Template, name: str, options: argparse.Namespace) -> None:
    place = _place(options)
    choices = Choices(
        name=name,
        display_name=options.display_name,
        env=dict(options.env),
        profile=options.profile,
        replace=options.replace,
    )
    done = install(template, choices, place)
    if done.replaced is not None:
        print(f"replaced {_describe(done.replaced)}")
    print(f"installed {done.spec.name} ({done.spec.display_name}) in {done.spec.directory}")
    print(f"  there because: {place.reason}")
    compiled = compile_for(template)
    if compiled.files:
        print(f"  compiled {compiled.files} Python files, so that it starts quickly")
    if compiled.unwritable:
        more = f" and {len(compiled.unwritable) - 1} more" if len(compiled.unwritable) > 1 else ""
        _note(f"not compiled, because the directory is not writable: {compiled.unwritable[0]}{more}")
    for note in done.notes:
        _note(note)
    print(f"  start it with: jupyter console --kernel {done.spec.name}")


def _describe(spec: InstalledSpec) -> str:
    if spec.document is None:
        return f"{spec.directory}, which could not be read"
    version = spec.document.note("version")
    return f"{spec.display_name!r} of {spec.owner}{' ' + version if version else ''}: {' '.join(spec.document.argv)}"


def _names(options: argparse.Namespace) -> list[str]:
    return options.names or options.name or ([options.fixed_kernel] if options.fixed_kernel else [])


def _uninstall(options: argparse.Namespace) -> int:
    names = _names(options)
    place: Place | None = None
    if options.user or options.sys_prefix or options.prefix is not None:
        place = _place(options)
    for name in names:
        removable(name, place)  # all or none: a wrong name is told before anything is gone
    for name in dict.fromkeys(names):
        spec = uninstall(name, place)
        print(f"removed {spec.name} from {spec.directory}")
        left = [other for other in installed_specs() if other.name == spec.name]
        if left:
            _note(f"another {spec.name!r} is still installed: {left[0].directory} ({left[0].owner})")
    return 0


def _list(options: argparse.Namespace) -> int:
    specs = installed_specs()
    wrong = problems(specs)
    rows = [("NAME", "DISPLAY NAME", "OWNER", "DIRECTORY")]
    rows += [(spec.name, spec.display_name, spec.owner, spec.directory) for spec in specs]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    marks = [""] + ["  [hidden by the one above]" if spec.hidden else "" for spec in specs]
    marks = [mark + (f"  [{wrong[row[3]]}]" if row[3] in wrong else "") for mark, row in zip(marks, rows, strict=True)]
    for row, mark in zip(rows, marks, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)]
        print("  ".join([*cells, row[3]]) + mark)
    names = {spec.document.note("kernel") for spec in specs if spec.ours and spec.document}
    if rest := [name for name in known_kernels() if name not in names]:
        print(f"not installed: {', '.join(rest)}  (python -m sdk install --name NAME)")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    names = _names(options)
    specs = [find_installed(check_name(name)) for name in names] if names else [s for s in installed_specs() if s.ours]
    if not specs:
        known = ", ".join(known_kernels())
        raise KernelSpecError(f"no kernel of this project is installed: python -m sdk install --name NAME ({known})")
    failed = False
    for spec in specs:
        print(f"{spec.name} ({spec.display_name}) in {spec.directory}")
        for finding in examine(spec, timeout=options.timeout):
            failed = failed or not finding.good
            print(render(finding), flush=True)
    return int(failed)


def _check(options: argparse.Namespace) -> int:
    # Here for start-up time: the checks bring ZeroMQ and a whole client with them.
    from sdk.cli.check import check

    name = options.name or (None if options.file else options.fixed_kernel)
    report = check(name=name, file=options.file)
    print(report.render())
    return 0 if report.passed else 1


def _run(options: argparse.Namespace) -> int:
    name = options.kernel
    module = load_template(name).document.module if name.lower() in known_kernels() else name
    # As a kernelspec starts it (-P): what lies in the current directory does not count.
    if not sys.flags.safe_path and sys.path and sys.path[0] in {"", os.getcwd()}:
        del sys.path[0]
    sys.argv = [module, *options.arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    return 0


def _note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)


TABLE: dict[str, Callable[[argparse.Namespace], int]] = {
    "install": _install,
    "uninstall": _uninstall,
    "list": _list,
    "doctor": _doctor,
    "check": _check,
    "run": _run,
}
