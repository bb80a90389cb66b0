"""`python -m examples.node -f FILE` serves the kernel."""

from examples.node.kernel import NodeKernel
from sdk.app import run

if __name__ == "__main__":
    run(NodeKernel)
