"""A kernel that runs as a user without privileges, where /proc may be hidden, and programs that run as others.

Only root can set this up. The kernel gets a mount namespace of its own: users of its own in /etc, the folders that
Python needs made reachable, and, for some tests, a new instance of /proc that hides other users' processes. (A new
instance: to remount the one there is would change it for the whole machine.)
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from sdk.protocol.shell import CompleteRequest
from tests.bash_kernel.live import INTERRUPTED, Live
from tests.conftest import needs

USER, OTHER = 64_321, 64_322
BOMBER = 70_000 + os.getpid()
"""All of whose processes are killed: of this run alone, also where two of them meet on one machine."""
PASSWORD = "s3cret"
SEES_OWN_PROC_OPTIONS = tuple(int(part) for part in platform.release().split(".")[:2]) >= (5, 8)

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users"),
    pytest.mark.needs("unshare", "setpriv"),
]


def preparation(folder: Path, user: int, *, hidden: bool) -> list[str]:
    """The words before a kernel's command: a mount namespace, then the user."""
    etc = folder / "etc"
    etc.mkdir(exist_ok=True)
    lines: dict[str, list[str]] = {"passwd": [], "shadow": [], "group": []}
    digest = hashed(PASSWORD)
    for name, number in (("tester", user), ("other", OTHER)):
        lines["passwd"].append(f"{name}:x:{number}:{number}:{name}:{folder / 'home'}:/bin/bash")
        lines["shadow"].append(f"{name}:{digest}:19000:0:99999:7:::")
        lines["group"].append(f"{name}:x:{number}:")
    script = ["set -e"]
    for name, added in lines.items():
        copy = etc / name
        copy.write_text(Path("/etc", name).read_text() + "\n".join(added) + "\n")
        copy.chmod(0o640 if name == "shadow" else 0o644)
        script.append(f"mount --bind {shlex.quote(str(copy))} /etc/{name}")
    script += reachable(folder / "stage")
    if hidden:
        script.append("mount -t proc -o hidepid=2 proc /proc")
    script += [
        'chown -R "$OWNER" "$(dirname "$CONNECTION")"',
        'exec setpriv --reuid "$OWNER" --regid "$OWNER" --clear-groups --inh-caps=-all -- "$@"',
    ]
    setup = f"OWNER={user}; CONNECTION=$1; shift; " + "\n".join(script)
    return ["unshare", "-m", "--propagation", "private", "sh", "-c", setup, "sh", "{connection_file}"]


def reachable(stage: Path) -> list[str]:
    """Commands that put an open folder over each closed one on the way to what Python needs, with only that in it."""
    wanted = sorted({sys.base_prefix, sys.prefix, str(Path(__file__).parents[2])})
    outermost = [path for path in wanted if not any(path.startswith(f"{other}/") for other in wanted if other != path)]
    script: list[str] = []
    for number, path in enumerate(outermost):
        closed = [str(above) for above in reversed(Path(path).parents) if not above.stat().st_mode & 0o001]
        if closed:
            place, here = f"{stage}{number}", shlex.quote(path)
            script += [
                f"mkdir -p {place}",
                f"mount --bind {here} {place}",
                f"mountpoint -q {shlex.quote(closed[0])} || mount -t tmpfs -o mode=755 tmpfs {shlex.quote(closed[0])}",
                f"mkdir -p {here}",
                f"mount --move {place} {here}",
            ]
    return script


def hashed(password: str) -> str:
    needs("openssl")
    made = subprocess.run(["openssl", "passwd", "-6", password], capture_output=True, text=True, check=True)
    return made.stdout.strip()


@contextmanager
def a_folder(user: int) -> Iterator[Path]:
    """A folder that belongs to the user; pytest's own are closed to all but root."""
    made = Path(tempfile.mkdtemp(prefix="unprivileged-"))
    try:
        made.chmod(0o755)
        for name in ("home", "tmp", "work"):
            (made / name).mkdir()
            os.chown(made / name, user, user)
        yield made
    finally:
        shutil.rmtree(made)


