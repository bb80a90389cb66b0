"""`python -m examples.tcl -f FILE` serves the kernel."""

from examples.tcl.kernel import TclKernel
from sdk.app import run

if __name__ == "__main__":
    run(TclKernel)
