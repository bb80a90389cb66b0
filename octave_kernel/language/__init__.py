"""Octave's language: the pieces of a cell, its statements, and whether it is complete. Asks no Octave."""
