"""A bash notebook in JupyterLab: what a person who works in a shell does."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.frontends.browser import Open
from tests.frontends.gate import Gate
from tests.frontends.lab import Notebook, ansi_colours, image_size
from tests.frontends.server import Server

pytestmark = pytest.mark.browser

PIXELS = "printf 'P6\\n40 30\\n255\\n'; head -c 3600 /dev/zero | tr '\\0' '\\377'"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='50' height='20'><circle cx='10' cy='10' r='9'/></svg>"


def answer(notebook: Notebook, number: int, text: str) -> None:
    """Type into the box of the cell."""
    expect(notebook.question(number)).to_have_count(1)
    notebook.question(number).fill(text)
    notebook.question(number).press("Enter")


def saved(notebook: Notebook, server: Server) -> str:
    """The notebook's file, as it is once the page has saved it."""
    path: str = notebook.page.evaluate(
        """async () => {
            await jupyterapp.commands.execute('docmanager:save');
            return jupyterapp.shell.currentWidget.context.path;
        }"""
    )
    return (server.folder / path).read_text()


def test_a_password_stays_secret(notebook: Open, server: Server) -> None:
    page = notebook("bash", ["read -rs -p 'Password: ' word; echo; echo ${#word} characters"])
    page.start(0)
    expect(page.outputs(0)).to_contain_text(["Password:"])
    expect(page.question(0)).to_have_attribute("type", "password")
    answer(page, 0, "xyzzy plugh")
    page.ends(0)
    expect(page.outputs(0).last).to_have_text(re.compile(r"\s*11 characters\n$"))
    expect(page.cell(0)).not_to_contain_text("xyzzy")
    file = saved(page, server)
    assert "11 characters" in file
    assert "xyzzy" not in file


def test_a_question_of_one_key_is_answered(notebook: Open) -> None:
    page = notebook("bash", ["read -rn 1 -p 'Go on? [y/n] ' key; echo; [[ $key == y ]] && echo going"])
    page.start(0)
    expect(page.outputs(0)).to_contain_text(["Go on? [y/n]"])
    expect(page.question(0)).not_to_have_attribute("type", "password")
    answer(page, 0, "y")
    page.ends(0)
    expect(page.outputs(0).last).to_have_text(re.compile(r"\s*going\n$"))


def test_a_program_asks_twice_and_is_answered_twice(notebook: Open) -> None:
    page = notebook("bash", ['for what in Name Town; do read -r -p "$what: " x; all+=" $x"; done; echo got$all'])
    page.start(0)
    expect(page.outputs(0)).to_contain_text(["Name:"])
    answer(page, 0, "Ada")
    expect(page.outputs(0).last).to_contain_text("Town:")
    answer(page, 0, "London")
    page.ends(0)
    expect(page.outputs(0).last).to_have_text(re.compile(r"got Ada London\n$"))


def test_a_progress_bar_is_one_line(notebook: Open, gate: Gate) -> None:
    bar = "for ((i = 0; i <= 100; i++)); do printf '\\r%3d%% done' $i"
    page = notebook("bash", [f"{bar}; if ((i == 50)); then {gate.wait['bash']}; fi; done; echo"])
    page.start(0)
    page.shows(0, re.compile(r"^\s*50% done$"))
    page.is_running(0)
    gate.open()
    page.ends(0)
    page.shows(0, "100% done\n")


def test_images_and_documents_are_shown_in_their_order(notebook: Open) -> None:
    code = (
        f'echo before; echo "{SVG}" | display image/svg+xml; echo between\n'
        "printf '# Title\\n\\n- one\\n' | display text/markdown; echo after"
    )
    page = notebook("bash", [code])
    page.run(0)
    expect(page.outputs(0)).to_have_count(5)
    expect(page.outputs(0).nth(0)).to_have_text("before\n")
    assert image_size(page.outputs(0).nth(1).locator("img")) == (50, 20)
    expect(page.outputs(0).nth(2)).to_have_text("between\n")
    expect(page.outputs(0).nth(3).locator("h1")).to_contain_text("Title")
    expect(page.outputs(0).nth(4)).to_have_text("after\n")


def test_a_picture_that_a_program_draws_is_shown(notebook: Open) -> None:
    to_png = "python3 -c 'import sys, PIL.Image; PIL.Image.open(sys.stdin.buffer).save(sys.stdout.buffer, \"png\")'"
    page = notebook("bash", [f"{{ {PIXELS}; }} | {to_png} | display image/png"])
    page.run(0)
    assert image_size(page.outputs(0).locator("img")) == (40, 30)