SOAK = [pytest.mark.soak, pytest.mark.timeout(300)]


PROC = ["hidden", pytest.param("visible", marks=SOAK)]


@contextmanager
def a_kernel(user: int, *, hidden: bool) -> Iterator[Live]:
    """A kernel of the user's, with /proc as it is or with other users' processes hidden."""
    if hidden and not SEES_OWN_PROC_OPTIONS:
        pytest.skip("this system is older than Linux 5.8: all instances of /proc share their options")
    options = proc_options()
    with (
        a_folder(user) as folder,
        Live(folder, before=preparation(folder, user, hidden=hidden), env={"USER": "tester"}) as one,
    ):
        assert one.run("id -u").text == f"{user}\n"
        assert ("hidepid" in one.run("grep ' /proc ' /proc/mounts | tail -1").text) == hidden
        try:
            yield one
        finally:
            if not one.alone:  # a fork bomb: all at once, or others take the place of those that were killed
                command = ["setpriv", "--reuid", str(user), "--clear-groups", "sh", "-c", "kill -9 -1"]
                subprocess.run(command, check=False)
    assert proc_options() == options, "the machine's own /proc was changed"


@pytest.fixture(params=PROC)
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A kernel of a user all of whose processes may be killed."""
    with a_kernel(BOMBER, hidden=request.param == "hidden") as one:
        yield one


@pytest.fixture(scope="module", params=PROC)
def shared(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A kernel for cells that leave it as it was."""
    with a_kernel(USER, hidden=request.param == "hidden") as one:
        yield one


def proc_options() -> list[str]:
    with open("/proc/mounts") as file:
        return [line for line in file if " /proc " in line]


PYTHON = f"{sys.executable} -S -c"
THREAD = "import threading; t=threading.Thread(target=lambda: print(input('t? '))); t.start(); t.join()"


@pytest.mark.parametrize(
    ("code", "answers", "asked", "text"),
    [
        ('read -p "name? " x; echo "<$x>"', ["bob"], [("name? ", False)], "<bob>\n"),
        ('read -s -p "pw: " x; echo "<$x>"', ["s3cret"], [("pw: ", True)], "<s3cret>\n"),
        ("select x in a b; do echo $x; break; done", ["2"], [("#? ", False)], "1) a\n2) b\nb\n"),
        ("read x | cat; echo done", ["1"], [("", False)], "done\n"),
        (f"{PYTHON} 'print(input(\"n? \"))'", ["é"], [("n? ", False)], "é\n"),
        (f"{PYTHON} 'import getpass; print(getpass.getpass())'", ["pw"], [("Password: ", True)], "\npw\n"),
        (
            f'{PYTHON} "{THREAD}"',
            ["1"],
            [("t? ", False)],
            "1\n",
        ),
        ("head -1", ["only"], [("", False)], "only\n"),
    ],
)
def test_readers_ask(shared: Live, code: str, answers: Sequence[str], asked: list[tuple[str, bool]], text: str) -> None:
    cell = shared.run(code, answers)
    assert (cell.asked, cell.text, cell.error) == (asked, text, None)
    assert shared.run("sleep .6; echo quiet", []).text == "quiet\n"
    shared.goes_on()


def test_a_set_uid_program_asks_for_a_password(shared: Live) -> None:
    cell = shared.run("su other -c 'id -u'", [PASSWORD])
    assert (cell.asked, cell.text.strip(), cell.error) == ([("Password: ", True)], str(OTHER), None)
    cell = shared.run("su other -c 'id -u'", ["wrong"])
    assert cell.asked == [("Password: ", True)]
    assert "Authentication failure" in cell.text
    assert PASSWORD not in cell.text
    shared.goes_on()


def test_a_program_of_another_user_asks_by_an_unfinished_line(shared: Live) -> None:
    cell = shared.run('su other -c \'read -p "name? " x; echo "<$x>"\'', [PASSWORD, "bob"])
    assert cell.asked == [("Password: ", True), ("name? ", False)]
    assert "<bob>\n" in cell.text
    cell = shared.run("su other -c 'sleep 1.2; echo done'", [PASSWORD])  # who says nothing is not asked
    assert cell.asked == [("Password: ", True)]
    assert "done\n" in cell.text
    shared.goes_on()


