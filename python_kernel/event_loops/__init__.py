"""GUI event loops that run while the kernel waits: %gui, and matplotlib's windows. One file for each toolkit.

A window lives while no cell runs, and while one awaits; the kernel answers at once, because the toolkit's loop watches
the descriptor that tells that there is something to do.
"""
