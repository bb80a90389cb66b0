"""Places to run a language in: behind an sshd of the tests' own, as another user, where other files are seen."""

from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import needs
from tests.waiting import until

ANOTHER_USER = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
OTHER_FILES = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /tmp && exec "$@"', "sh"]


class Sshd(NamedTuple):
    """A running sshd of the tests' own."""

    folder: Path
    port: int

    def prefix(self, *options: str, key: str = "key", known: str = "known_hosts") -> list[str]:
        return [
            *("ssh", "-t", "-F", "none", "-p", str(self.port), "-i", str(self.folder / key)),
            *(
                "-o",
                f"UserKnownHostsFile={self.folder / known}",
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "IdentityAgent=none",
            ),
            *(*options, "127.0.0.1"),
        ]


@contextmanager
def running_sshd(folder: Path) -> Iterator[Sshd]:
    """An sshd on a loopback port, with keys, configuration and known hosts of its own."""
    needs("sshd", "ssh")
    for name, passphrase in (("host", ""), ("key", ""), ("locked", "open sesame")):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(folder / name)]
        subprocess.run(command, check=True, timeout=20)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "authorized_keys").write_text((folder / "key.pub").read_text() + (folder / "locked.pub").read_text())
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {folder / 'authorized_keys'}\nStrictModes no\nPasswordAuthentication no\n"
        "PermitRootLogin yes\nMaxStartups 100\n"
    )
    if os.getuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # where it separates its privileges
    program = shutil.which("sshd") or "/usr/sbin/sshd"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "-D", "-e", "-f", str(folder / "config")], stderr=log)
    try:
        until(lambda: "listening on" in (folder / "log").read_text())
        yield Sshd(folder, port)
    finally:
        process.terminate()
        process.wait(10)


# A container of this machine's own files, without an image to fetch: only /tmp is another one. Where there are cgroups
# of both versions it is given the new ones alone, and it wants no more limits than may be set here.
_NAMESPACE = """
mount --make-rprivate / && mount --bind / "$0/root" || exit
[ -e /sys/fs/cgroup/cgroup.controllers ] || { umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup; }
exec "$@"
"""
_CONTAINER = ["run", "--rm", "--name", "there", "--cgroups", "disabled", "--network", "none"]
_LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
_FILES = ["--tmpfs", "/tmp:notmpcopyup", "--workdir", "/", "--rootfs"]


@contextmanager
def running_container() -> Iterator[list[str]]:
    """A container of the tests' own; gives the prefix that leads into it."""
    needs("podman", "crun", "unshare")
    if os.getuid() != 0:
        pytest.skip("only root may mount what the container is made of")
    folder = Path(tempfile.mkdtemp(prefix="there"))  # podman takes no path of more than 50 characters
    (folder / "root").mkdir()
    places = ["--root", str(folder / "store"), "--runroot", str(folder / "run"), "--tmpdir", str(folder / "libpod")]
    podman = ["podman", *places, "--storage-driver", "vfs", "--runtime", "crun", "--cgroup-manager", "cgroupfs"]
    inside = [*_CONTAINER, *_LIMITS, *_FILES, str(folder / "root"), "sleep", "1000"]
    command = ["unshare", "--mount", "sh", "-c", _NAMESPACE, str(folder), *podman, *inside]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    way = ["nsenter", "--target", str(process.pid), "--mount", "--", *podman]

    def is_there() -> bool:
        if process.poll() is not None:
            pytest.skip(f"this system does not let podman run; it says: {(folder / 'log').read_text()}")
        tried = subprocess.run([*way, "exec", "there", "true"], check=False, capture_output=True, timeout=20)
        return tried.returncode == 0

    try:
        until(is_there)
        yield [*way, "exec", "-it", "there"]
    finally:
        subprocess.run([*way, "rm", "--force", "--time", "0", "there"], check=False, capture_output=True, timeout=60)
        process.kill()
        process.wait(10)
        until(lambda: not running(str(folder)))  # podman cleans up after itself
        shutil.rmtree(folder)


def left(there: str) -> list[str]:
    """What there is of the session whose directory was `there`: files and processes."""
    return [*glob.glob(f"{there}*"), *running(there)]


def running(text: str) -> list[str]:
    """The commands that hold the text."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            command = Path(path).read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if text in command:
            found.append(command)
    return found
