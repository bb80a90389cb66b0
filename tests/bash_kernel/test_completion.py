"""Completion in a real shell: what Tab would give at a terminal, and no trace of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.protocol.shell import CompleteReply, CompleteRequest, InspectRequest
from tests.bash_kernel.conftest import Recorder, Shell, started
from tests.waiting import seen_soon

_SET_UP = r"""
my_var=1 _hidden_var=2
my_func() { :; }; _hidden_func() { :; }
alias my_alias=ls g=git gc='g checkout'
mkdir 'a dir' folder; touch 'my file.txt' program "it's" 'd$x' x.zip x.txt folder/deep _under; chmod +x program
export FOLDER=$PWD/folder
complete -W 'apple apricot' fruit
complete -W '--flag plain' flagged
usual() { COMPREPLY=("$2-$3-$COMP_CWORD" z a); }; complete -F usual usual
plus() { COMPREPLY=(z a); compopt -o nosort; }; complete -F plus plus
paths() { mapfile -t COMPREPLY < <(compgen -f -- "$2"); compopt -o filenames; }; complete -F paths paths
late() { complete -W 'loaded_rule' late; return 124; }; complete -F late late
complete -C 'printf "%s\n" "$COMP_LINE" "$COMP_POINT" #' program_rule
complete -A signal -P % -S ! signalled
complete -f -X '!*.zip' zips
complete -v variables
complete -W 'nothing' -o default nothing_or_files
"""


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell that the tests do not change."""
    made = started(tmp_path_factory.mktemp("shell"))
    made.run(_SET_UP)
    yield made
    made.close()


def typed(reply: CompleteReply) -> list[tuple[str, str]]:
    """The matches with their types, which must agree with the reply's own list and positions."""
    kinds = reply.metadata["_jupyter_types_experimental"]
    assert [kind["text"] for kind in kinds] == list(reply.matches)
    assert all((kind["start"], kind["end"]) == (reply.cursor_start, reply.cursor_end) for kind in kinds)
    return [(kind["text"], kind["type"]) for kind in kinds]


@pytest.mark.parametrize(
    ("code", "start", "matches"),
    [
        ("echo $my_v", 6, [("my_var", "variable")]),
        ("echo ${my_v", 7, [("my_var", "variable")]),
        ('echo "$my_v', 7, [("my_var", "variable")]),
        ("echo $_hid", 6, [("_hidden_var", "variable")]),
        ("my_", 0, [("my_alias", "alias"), ("my_func", "function")]),
        ("_hid", 0, [("_hidden_func", "function")]),
        ("whil", 0, [("while", "keyword")]),
        ("compge", 0, [("compgen", "builtin")]),
        ("mktem", 0, [("mktemp", "command")]),
        ("ls; my_a", 4, [("my_alias", "alias")]),
        ("echo $(my_f", 7, [("my_func", "function")]),
        ("ls | my_f", 5, [("my_func", "function")]),
        ("for x in a; do my_f", 15, [("my_func", "function")]),
        ("cat my", 4, [("my\\ file.txt", "file")]),
        ("cat my\\ f", 4, [("my\\ file.txt", "file")]),
        ('cat "my', 4, [('"my file.txt"', "file")]),
        ("cat 'my", 4, [("'my file.txt'", "file")]),
        ("cat it", 4, [("it\\'s", "file")]),
        ("cat 'it", 4, [("'it'\\''s'", "file")]),
        ("cat d", 4, [("d\\$x", "file")]),
        ("cat a\\ d", 4, [("a\\ dir/", "directory")]),
        ('cat "a', 4, [('"a dir/', "directory")]),
        ("cat $FOLDER/d", 4, [("$FOLDER/deep", "file")]),
        ('cat "${FOLDER}/d', 4, [('"${FOLDER}/deep"', "file")]),
        ("cat ~ro", 4, [("~root", "user")]),
        ("cat _u", 4, [("_under", "file")]),
        ("ls >my", 4, [("my\\ file.txt", "file")]),
        ("ls 2>&1 <my", 9, [("my\\ file.txt", "file")]),
        ("for x in my", 9, [("my\\ file.txt", "file")]),
        ("x=my", 2, [("my\\ file.txt", "file")]),
        ("./pro", 0, [("./program", "file")]),
        ("fold", 0, [("fold", "command")]),
        ("folder/d", 0, []),
        ("cd fo", 3, [("folder/", "directory")]),
        ("éü; cat my", 8, [("my\\ file.txt", "file")]),
        ("echo '🦀' $my_v", 10, [("my_var", "variable")]),
        ("# my", 4, []),
        ("fruit a", 6, [("apple", "argument"), ("apricot", "argument")]),
        ("fruit x", 6, []),
        ('fruit "ap', 6, [('"apple"', "argument"), ('"apricot"', "argument")]),
        ("flagged -", 8, [("--flag", "option")]),
        ("usual x", 6, [("a", "argument"), ("x-usual-1", "argument"), ("z", "argument")]),
        ("usual p=x", 8, [("a", "argument"), ("x-=-3", "argument"), ("z", "argument")]),
        ("plus ", 5, [("z", "argument"), ("a", "argument")]),
        ("paths f", 6, [("folder/", "directory")]),
        ("paths my", 6, [("my\\ file.txt", "file")]),
        ("late l", 5, [("loaded_rule", "argument")]),
        ("cd /; program_rule a b", 21, [("16", "argument"), ("program_rule a b", "argument")]),
        ("signalled KI", 10, []),
        ("signalled SIGKI", 10, [("%SIGKILL!", "signal")]),
        ("zips x", 5, [("x.zip", "file")]),
        ("variables my_", 10, [("my_var", "variable")]),
        ("nothing_or_files nothing", 17, [("nothing", "argument")]),
        ("nothing_or_files my", 17, [("my\\ file.txt", "file")]),
    ],
)
def test_completion(one: Shell, code: str, start: int, matches: list[tuple[str, str]]) -> None:
    reply = one.complete(code)
    assert (typed(reply), reply.cursor_start, reply.cursor_end) == (matches, start, len(code))


