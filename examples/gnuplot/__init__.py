"""A kernel for Gnuplot, known by its prompt."""
