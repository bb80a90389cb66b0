"""Magics: the frame without sockets, and every magic in real kernels."""
