"""A Jupyter kernel for bash: one interactive shell on a terminal of its own, driven by `sdk.repl`."""