def test_what_stands_after_the_cursor_does_not_count(one: Shell) -> None:
    recorder = Recorder(0, None)
    reply = one.do(one.kernel.do_complete(CompleteRequest("echo $my_v; rest", 10), recorder))  # type: ignore[arg-type]
    assert (list(reply.matches), reply.cursor_start, reply.cursor_end) == (["my_var"], 6, 10)


@pytest.mark.parametrize("code", ["", "_", "__", "echo $", "echo $__k", "declare -F __", "unset __"])
def test_nothing_of_the_kernels_own_is_shown(one: Shell, code: str) -> None:
    one.complete("git ")
    assert [match for match in one.complete(code).matches if "__k_" in match] == []


@pytest.mark.parametrize(
    "nuisance", ["set -eu; IFS=x", "set -o posix", "set -x", "set -f", "shopt -s nullglob extdebug"]
)
@pytest.mark.parametrize(
    ("code", "matches"), [("echo $my_v", ["my_var"]), ("my_f", ["my_func"]), ("cat my", ["my\\ file.txt"])]
)
def test_the_shells_options_are_in_nobodys_way(shell: Shell, nuisance: str, code: str, matches: list[str]) -> None:
    shell.run("my_var=1; my_func() { :; }; touch 'my file.txt'")
    shell.run(nuisance)
    before = shell.run("echo $-; shopt -p; set +o").text
    assert list(shell.complete(code).matches) == matches
    assert shell.run("echo $-; shopt -p; set +o").text == before


@pytest.mark.needs("bash-completion", "git")
def test_git_knows_its_branches_tags_and_options(shell: Shell) -> None:
    shell.run(
        "git init -q; git -c user.name=a -c user.email=b commit -q --allow-empty -m x; alias g=git gc='g checkout'"
    )
    shell.run("git branch feature-1; git branch feature-2; git branch _private; git tag version-1")
    branches = [("feature-1", "branch"), ("feature-2", "branch")]
    for code in ("git checkout fea", "g checkout fea", "gc fea", "X=1 git checkout fea", "sudo git checkout fea"):
        assert typed(shell.complete(code)) == branches
    assert typed(shell.complete("git checkout ver")) == [("version-1", "tag")]
    assert typed(shell.complete("git checkout _p")) == [("_private", "branch")]
    assert typed(shell.complete("git commit --am")) == [("--amend", "option")]
    reply = shell.complete("git log --pretty=one")
    assert (typed(reply), reply.cursor_start) == ([("oneline", "argument")], 17)


