"""A kernel for SQLite, known by its prompt."""
