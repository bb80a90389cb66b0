"""A directory put in its place at once: written beside it, made durable, then renamed. Knows nothing of kernels."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Mapping

from sdk.errors import KernelSpecError

_REMEDIES = {
    errno.EACCES: "it is not writable; choose another place with --user or --prefix DIR",
    errno.EPERM: "it is not writable; choose another place with --user or --prefix DIR",
    errno.EROFS: "the file system is read-only; choose another place with --user or --prefix DIR",
    errno.ENOSPC: "the disk is full; free some room or choose another place with --prefix DIR",
    errno.EDQUOT: "your disk quota is used up; free some room or choose another place with --prefix DIR",
    errno.EFBIG: "a file may not grow so large here (disk or `ulimit -f`); choose another place with --prefix DIR",
    errno.ENOTDIR: "a part of that path is a file",
    errno.ENOENT: "somebody else removed it at the same moment; try again",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOTEMPTY: "somebody else wrote it at the same moment; try again",
    errno.EEXIST: "somebody else wrote it at the same moment; try again",
}


def put_directory(target: str, contents: Mapping[str, bytes], *, previous: str | None = None) -> None:
    """Make directory `target` with the files `contents`; `previous` (often `target` itself) goes away for it.

    Whoever looks sees the old directory or the new one, never a half. On failure the old one stays, and KernelSpecError
    says why.
    """
    parent = os.path.dirname(target)
    try:
        if not os.path.isdir(parent):
            os.makedirs(parent)
    except FileExistsError as error:
        raise KernelSpecError(f"{parent}: {error.filename} is not a directory") from error
    except OSError as error:
        raise _explained(error, parent) from error
    try:
        # One level down, so that Jupyter does not take the unfinished directory for a kernelspec.
        with tempfile.TemporaryDirectory(prefix=".kernelspec-", dir=parent, ignore_cleanup_errors=True) as scratch:
            fresh, old = os.path.join(scratch, "new"), os.path.join(scratch, "old")
            os.mkdir(fresh, 0o755)
            for name, data in contents.items():
                _write(os.path.join(fresh, name), data)
            _sync(fresh)
            _exchange(fresh, target, previous, old)
            _sync(parent)
    except OSError as error:
        raise _explained(error, target) from error


def remove_directory(target: str) -> None:
    """Remove directory `target` (or the link that stands there) at once; KernelSpecError says why it cannot."""
    parent = os.path.dirname(target)
    try:
        with tempfile.TemporaryDirectory(prefix=".kernelspec-", dir=parent, ignore_cleanup_errors=True) as scratch:
            os.rename(target, os.path.join(scratch, "old"))
            _sync(parent)
    except OSError as error:
        raise _explained(error, target) from error


def _exchange(fresh: str, target: str, previous: str | None, old: str) -> None:
    if previous is None:
        os.rename(fresh, target)
        return
    os.rename(previous, old)
    try:
        os.rename(fresh, target)
    except BaseException:  # an interrupt too: what was there must be there again
        os.rename(old, previous)
        raise


def _write(path: str, data: bytes) -> None:
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: str) -> None:
    if os.name == "nt":  # a directory cannot be opened there
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some network file systems cannot
            raise
    finally:
        os.close(descriptor)


def read_files(directory: str, suffixes: tuple[str, ...]) -> dict[str, bytes]:
    """Read the files of `directory` that end in one of `suffixes`."""
    contents = {}
    for name in sorted(os.listdir(directory)):
        if name.endswith(suffixes):
            with open(os.path.join(directory, name), "rb") as file:
                contents[name] = file.read()
    return contents


def _explained(error: OSError, target: str) -> KernelSpecError:
    remedy = _REMEDIES.get(error.errno or 0, error.strerror or str(error))
    return KernelSpecError(f"{target}: {remedy}")
