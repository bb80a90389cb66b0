"""A kernel for Lua, known by its prompt."""
