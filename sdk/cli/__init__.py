"""The command line, `python -m sdk`: reads arguments, says what came of them. What is done is `sdk.kernelspec`'s."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from sdk.cli.arguments import build_parser, join_env
from sdk.errors import ConfigurationError, KernelSDKError

COMMANDS = ("install", "uninstall", "list", "doctor", "check", "run")


def main(argv: Sequence[str] | None = None, *, kernel: str | None = None) -> int:
    """Run one command and give the exit status: 0 done, 1 failed, 2 wrong usage.

    With `kernel` (a known kernel's name) this is the command line of that kernel: `python -m bash_kernel install`.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a display name that the terminal cannot show is no failure
    try:
        options = build_parser(kernel).parse_args(join_env(arguments))
    except SystemExit as end:  # argparse has already said why
        return end.code if isinstance(end.code, int) else 2
    try:
        # Here for start-up time: --help and wrong usage need neither json nor subprocess nor Jupyter's paths.
        from sdk.cli import commands

        status = commands.TABLE[options.command](options)
        sys.stdout.flush()
    except ConfigurationError as error:
        return _fail(str(error), 2)
    except KernelSDKError as error:
        return _fail(str(error), 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # `... | head`: nobody reads, nothing is wrong
        return 1
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), 1)
    except KeyboardInterrupt:
        return 130
    return status


def _fail(text: str, status: int) -> int:
    print("error: " + " ".join(text.split("\n")), file=sys.stderr)
    return status
