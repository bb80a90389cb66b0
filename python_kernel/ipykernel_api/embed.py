"""`ipykernel.embed`: a kernel in the middle of a program."""

from __future__ import annotations

from python_kernel.embedding import embed_kernel

from .kernelapp import IPKernelApp

__all__ = ["IPKernelApp", "embed_kernel"]