@pytest.mark.needs("bash-completion", "make", "ssh")
def test_other_commands_know_their_arguments(shell: Shell) -> None:
    Path(f"{shell.kernel.cwd}/Makefile").write_text("all:\n\ntest-it: all\n")
    shell.run("touch one.zip one.txt 'two words.zip'; mkdir folder; echo 'Host known-host' >config")
    assert typed(shell.complete("make te")) == [("test-it", "target")]
    assert typed(shell.complete("ssh -F config root@known")) == [("root@known-host", "host")]
    assert typed(shell.complete("ls --alm")) == [("--almost-all", "option")]
    assert typed(shell.complete("kill -KI")) == [("-KILL", "option")]
    assert typed(shell.complete("unzip on")) == [("one.zip", "file")]
    assert typed(shell.complete("unzip two\\ ")) == [("two\\ words.zip", "file")]
    assert typed(shell.complete("cd f")) == [("folder/", "directory")]
    assert typed(shell.complete("export PAT")) == [("PATH=", "variable")]


@pytest.mark.needs("bash-completion", "git")
def test_completion_leaves_no_trace(shell: Shell) -> None:
    """Beyond the rules that it loads, as at a terminal: nearly all their names begin with "_"."""
    shell.run(
        "alias g=git; keep() { :; }; x=1\n"
        "evil() { cd /; local on=-e; set $on; shopt -s nullglob; x=changed; IFS=:; trap 'echo EXIT' EXIT\n"
        "unset -f keep\n"
        "history -s evil; umask 0; exec >/dev/null; COMPREPLY=(done); }; complete -F evil evil"
    )
    look = (
        "declare -p | grep -v ' _\\| RANDOM\\| SECONDS\\| EPOCH\\| BASH\\| SRANDOM\\| COMP_WORDBREAKS\\| HISTCMD'\n"
        "declare -F | grep -v ' _\\| quote\\| dequote'; set +o; shopt -p; pwd; umask; trap -p; alias; jobs"
    )
    before = shell.run(look).text
    assert list(shell.complete("evil ").matches) == ["done"]
    for code in ("g checkout ", "ls --", "echo $", "l", "cat /e"):
        shell.complete(code)
    assert shell.run(look).text == before
    shell.run("(exit 9)")
    shell.complete("evil ")
    shell.complete("git che")
    assert shell.run("echo $?").text == "9\n"
    assert shell.run("history | grep -c '  evil$\\|__k[_]'").text == "0\n"


