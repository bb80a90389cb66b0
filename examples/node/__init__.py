"""A kernel for Node, known by its prompt."""
