"""Jupyter Kernel SDK: a kernel for any language is one class with `do_execute` and `do_complete`."""
