"""A Jupyter kernel for GNU Octave: one interactive Octave on a terminal of its own, driven by `sdk.repl`."""
