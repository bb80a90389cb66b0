"""Cells that run in the background: in the language itself where it can, else in a kernel of their own.

What a job says is said in the name of the cell that has started it, while it comes.
"""

from __future__ import annotations

from sdk.magics.jobs.job import Job, Jobs

__all__ = ["Job", "Jobs"]
