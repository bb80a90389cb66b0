"""The Python kernel: IPython's shell behind the Jupyter Kernel SDK."""