def test_a_program_of_another_user_can_be_left(shared: Live) -> None:
    header = shared.begin("su other -c 'echo go; sleep 30'; echo no", [PASSWORD])
    shared.client.reply_to(shared.question(header), PASSWORD)
    shown = shared.until(header, "go\n")
    for _ in range(4):  # signals do not reach it from here; those of the terminal do
        shared.interrupt()
        if shared.has_ended(header, 1.0):
            break
    cell = shared.end(header, lambda request: "", shown=shown)
    assert cell.error is not None
    assert "no\n" not in cell.text
    shared.goes_on()


def test_a_question_of_a_set_uid_program_is_withdrawn_by_an_interrupt(shared: Live) -> None:
    header = shared.begin("su other -c id; echo no", [PASSWORD])
    shared.question(header)
    for _ in range(4):
        shared.interrupt()
        if shared.has_ended(header, 1.0):
            break
    cell = shared.end(header, lambda request: "")
    assert cell.error is not None
    shared.goes_on()


@pytest.mark.parametrize("code", ["su other -c id", "read x", "cat", "while :; do read x; done"])
def test_without_a_client_to_ask_the_cell_ends(shared: Live, code: str) -> None:
    shared.run(code)
    shared.goes_on()


@pytest.mark.soak
def test_passwd_asks(live: Live) -> None:
    needs("passwd")
    given = iter([PASSWORD])
    cell = live.run("passwd", lambda request: next(given, ""))
    assert all(password for _, password in cell.asked)
    assert cell.asked[0][0].lower().startswith("current password")
    live.goes_on()


def test_everything_else_works(live: Live) -> None:
    assert live.interrupted("echo go; sleep 30; echo no", "go\n").error == INTERRUPTED
    assert live.client.request(CompleteRequest("ech")).reply.content.to_fields()["matches"] == ["echo"]
    assert live.run("seq 10000").text == "".join(f"{number}\n" for number in range(1, 10_001))
    assert live.run("kill -9 $$").error == ("BashEnded", "bash was ended by SIGKILL")
    assert live.run("sleep .1 & wait; echo end").text.endswith("end\n")


@pytest.mark.parametrize(
    "code",
    [
        "f() { f | f & }; f",
        pytest.param("f() { f & f & wait; }; f", marks=SOAK),
        pytest.param("while :; do sleep 100 & done", marks=SOAK),
    ],
)
def test_a_fork_bomb_under_a_limit(live: Live, code: str) -> None:
    """RLIMIT_NPROC holds for all processes of this user; the soft limit is the cell's, the hard one the kernel's."""
    live.alone = False
    live.run("ulimit -Hu 200; ulimit -Su 60")
    header = live.begin(f"echo go; {code}")
    shown = live.until(header, "go\n")
    for _ in range(8):
        if live.has_ended(header, 1.5):
            break
        live.interrupt()
    live.end(header, shown=shown)
    end = time.monotonic() + 15
    while time.monotonic() < end:  # until the bomb has burnt out, or the shell was replaced
        live.run("ulimit -Su 200; kill -9 $(jobs -p) 2>/dev/null; kill -9 $(pgrep -u $UID sleep) 2>/dev/null; :")
        if live.run("\\echo next; exit 0").text.endswith("next\n"):
            break
    assert live.run("\\echo next").text.endswith("next\n")


@pytest.mark.parametrize(
    "nuisance",
    [
        "enable -n builtin",
        "enable -n builtin printf local return read unset",
        "builtin() { echo FAKE; }",
        "builtin() { nosuchcommand; }",
    ],
)
def test_a_shell_without_builtin_does_not_start_itself_for_ever(live: Live, nuisance: str) -> None:
    """Here, because a limit on the number of processes ends it if it does."""
    live.run("ulimit -u 150")
    live.run(nuisance, timeout=15)
    live.run("\\echo a", timeout=15)
    live.goes_on()
