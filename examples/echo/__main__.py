"""`python -m examples.echo -f FILE` serves the kernel."""

from examples.echo.kernel import EchoKernel
from sdk.app import run

if __name__ == "__main__":
    run(EchoKernel)
