"""Small notebooks, one for each kernel, and a program that runs them: `python -m examples.demo`."""
