"""Where temporary directories are made, and how they go: what of tempfile and shutil a start can do without."""

from __future__ import annotations

import os
from contextlib import suppress

_USUAL = "/tmp"  # tempfile's own choice where the environment names none


def temporary_directory() -> str:
    """The directory that `tempfile.gettempdir` gives, with its links resolved. Raises FileNotFoundError."""
    named = next(filter(None, (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))), _USUAL)
    if os.path.isdir(named) and os.access(named, os.W_OK | os.X_OK):
        return os.path.realpath(named)
    import tempfile  # 7 ms, and 1.5 MB: compression, random numbers

    return os.path.realpath(tempfile.gettempdir())


def remove(directory: str) -> None:
    """Remove a directory and all that is in it, as far as that is possible."""
    with suppress(OSError):
        for name in os.listdir(directory):
            with suppress(OSError):
                os.unlink(os.path.join(directory, name))
        os.rmdir(directory)
        return
    if os.path.isdir(directory):
        import shutil  # something has made directories in there

        shutil.rmtree(directory, ignore_errors=True)
