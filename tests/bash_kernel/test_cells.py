"""Cells: what they print, how they end, what the next one finds."""

from __future__ import annotations

import pytest

from tests.bash_kernel.conftest import Shell

LINES_100_000 = "".join(f"{number}\n" for number in range(1, 100_001))


def test_the_session_persists(shell: Shell) -> None:
    shell.run("x=5; f() { echo F$x; }; mkdir d; cd d; alias hi='echo hello'")
    assert shell.run("f; pwd; hi").text == f"F5\n{shell.kernel.cwd}\nhello\n"
    assert str(shell.kernel.cwd).endswith("/work/d")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("false", ("ExitStatus", "1")),
        ("return 3", ("ExitStatus", "3")),
        ("(exit 7)", ("ExitStatus", "7")),
        ("kill -TERM $BASHPID & wait $!", None),
        ("sh -c 'kill -SEGV $$'", ("ExitStatus", "SIGSEGV")),
        ("true", None),
        ("", None),
        ("# nothing", None),
    ],
)
def test_the_exit_status_is_the_error(shell: Shell, code: str, error: tuple[str, str] | None) -> None:
    cell = shell.run(code if "wait" not in code else "true")
    assert cell.error == error


def test_an_unfinished_quote_is_an_error_at_once(shell: Shell) -> None:
    cell = shell.run('echo "abc')
    assert cell.error == ("ExitStatus", "2")
    assert "bash: In[1]: line 1: unexpected EOF" in cell.text
    assert shell.run("echo next").text == "next\n"


def test_nothing_runs_after_a_syntax_error(shell: Shell) -> None:
    cell = shell.run("echo before\nif then fi\necho after")
    assert "before\n" in cell.text
    assert "In[1]: line 2: syntax error" in cell.text
    assert "\nafter" not in cell.text
    assert cell.error == ("ExitStatus", "2")


def test_prompts_of_the_user_do_not_disturb(shell: Shell) -> None:
    assert shell.run('PS1="x> "; PROMPT_COMMAND="echo PC"').text == ""
    assert shell.run("echo 1").text == "1\n"
    cell = shell.run("PROMPT_COMMAND=; set -u; echo $nope")
    assert (cell.text, cell.error) == ("bash: nope: unbound variable\n", ("ExitStatus", "1"))
    cell = shell.interrupted(
        'PROMPT_COMMAND=; PS1="y> "; sh -c "echo go; exec sleep 30"', lambda said: "go" in said.text()
    )
    assert (cell.text, cell.error) == ("go\n", ("KeyboardInterrupt", ""))
    assert shell.run("echo $-; PROMPT_COMMAND+=(hello)").text == "himuBHs\n"
    assert shell.run("echo end").text == "end\n"


def test_output_may_be_sent_elsewhere_for_good(shell: Shell) -> None:
    assert shell.run("exec 3>&1 >/dev/null 2>&1; echo invisible").text == ""
    assert shell.run("echo still").text == ""
    assert shell.run("exec >&3 2>&3; echo visible").text == "visible\n"


def test_the_terminal_is_put_right_for_the_next_cell(shell: Shell) -> None:
    assert shell.run("stty raw -echo; echo raw").text == "raw\n"
    assert shell.run("stty sane; echo x").text == "x\n"
    assert shell.run("stty -echo").text == ""
    assert shell.run("echo y").text == "y\n"


@pytest.mark.parametrize(
    "nuisance",
    [
        "alias .=false; alias builtin=false",
        "printf(){ echo FAKE; }; read(){ echo FAKE; }; history(){ echo FAKE; }",
        "IFS=x",
        "set -o posix",
        "set -o vi",
        "set -o emacs",
        "shopt -s extdebug",
        "shopt -u interactive_comments",
        "readonly PS1",
        "set -o noclobber -o noglob",
        "shopt -s failglob nullglob",
        "exec 60>&-",
        "coproc cat",
        "sleep 1 & disown",
        "umask 777",
        "trap 'echo T' INT; trap - INT",
        "PATH=",
        "enable -n history",
        "set -o history",
        "unset HOME PATH",
    ],
)
def test_the_session_survives(shell: Shell, nuisance: str) -> None:
    shell.run(nuisance)
    assert shell.run("\\builtin echo a").text == "a\n"
    cell = shell.run("\\builtin echo b; \\builtin false")
    assert (cell.text, cell.error) == ("b\n", ("ExitStatus", "1"))


def test_traces_show_the_cell_alone(shell: Shell) -> None:
    assert shell.run("set -x; echo t").text == "++ echo t\nt\n"
    assert shell.run("echo u").text == "++ echo u\nu\n"
    assert shell.run("set +x").text == "++ set +x\n"
    assert shell.run("set -v; echo v").text == "v\n"
    assert shell.run("echo w").text == "echo w\nw\n"
    shell.run("set +v")
    assert shell.run("echo z").text == "z\n"


