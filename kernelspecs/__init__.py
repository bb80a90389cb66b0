"""Kernelspec templates: one directory a kernel with `kernel.json` and logos. Data only; `python -m sdk install` fills them in."""
