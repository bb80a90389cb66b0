"""`python -m examples.sqlite -f FILE` serves the kernel."""

from examples.sqlite.kernel import SqliteKernel
from sdk.app import run

if __name__ == "__main__":
    run(SqliteKernel)
