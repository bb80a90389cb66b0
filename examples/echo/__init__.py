"""A whole kernel in 30 lines: it says what it is told."""
