"""`python -m python_kernel -f FILE` runs the kernel; `python -m python_kernel install ...` installs its kernelspec."""

from __future__ import annotations

import gc
import signal
import sys


def main(argv: list[str]) -> int:
    """What the command line asks for; its exit status."""
    if argv and not argv[0].startswith("-"):
        from sdk.cli import main as command  # start-up time: a kernel never needs it

        return command(argv, kernel="python")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the kernel is not there yet to take it: it would end the process
    collects = gc.isenabled()
    gc.disable()  # see sdk.garbage
    from python_kernel.kernel import PythonKernel
    from sdk.app import run

    PythonKernel.collects_garbage = collects
    run(PythonKernel)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
