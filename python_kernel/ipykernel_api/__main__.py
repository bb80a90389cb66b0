"""`python -m python_kernel.ipykernel_api [-m MODULE | FILE] ...`: runs a program that finds this API as `ipykernel`.

So `python -m python_kernel.ipykernel_api -m IPython kernel` starts our kernel, and `IPython.embed_kernel()` does in a
program that is run so.
"""

from __future__ import annotations

import os
import runpy
import sys

from python_kernel.serving import serve

_USAGE = "usage: python -m python_kernel.ipykernel_api [-m MODULE | FILE] [ARGUMENT ...]\n"


def main(argv: list[str]) -> None:
    """Run the program that `argv` names."""
    if not argv or argv[0] in ("-h", "--help") or argv == ["-m"]:
        sys.stderr.write(_USAGE)
        sys.exit(2 if not argv or argv == ["-m"] else 0)
    serve()
    if argv[0] == "-m":
        sys.argv = argv[1:]
        sys.path.insert(0, os.getcwd())
        runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = argv
        sys.path.insert(0, os.path.dirname(os.path.abspath(argv[0])))
        runpy.run_path(argv[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
