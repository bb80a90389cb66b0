"""`ipykernel.pylab.backend_inline`: `matplotlib_inline.backend_inline` under its old name."""

from matplotlib_inline.backend_inline import *  # noqa: F403
