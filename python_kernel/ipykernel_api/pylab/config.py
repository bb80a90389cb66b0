"""`ipykernel.pylab.config`: `matplotlib_inline.config` under its old name."""

from matplotlib_inline.config import *  # noqa: F403
