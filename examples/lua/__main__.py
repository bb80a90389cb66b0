"""`python -m examples.lua -f FILE` serves the kernel."""

from examples.lua.kernel import LuaKernel
from sdk.app import run

if __name__ == "__main__":
    run(LuaKernel)
