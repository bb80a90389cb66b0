"""Places to run a language in: behind an sshd of the tests' own, as another user, where other files are seen."""

from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

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