def test_a_trailing_backslash_and_an_open_here_document(shell: Shell) -> None:
    assert shell.run("echo x \\").text == "x\n"
    cell = shell.run("cat <<EOF\nabc")
    assert cell.text.endswith("abc\n")
    assert "__k" not in cell.text
    assert shell.run("cat <<EOF\n  a\n\n\tb\nEOF").text == "  a\n\n\tb\n"


def test_the_status_of_the_cell_before_can_be_read(shell: Shell) -> None:
    shell.run("(exit 7)")
    assert shell.run("echo $?").text == "7\n"
    assert shell.run("echo $?").text == "0\n"


def test_the_working_directory_may_vanish(shell: Shell) -> None:
    cell = shell.run("mkdir d; cd d; rmdir ../d; echo x")
    assert (cell.text, cell.error) == ("x\n", None)
    assert shell.run("cd ..; echo y").text == "y\n"


def test_history_holds_the_cells(shell: Shell) -> None:
    shell.run("echo one\necho two")
    shell.run("echo silent", silent=True)
    shell.run("history -s hello")
    entries = ["echo one\necho two", "history -s hello", "hello", "history"]
    assert shell.run("history").text == "".join(f"{at:5}  {entry}\n" for at, entry in enumerate(entries, 1))


def test_late_output_belongs_to_the_last_cell(shell: Shell) -> None:
    async def late() -> str:
        cell = await shell.cell("(read <gate; echo late) & echo now")
        assert cell.text == "now\n"
        with open(f"{shell.kernel.cwd}/gate", "w") as gate:
            gate.write("go\n")
        await cell.recorder.until(lambda said: "late\n" in said.text())
        return cell.recorder.text()

    shell.kernel.snapshot_after = 0  # it would make bash tell of the job's end
    shell.run("mkfifo gate")
    assert shell.do(late()) == "now\nlate\n"


def test_output_cannot_end_a_cell(shell: Shell) -> None:
    shell.run("old=$PROMPT_COMMAND")
    for code in (
        'echo "$PS1$PROMPT_COMMAND"',
        "set",
        "declare -f",
        r"printf '\e]5151;%s;1\a' $__k_t; sleep .1; echo end",
    ):
        assert shell.run(code).error is None
    assert shell.run("head -c 1M /dev/urandom; echo; echo the end").text.endswith("the end\n")
    assert shell.run("echo on").text == "on\n"


def test_text_without_a_newline(shell: Shell) -> None:
    assert shell.run("printf abc").text == "abc"
    assert shell.run("printf 'a b {'; printf '\\303'").text == "a b {\ufffd"


def test_much_output_is_complete(shell: Shell) -> None:
    assert shell.run("seq 100000").text == LINES_100_000
    assert shell.run("head -c 1000000 /dev/zero | tr '\\0' x").text == "x" * 1_000_000


def test_50_megabytes_are_complete(shell: Shell) -> None:
    cell = shell.run("yes 'the quick brown fox jumps over the lazy dog, twice' | head -c 50000000; echo end")
    assert cell.recorder.length == 50_000_004
    assert cell.text.endswith("end\n")


def test_long_and_odd_code(shell: Shell) -> None:
    assert shell.run(f"echo {'y' * 5000}").text == "y" * 5000 + "\n"
    assert shell.run(":\n" * 100_000 + "echo $LINENO").text == "100001\n"
    assert shell.run("echo \"hi!there\" 'a\tb' é \U0001f600").text == "hi!there a\tb é \U0001f600\n"
    assert shell.run("echo a\r\necho b").error is None


def test_a_command_that_is_not_found_names_cell_and_line(shell: Shell) -> None:
    cell = shell.run("echo\nnosuchcommand")
    assert cell.text.endswith("In[1]: line 2: nosuchcommand: command not found\n")
    assert cell.error == ("ExitStatus", "127")


def test_a_thousand_short_cells_leak_nothing(shell: Shell) -> None:
    import os

    def open_files(pid: int) -> int:
        return len(os.listdir(f"/proc/{pid}/fd"))

    shell.run("echo warm")
    ours, bashs = open_files(os.getpid()), open_files(shell.pid)
    for number in range(1000):
        assert shell.run(f"echo {number}").text == f"{number}\n"
    assert open_files(os.getpid()) == ours
    # It may still be at the end of its turn, with the FIFO and the terminal open.
    assert open_files(shell.pid) <= bashs + 2


def test_the_terminal_has_a_size_and_colours(shell: Shell) -> None:
    assert shell.run("stty size; echo $TERM $PAGER; /bin/true; echo $COLUMNS").text == "24 80\nxterm-256color cat\n80\n"
