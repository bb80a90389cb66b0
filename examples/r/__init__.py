"""A kernel for R, known by its prompt."""
