"""`python -m examples.gnuplot -f FILE` serves the kernel."""

from examples.gnuplot.kernel import GnuplotKernel
from sdk.app import run

if __name__ == "__main__":
    run(GnuplotKernel)