@pytest.mark.parametrize(
    "body",
    [
        "while :; do :; done",
        "trap '' INT TERM; while :; do :; done",
        "sleep 1000",
        "sleep 1000 | cat",
        "kill -STOP $BASHPID",
    ],
)
def test_a_completion_function_that_hangs_is_ended(shell: Shell, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    monkeypatch.setattr("bash_kernel.assistance._LIMIT", 0.2)
    shell.run(f"kept=yes; pid=$$; hang() {{ {body}; }}; complete -F hang hang")

    async def complete_until_idle() -> list[str]:
        reply = await shell.kernel.do_complete(CompleteRequest("hang "), Recorder(0, None))  # type: ignore[arg-type]
        await seen_soon(lambda: shell.kernel.idle_repl is not None)
        return list(reply.matches)

    assert shell.do(complete_until_idle()) == []
    cell = shell.run("echo $kept $((pid == $$))")
    assert (cell.text, cell.notice) == ("yes 1\n", "")


@pytest.mark.parametrize(
    "body", ["exit 3", "kill -9 $BASHPID", "echo noise; echo noise >&2", "return 1", "no_such_thing"]
)
def test_a_completion_function_that_fails_spoils_nothing(shell: Shell, body: str) -> None:
    shell.run(f"pid=$$; fails() {{ COMPREPLY=(); {body}; }}; complete -F fails fails")
    assert list(shell.complete("fails ").matches) == []
    cell = shell.run("echo on $((pid == $$))")
    assert (cell.text, cell.notice) == ("on 1\n", "")


def test_the_users_word_breaks_are_kept(shell: Shell) -> None:
    shell.run(
        'words() { COMPREPLY=("${COMP_WORDS[*]}"); }; complete -F words words; COMP_WORDBREAKS=${COMP_WORDBREAKS//:}'
    )
    for _ in range(2):
        reply = shell.complete("words a:b=c")
        assert (list(reply.matches), reply.cursor_start) == (["words a:b = c"], 10)


def test_several_questions_are_answered_one_after_the_other(shell: Shell) -> None:
    shell.run("my_var=1; my_func() { :; }; slow() { sleep .1; COMPREPLY=(done); }; complete -F slow slow")

    async def all_at_once() -> list[list[str]]:
        recorder = Recorder(0, None)
        codes = ("slow ", "echo $my_v", "my_f", "slow ")
        asked = [shell.kernel.do_complete(CompleteRequest(code), recorder) for code in codes]  # type: ignore[arg-type]
        saving = asyncio.ensure_future(shell.kernel.snapshot())
        replies = await asyncio.gather(*asked)
        await saving
        return [list(reply.matches) for reply in replies]

    assert shell.do(all_at_once()) == [["done"], ["my_var"], ["my_func"], ["done"]]


def test_while_a_cell_runs_what_was_known_is_told(shell: Shell) -> None:
    shell.kernel.snapshot_after = 0  # the snapshot is taken here
    shell.run(
        "own_var=1; own_func() { :; }; alias own_alias=ls; mkdir a_folder; >a_file; >a_program; chmod +x a_program"
    )
    shell.run("mkfifo gate")
    shell.do(shell.kernel.snapshot())
    codes = (
        "cat a_f",
        "echo $own_",
        "own_",
        "./a_p",
        "cat a_folder/",
        "whil",
        "git checkout a_fi",
        "mktem",
        "cat $HOME/",
    )

    async def busy() -> list[list[tuple[str, str]]]:
        cell = asyncio.ensure_future(shell.cell("read <gate"))
        await seen_soon(lambda: shell.kernel.idle_repl is None, every=0)
        recorder = Recorder(0, None)
        found = [typed(await shell.kernel.do_complete(CompleteRequest(code), recorder)) for code in codes]  # type: ignore[arg-type]
        assert not cell.done()
        Path(f"{shell.kernel.cwd}/gate").write_text("go\n")
        await cell
        return found

    *found, home = shell.do(busy())
    assert found == [
        [("a_file", "file"), ("a_folder/", "directory")],
        [("own_var", "variable")],
        [("own_alias", "alias"), ("own_func", "function")],
        [("./a_program", "file")],
        [],
        [("while", "keyword")],
        [("a_file", "file")],
        [("mktemp", "command")],
    ]
    assert all(match.startswith("$HOME/") for match, _ in home)


_PIECES = (
    *("cat ", "git ", "checkout ", "ssh ", "cd ", "echo ", "for x in ", "case ", "[[ ", "x=", "--opt=", "a", "é", "🦀"),
    *("'", '"', "\\", "$x/", "~/", "${", "}", "|", ";", "&", "(", ")", "<", ">", "#", "\n", " ", "=", ":", "*", "$(("),
    *("$(touch was_run)", "`touch was_run`", "$(touch was_run)/", "${y:-$(touch was_run)}", "find . -exec ", "\t"),
)


def test_whatever_is_typed_nothing_of_it_is_run(one: Shell) -> None:
    chosen = random.Random(7)
    recorder = Recorder(0, None)
    for _ in range(60):
        code = "".join(chosen.choice(_PIECES) for _ in range(chosen.randint(1, 7)))
        reply = one.complete(code)
        assert 0 <= reply.cursor_start <= reply.cursor_end == len(code), code
        request = InspectRequest(code, chosen.randint(0, len(code)))
        one.do(one.kernel.do_inspect(request, recorder))  # type: ignore[arg-type]
        assert not Path(f"{one.kernel.cwd}/was_run").exists(), code
