"""What may be written after `python -m sdk`. Knows the words and nothing of what they do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

_EXAMPLES = """\
examples:
  python -m sdk install --name bash              the bash kernel
  python -m sdk install --name myenv             the Python kernel of this environment, as "myenv"
  python -m sdk install bash --name gpu --env CUDA_VISIBLE_DEVICES 0
  python -m sdk install --all                    every kernel whose language is on this machine
  python -m sdk list
  python -m sdk doctor bash                      start it and see what is wrong
  python -m sdk check --name bash                run the conformance checks
  python -m sdk uninstall bash

Start an installed kernel with:  jupyter console --kernel NAME
"""


def build_parser(kernel: str | None = None) -> argparse.ArgumentParser:
    """Build the parser; for one `kernel`, its name need not be given."""
    parser = _Parser(
        prog=f"python -m {_program(kernel)}",
        description="Install, remove, list and examine Jupyter kernels.",
        epilog=_EXAMPLES if kernel is None else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_install(commands, kernel)
    _add_uninstall(commands, kernel)
    _add_listing(commands)
    _add_examinations(commands, kernel)
    parser.set_defaults(fixed_kernel=kernel)
    return parser


def join_env(arguments: Sequence[str]) -> list[str]:
    """Write `--env KEY VALUE` as one argument, so that VALUE may begin with a dash; `--env KEY=VALUE` is one."""
    joined: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument != "--env":
            joined.append(argument)
        elif (key := next(rest, None)) is None:
            joined.append("--env")
        elif "=" in key:
            joined.append(f"--env={key}")
        else:
            value = next(rest, None)
            joined.append(f"--env={key}" if value is None else f"--env={key}={value}")
    return joined


def _program(kernel: str | None) -> str:
    if kernel is None:
        return "sdk"
    spec = getattr(sys.modules["__main__"], "__spec__", None)  # what `-m` started
    return str(spec.parent) if spec is not None and spec.parent else kernel


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """End with status 2 and one line, as every error of this command line is told."""
        self.exit(2, f"error: {message}; see {self.prog} --help\n")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: the distribution's metadata costs a start 20 ms."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help="say the version and end")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from sdk.kernelspec import SDK_DISTRIBUTION, version_of

        python = ".".join(map(str, sys.version_info[:3]))
        print(f"{SDK_DISTRIBUTION} {version_of(SDK_DISTRIBUTION)} (Python {python})")
        parser.exit()


def _variable(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r}: a name and a value are needed, as in --env LANG C.UTF-8")
    return key, value


def _add_install(commands: Any, kernel: str | None) -> None:
    parser = commands.add_parser("install", help="make a kernel known to Jupyter")
    if kernel is None:
        parser.add_argument("kernel", nargs="?", metavar="KERNEL", help="which kernel; left out, NAME says it")
    parser.add_argument("--name", metavar="NAME", help="the name Jupyter will know it by (default: the kernel's)")
    parser.add_argument("--display-name", metavar="TEXT", default="", help="what front-ends show")
    parser.add_argument(
        "--env",
        action="append",
        default=[],
        type=_variable,
        metavar="KEY VALUE",
        help="an environment variable for the kernel (repeatable); ${OTHER} in VALUE stands for one of Jupyter's",
    )
    parser.add_argument("--profile", metavar="NAME", default="", help="IPython profile (Python kernel only)")
    parser.add_argument("--replace", action="store_true", help="replace a kernelspec that another project wrote")
    if kernel is None:
        parser.add_argument("--all", action="store_true", help="install every kernel whose language is found")
    _add_place(parser, "install")


def _add_uninstall(commands: Any, kernel: str | None) -> None:
    parser = commands.add_parser("uninstall", help="remove kernelspecs that this project wrote")
    _add_names(parser, "which kernelspecs", required=kernel is None)
    _add_place(parser, "remove")


def _add_names(parser: argparse.ArgumentParser, meaning: str, *, required: bool) -> None:
    which = parser.add_mutually_exclusive_group(required=required)
    which.add_argument("names", nargs="*", default=[], metavar="NAME", help=meaning)
    which.add_argument("--name", action="append", metavar="NAME", help="the same, as install has it (repeatable)")


def _add_place(parser: argparse.ArgumentParser, verb: str) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--user", action="store_true", help=f"{verb} for this user")
    group.add_argument("--sys-prefix", action="store_true", help=f"{verb} in this Python's environment")
    group.add_argument("--prefix", metavar="DIR", help=f"{verb} in DIR/share/jupyter/kernels")


def _add_listing(commands: Any) -> None:
    commands.add_parser("list", help="list installed kernelspecs and whose they are")
    parser = commands.add_parser("doctor", help="examine installed kernels: start each and say what is wrong")
    _add_names(parser, "default: all that this project installed", required=False)
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="limit for a start (60)")


def _add_examinations(commands: Any, kernel: str | None) -> None:
    parser = commands.add_parser("check", help="run the conformance checks on a kernel")
    which = parser.add_mutually_exclusive_group(required=kernel is None)
    which.add_argument("--name", metavar="NAME", help="an installed kernel")
    which.add_argument("file", nargs="?", metavar="FILE", help="a kernel.json, or a .py file that runs a kernel")
    if kernel is None:
        parser = commands.add_parser("run", help="run a kernel in this process, to debug it")
        parser.add_argument("kernel", metavar="KERNEL", help="a known kernel, or a module")
        parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-f FILE", help="for the kernel")
