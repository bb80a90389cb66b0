"""Kernelspec templates: a directory for each kernel, with `kernel.json` and logos. Data, which `install` fills in."""
