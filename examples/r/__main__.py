"""`python -m examples.r -f FILE` serves the kernel."""

from examples.r.kernel import RKernel
from sdk.app import run

if __name__ == "__main__":
    run(RKernel)
