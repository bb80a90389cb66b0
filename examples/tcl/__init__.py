"""A kernel for Tcl, known by its prompt."""
