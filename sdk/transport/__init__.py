"""Sockets, threads and loops: how messages reach a kernel and leave it. Knows nothing of what they say.

`docs/architecture.md` tells which thread does what, and why: whoever has something to say sends it himself, reading is
a critical section that any thread may enter, and whoever holds a socket's lock leaves the socket drained.
"""
