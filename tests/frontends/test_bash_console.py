"""`jupyter console --kernel bash` on a real terminal, used as a shell."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frontends.console import Console, console


@pytest.fixture
def shell(environment: dict[str, str], folder: Path) -> Iterator[Console]:
    """A console at its first prompt."""
    with console(environment, folder, ["--kernel", "bash"]) as one:
        one.prompt(1)
        yield one


def test_a_password_is_asked_for_and_not_shown(shell: Console) -> None:
    shell.line("read -rs -p 'Pass'word': ' word; echo; echo ${#word} characters")
    shell.shows(r"\nPassword: ")
    shell.line("xyzzy plugh")
    assert "xyzzy" not in shell.shows(r"[^$]*\n11 characters\n").group()
    shell.prompt(2)


def test_a_question_of_one_key_is_answered(shell: Console) -> None:
    shell.line("read -rn 1 -p Go''\\ on'? ' key; echo; echo \"key is $key\"")
    shell.shows(r"\nGo on\? ")
    shell.line("y")
    shell.shows(r"\nkey is y\n")
    shell.prompt(2)


def test_a_progress_bar_ends_with_its_last_state(shell: Console) -> None:
    shell.line("for ((i = 0; i <= 300; i++)); do printf '\\r%3d of 300' $i; done; echo; echo end''ed")
    shell.shows(r"300 of 300\n+ended\n")
    shell.prompt(2)


@pytest.mark.needs("bash-completion", "git")
def test_tab_completes_the_branch_of_a_repository(shell: Console, folder: Path) -> None:
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(folder)]
    subprocess.run([*git, "init", "-q", "-b", "trunk"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    subprocess.run([*git, "branch", "feature-blue"], check=True)
    shell.line("git status | head -n 1")
    shell.shows(r"\nOn branch trunk\n")
    shell.prompt(2)
    shell.type("git checkout feat\t")
    shell.shows("feature-blue")
    shell.line("")
    shell.shows("Switched to branch 'feature-blue'")
    shell.prompt(3)


def test_ctrl_c_ends_a_pipeline_and_the_next_line_runs(shell: Console) -> None:
    shell.line("x=kept; echo start''ed; sleep 100 | cat; echo not''reached")
    shell.shows(r"\nstarted\n")
    shell.type("\x03")
    shell.shows("interrupted|KeyboardInterrupt")
    shell.prompt(2)
    shell.line("echo $x; jobs; echo no''jobs")
    shell.shows(r"\nkept\nnojobs\n")
    shell.prompt(3)


def test_ls_has_colours(shell: Console, folder: Path) -> None:
    (folder / "a-folder").mkdir()
    shell.line("ls --color=auto")
    shell.shows(r"\na-folder")
    shell.prompt(2)
    assert "\x1b[01;34ma-folder\x1b[0m" in shell.raw or "\x1b[1;34ma-folder" in shell.raw


def test_the_error_names_the_line_and_the_command(shell: Console) -> None:
    shell.line("true; grep -q nothing /etc/hostname")
    shell.shows(r"In\[1\], line 1: status 1\n----> 1 grep -q nothing /etc/hostname\n")
    shell.prompt(2)
    shell.line("nosuchprogram --now")
    shell.shows(r"status 127: command not found: nosuchprogram\n")
    shell.prompt(3)


def test_what_a_job_says_later_does_not_end_anything(shell: Console, folder: Path) -> None:
    subprocess.run(["mkfifo", str(folder / "gate")], check=True)
    shell.line("{ read -r x <gate; echo la''te $x; } &")
    shell.prompt(2)
    shell.line("echo $((6 * 7))")
    shell.shows(r"\n42\n")
    shell.prompt(3)
    shell.line("echo tea >gate; wait; echo wait''ed")
    shell.shows(r"late tea\n")
    shell.shows(r"waited\n")
    shell.prompt(4)
