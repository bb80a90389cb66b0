"""`ipykernel.pylab`: where matplotlib_inline once was."""