@pytest.mark.needs("bash-completion", "git")
def test_tab_completes_the_branch_of_a_repository(notebook: Open, tmp_path: Path) -> None:
    repository = tmp_path / "a repository"
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (
        ["init", "-q", "-b", "trunk"],
        ["commit", "-q", "--allow-empty", "-m", "x"],
        ["branch", "feature/blue"],
    ):
        subprocess.run(
            ["git", *who, "-C", str(repository), *command]
            if command[0] != "init"
            else ["git", *command, str(repository)],
            check=True,
        )
    page = notebook("bash", [f"cd '{repository}'", "git checkout feat"])
    page.run(0)
    page.click(1)
    page.page.keyboard.press("Tab")
    page.completions.locator(".jp-Completer-match", has_text=re.compile(r"^\W*feature/blue$")).click()
    expect(page.cell(1).locator(".cm-line")).to_have_text(re.compile(r"^git checkout feature/blue ?$"))
    page.run(1)
    page.shows(1, re.compile("Switched to branch 'feature/blue'"))


def test_the_interrupt_button_ends_a_pipeline(notebook: Open) -> None:
    page = notebook("bash", ["x=kept; echo started; sleep 100 | cat; echo not reached", "echo $x; jobs"])
    page.start(0)
    page.shows(0, "started\n")
    page.press("interrupt")
    page.ends(0)
    page.shows(0, re.compile(r"^started\n"), re.compile("interrupted|KeyboardInterrupt"))
    page.run(1)
    page.shows(1, "kept\n")


def test_the_interrupt_button_withdraws_a_question(notebook: Open) -> None:
    page = notebook("bash", ["read -r -p 'Name: ' x; echo not reached", "echo next"])
    page.start(0)
    expect(page.question(0)).to_be_visible()
    page.press("interrupt")
    page.ends(0)
    expect(page.outputs(0).filter(has_text=re.compile("interrupted|KeyboardInterrupt"))).to_have_count(1)
    page.run(1)
    page.shows(1, "next\n")


def test_ls_has_colours(notebook: Open) -> None:
    page = notebook("bash", ["mkdir -p seen/a-folder; cd seen; echo :>a-program; chmod +x a-program; ls --color=auto"])
    page.run(0)
    page.shows(0, re.compile(r"^a-folder\s+a-program"))
    assert len(ansi_colours(page.outputs(0))) == 2


def test_what_a_job_says_after_its_cell_stands_under_its_cell(notebook: Open, gate: Gate) -> None:
    page = notebook("bash", [f"{{ {gate.wait['bash']}; echo late; }} &\necho now", "echo second"])
    page.run(0)
    page.kernel_is("idle")
    gate.open()
    page.shows(0, re.compile(r"now\n(.*\n)?late\n"))
    page.run(1)
    page.shows(1, re.compile(r"^second\n(\[1\].*Done.*\n)?$"))


def test_the_error_names_the_line_and_the_command(notebook: Open) -> None:
    page = notebook("bash", ["cd /\nls /no/such/folder | wc -l\ngrep -q nothing /etc/hostname\n"])
    page.run(0)
    page.shows(0, re.compile("cannot access"), re.compile(r"In\[1\], line 3: status 1\s+----> 3 grep -q nothing"))


def test_a_shell_that_ends_is_told_and_the_next_cell_runs(notebook: Open) -> None:
    page = notebook("bash", ["x=kept; echo bye; exit 3", "echo $x"])
    page.run(0)
    expect(page.outputs(0).last).to_contain_text("bash ended with status 3")
    expect(page.outputs(0)).to_contain_text(["bye"])
    page.run(1)
    page.shows(1, "kept\n")


def test_the_saved_notebook_is_that_of_bash(notebook: Open, server: Server) -> None:
    page = notebook("bash", ["echo hello"])
    page.run(0)
    document = json.loads(saved(page, server))
    info = document["metadata"]["language_info"]
    assert (info["name"], info["file_extension"], info["mimetype"]) == ("bash", ".sh", "text/x-sh")
    assert document["cells"][0]["outputs"] == [{"output_type": "stream", "name": "stdout", "text": ["hello\n"]}]
