"""What cells do to the shell that runs them, over ZeroMQ: each ends once, says what it says, and the next one runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from sdk.protocol.shell import CompleteRequest, InspectRequest, IsCompleteReply, IsCompleteRequest
from tests.bash_kernel.live import Live, Renewed

TIMES = pytest.mark.parametrize("times", [1, pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])


@pytest.fixture
def live(renewed: Renewed) -> Live:
    return renewed.get()


def test_an_unfinished_quote(live: Live) -> None:
    cell = live.run('echo "abc')
    assert cell.error == ("ExitStatus", "2")
    assert f"In[{live.count(cell)}]: line " in cell.text
    assert "unexpected EOF" in cell.text
    live.goes_on()


def test_a_syntax_error_stops_the_cell_where_it_stands(live: Live) -> None:
    cell = live.run("echo before\nif then fi\necho after")
    assert cell.text.startswith(
        f"before\nbash: In[{live.count(cell)}]: line 2: syntax error near unexpected token `then'\n"
    )
    assert "\nafter\n" not in cell.text
    assert cell.error == ("ExitStatus", "2")
    live.goes_on()


@TIMES
def test_prompts_of_the_user(live: Live, times: int) -> None:
    for _ in range(times):
        assert live.run('PS1="x> "; PROMPT_COMMAND="echo PC"').text == ""
        live.goes_on()
        cell = live.run("PROMPT_COMMAND=; set -u; echo $nope")
        assert (cell.text, cell.error) == ("bash: nope: unbound variable\n", ("ExitStatus", "1"))
        assert live.run("set +u").error is None
        cell = live.interrupted('PROMPT_COMMAND=; PS1="y> "; echo go; sleep 30', "go\n")
        assert (cell.text, cell.error) == ("go\n", ("KeyboardInterrupt", ""))
        live.goes_on()


def test_output_sent_elsewhere_for_good(live: Live) -> None:
    assert live.run("exec 3>&1 >/dev/null 2>&1; echo invisible").text == ""
    cell = live.run("exec >&3 2>&3; echo visible")
    assert (cell.text, cell.error) == ("visible\n", None)
    live.goes_on()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("stty raw -echo; echo raw", "raw\n"),
        ("stty sane; echo x", "x\n"),
        ("stty -echo", ""),
        ("stty -isig -icrnl opost onlcr", ""),
        ("stty intr x eof y kill z; echo xyz", "xyz\n"),
        ("stty rows 1 cols 1; echo narrow", "narrow\n"),
        ("stty 0 2>/dev/null; :", ""),
        ("stty tostop; (echo from the background) & wait", None),
        ("stty ixon ixoff", ""),
    ],
)
def test_the_terminal_left_odd(live: Live, code: str, text: str | None) -> None:
    for _ in range(2):
        cell = live.run(code)
        if text is not None:
            assert cell.text == text
        live.goes_on()
        cell = live.interrupted("echo go; sleep 30; echo no", "go\n")
        assert (cell.text, cell.error) == ("go\n", ("KeyboardInterrupt", ""))


@pytest.mark.parametrize(
    "nuisance",
    [
        "alias .=false builtin=false printf=false",
        "printf(){ echo FAKE; }; local(){ echo FAKE; }; read(){ echo FAKE; }; unset(){ echo FAKE; }",
        "history(){ echo FAKE; }; set(){ echo FAKE; }; shopt(){ echo FAKE; }; return(){ echo FAKE; }",
        "declare(){ echo FAKE; }; eval(){ echo FAKE; }; trap(){ echo FAKE; }; command(){ echo FAKE; }",
        "function . { echo FAKE; }; function : { echo FAKE; }; function [ { echo FAKE; }",
        "IFS=x",
        "IFS=0123456789",
        "readonly IFS",
        "readonly IFS=x",
        "readonly IFS=$'\\n'; set -o posix",
        "readonly PATH",
        "set -o posix",
        "shopt -s extdebug",
        "shopt -s extdebug; trap false DEBUG",
        "readonly PS1",
        "readonly PS1 PS2 PS0 PROMPT_COMMAND",
        "PROMPT_COMMAND=(a b c)",
        "PROMPT_COMMAND='exit_code=$?; history -a; echo -ne \"\\033]0;title\\007\"'",
        "set -o noclobber -o noglob -o nounset",
        "shopt -s failglob nullglob dotglob",
        "set -o noexec",
        "set -o vi",
        "set -o emacs",
        "set -o ignoreeof",
        "set -o onecmd",
        "set -o monitor",
        "set +o monitor",
        "set -o history -o histexpand; shopt -s histverify",
        "exec 60>&-",
        "exec 255>&-",
        "coproc cat",
        "sleep 1 & disown",
        "umask 777",
        "PATH=/nonexistent",
        "enable -n history read",
        "unset HOME PATH PWD IFS",
        "LINENO=7; RANDOM=1; SECONDS=1; BASH_ARGV0=other",
        "BASH_ENV=/nonexistent ENV=/nonexistent",
        "POSIXLY_CORRECT=1",
        "set -- -n -e -x",
        "set -T -E; trap 'echo R >/dev/null' RETURN",
        "LC_ALL=xx_XX.bogus",
        "hash -p /nonexistent/ls ls",
        "bind -x '\"x\": echo' 2>/dev/null",
        "shopt -s localvar_inherit globasciiranges compat31",
        "shopt -s lastpipe; set +m",
        "declare -a __k; x=(1 2 3)",
    ],
)
def test_the_protocol_survives(live: Live, nuisance: str) -> None:
    live.run(nuisance)
    cell = live.run("\\builtin echo a; \\builtin echo b")
    assert cell.text.endswith("a\nb\n")
    assert "__k" not in cell.text
    assert live.run("\\builtin echo c; (\\builtin exit 5)").text.endswith("c\n")


@pytest.mark.parametrize("name", ["PS1", "PS2", "PROMPT_COMMAND", "TMOUT=5"])
def test_what_is_readonly_does_not_end_the_shell_where_a_failure_would(live: Live, name: str) -> None:
    for code in (f"readonly {name}", "set -e"):
        before = live.shell_pid()
        live.run(code)
        assert live.run("echo a").text == "a\n"
        assert live.shell_pid() == before
    assert live.run("false").error is not None
    live.goes_on()
    live.run("set +e")


@pytest.mark.parametrize("value", ["", "=x", "=0123456789", "=$' \\n_'"])
@pytest.mark.parametrize("option", [":", "set -e", "set -o posix", "set -E; trap 'echo failed' ERR", "set -x"])
def test_a_readonly_ifs_costs_no_cell_between_questions(live: Live, value: str, option: str) -> None:
    shell = live.shell_pid()
    live.run(f"readonly IFS{value}; f() {{ echo F; }}; export mine=1")
    live.run(option)
    for number in range(3):
        assert live.client.request(CompleteRequest("ech")).reply.content.to_fields()["matches"]
        assert live.client.request(InspectRequest("echo", 1)).reply.content.to_fields()["found"]
        assert live.client.request(IsCompleteRequest("if true")).reply.content == IsCompleteReply("incomplete")
        cell = live.run(f"echo {number}")
        assert cell.text.endswith(f"{number}\n")
        assert (cell.error, cell.notice) == (None, "")
    assert live.run('set +ex; trap - ERR; echo "$$"').text.endswith(f"{shell}\n")
    assert live.run('trap "echo $0 >ran" DEBUG').error is None


def test_a_trap_for_debug_can_be_set_where_a_failure_ends_the_shell(live: Live) -> None:
    live.run("set -e; mine=1")
    shell = live.shell_pid()
    for code in ("trap 'true >ran' DEBUG", "trap - DEBUG"):
        cell = live.run(f"\n\n{code}; echo $mine $$")
        assert (cell.text, cell.error, cell.notice) == (f"1 {shell}\n", None, "")
    live.run("set +e")


def test_a_readonly_ifs_goes_into_the_next_shell(live: Live) -> None:
    live.run("readonly IFS=,; f() { echo F; }; g_h() { echo G; }")
    cell = live.run("exit 3")
    assert "a new one was started" in cell.notice
    assert live.run("a=1,2; echo $a; f; g_h; declare -p IFS").text == '1 2\nF\nG\ndeclare -r IFS=","\n'


@pytest.mark.parametrize(
    "nuisance",
    [
        "enable -n printf",
        "readonly __k_n",
        "readonly __k_open",
        "readonly __k_s __k_cap __k_opts",
        "readonly __k_f=/dev/null",
        "unset -f __k_go __k_end",
        "__k_f=/dev/null",
        "__k_f=/nonexistent/nowhere",
        "unset -v __k_f __k_d __k_t __k_n",
        "__k_end() { :; }; __k_go() { :; }",
        "stty -icanon min 0 time 0",
        "shopt -s expand_aliases; alias {='echo'; alias builtin='echo A'",
    ],
)
def test_what_breaks_the_protocol_itself_costs_at_most_the_shell(live: Live, nuisance: str) -> None:
    live.run(nuisance)
    cell = live.run("\\builtin echo a")
    if "a\n" not in cell.text:
        assert "a new one was started" in cell.notice
        assert cell.error is not None
    live.goes_on()
    live.goes_on()


def test_traces_show_the_cell_alone(live: Live) -> None:
    assert live.run("set -x; echo t").text == "++ echo t\nt\n"
    assert live.run("echo u").text == "++ echo u\nu\n"
    assert live.run("set +x").text == "++ set +x\n"
    assert live.run("set -v; echo v").text == "v\n"
    assert live.run("echo w").text == "echo w\nw\n"
    live.run("set +v")
    live.goes_on()


def test_a_debug_trap_can_be_removed(live: Live) -> None:
    assert "D\n" in live.run('trap "echo D" DEBUG; echo x').text
    live.run("trap - DEBUG")
    live.goes_on()
    assert live.run("trap -p DEBUG").text == ""


def test_an_err_trap_fires_once(live: Live) -> None:
    assert live.run('trap "echo E" ERR; false').text == "E\n"
    assert live.run("true").text == ""
    assert live.run("false").text == "E\n"
    assert live.run("(exit 4)").text == "E\n"


@TIMES
def test_a_line_that_nobody_asked_for_is_not_executed(live: Live, times: int) -> None:
    for _ in range(times):
        header = live.begin("echo $(tty); sleep .05; echo end")
        terminal = live.until(header, "\n").split()[0]
        with open(terminal, "wb", buffering=0) as slave:
            _type(slave.fileno(), b"touch executed\n")
        assert live.end(header).error is None
        assert live.run("ls; echo next").text == "next\n"


def _type(terminal: int, text: bytes) -> None:
    """As if typed: TIOCSTI where it is allowed (it needs the privilege, and may be switched off)."""
    import fcntl
    import termios

    try:
        for byte in text:
            fcntl.ioctl(terminal, termios.TIOCSTI, bytes([byte]))
    except OSError as error:
        pytest.skip(f"this system lets nobody type into a terminal: {error}")


def test_a_trailing_backslash(live: Live) -> None:
    assert live.run("echo x \\").text == "x\n"
    assert live.run("echo x \\\n").text == "x\n"
    assert live.run("# \\").text == ""
    live.goes_on()


@pytest.mark.parametrize("word", ["EOF", "'EOF'", "-EOF", '"E F"', "\\EOF"])
def test_an_open_here_document(live: Live, word: str) -> None:
    cell = live.run(f"cat <<{word}\nabc")
    assert cell.text.endswith("abc\n")
    assert "__k" not in cell.text
    live.goes_on()


@TIMES
def test_set_e_ends_the_shell_and_a_new_one_has_its_state(live: Live, times: int) -> None:
    live.run(
        "x=5; a=(1 '2 3'); declare -A m=([k]=v); f() { echo F$x; }; alias hi='echo hello'; mkdir d; cd d; export e=1"
    )
    for _ in range(times):
        before = live.shell_pid()
        cell = live.run("set -e; false")
        assert cell.error == ("BashEnded", "bash ended with status 1")
        assert "a new one was started, with its variables, functions, aliases and options" in cell.notice
        assert live.shell_pid() != before
        cell = live.run('echo $x "${a[1]}" ${m[k]} $e; f; hi; basename "$PWD"')
        assert cell.text == "5 2 3 v 1\nF5\nhello\nd\n"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("exit 3", ("BashEnded", "bash ended with status 3")),
        ("exec true", None),
        ("exec false", ("BashEnded", "bash ended with status 1")),
        ("exec /nonexistent", ("ExitStatus", "127")),
        ("exit", None),
        ("logout", ("ExitStatus", "1")),
        ("exec 0<&- 1>&- 2>&-", None),
        ("suspend -f", None),
    ],
)
def test_ways_to_end_the_shell(live: Live, code: str, error: tuple[str, str] | None) -> None:
    if code.startswith("suspend"):
        header = live.begin(f"echo go; {code}; echo on")
        shown = live.until(header, "go\n")
        live.interrupt()
        if not live.has_ended(header, 1.0):
            live.interrupt()
        live.end(header, shown=shown)
    else:
        cell = live.run(code)
        assert cell.error == error
    live.goes_on()


def test_statuses_from_cell_to_cell(live: Live) -> None:
    assert live.run("(exit 7)").error == ("ExitStatus", "7")
    assert live.run("echo $?").text == "7\n"
    assert live.run("return 3").error == ("ExitStatus", "3")
    assert live.run("echo ${?}").text == "3\n"
    assert live.run("true").error is None
    assert live.run("echo $?").text == "0\n"


@pytest.mark.parametrize("word", ["break", "continue"])
def test_loop_words_outside_of_loops(live: Live, word: str) -> None:
    assert "only meaningful in" in live.run(word).text
    live.goes_on()


def test_a_working_directory_that_vanishes(live: Live) -> None:
    assert live.run("mkdir d; cd d; rmdir ../d; echo x").text == "x\n"
    live.goes_on()
    assert live.run("kill -9 $$").error == ("BashEnded", "bash was ended by SIGKILL")
    live.goes_on()


def test_history(live: Live) -> None:
    assert live.run("history -s hello; history").text == ("    1  history -s hello; history\n    2  hello\n")


def test_a_coprocess(live: Live) -> None:
    assert live.run("coproc cat; echo to >&${COPROC[1]}; read x <&${COPROC[0]}; echo $x").text.endswith("to\n")
    live.goes_on()


@TIMES
def test_late_output_belongs_to_the_cell_that_began_it(live: Live, times: int) -> None:
    """That jobs have ended bash says when it next has a moment: with what they say, or in a later cell."""
    live.run("mkfifo gate")
    told = 0
    for _ in range(times):
        header = live.begin("(read <gate; echo late) & echo now")
        text, done_with = JOB_DONE.subn("", live.end(header).text)
        assert text == "now\n"
        (live.work / "gate").write_text("go\n")
        text, done_after = JOB_DONE.subn("", live.until(header, "late\n"))
        assert text == "late\n"
        told += done_with + done_after
    assert told <= times


JOB_DONE = re.compile(r"\[\d+\][-+ ]  Done +\( read < gate; echo late \)\n")


def test_output_cannot_end_a_cell(live: Live) -> None:
    for code in (
        'echo "$PS1$PROMPT_COMMAND"',
        "set",
        "declare -f",
        r"printf '\e]5151;%s;%s\a' $__k_t $__k_n; sleep .2",
        r"printf '\e]5151;%s;' $__k_t; sleep .2",
        r"printf '\e]5151;%s;d;nothing\a' $__k_t; sleep .2",
        r"printf 'D %s 0 /\0' $__k_n >>$__k_f; sleep .2",
    ):
        cell = live.run(f"{code}; echo the end")
        assert cell.text.endswith("the end\n")
    assert live.run("head -c 1M /dev/urandom; echo; echo the end").text.endswith("the end\n")
    live.goes_on()


def test_all_output_arrives(live: Live) -> None:
    assert live.run("printf abc").text == "abc"
    assert live.run("head -c 1000000 /dev/zero | tr '\\0' x").text == "x" * 1_000_000
    assert live.run("seq 100000").text == "".join(f"{number}\n" for number in range(1, 100_001))
    line = "the quick brown fox jumps over the lazy dog, twice\n"
    assert live.run(f"yes '{line[:-1]}' | head -c 50000000", timeout=60).text == (line * 1_000_000)[:50_000_000]


def test_long_and_odd_code(live: Live) -> None:
    assert live.run(f"echo {'y' * 5000}").text == "y" * 5000 + "\n"
    assert live.run(":\n" * 100_000 + "echo $LINENO").text == "100001\n"
    assert live.run("cat <<EOF\n  a\n\n\tb\nEOF").text == "  a\n\n\tb\n"
    assert live.run("echo \"hi!there\" 'a\tb' é \U0001f600").text == "hi!there a\tb é \U0001f600\n"
    assert live.run("echo 'a\x01b\x7f\x1b[0mc'").text == "a\x01b\x7f\x1b[0mc\n"
    assert live.run("echo a\x00b").error is None
    assert live.run("echo \udc80x").error is None
    live.goes_on()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("if true; then", "incomplete"),
        ('echo "abc', "incomplete"),
        ("cat <<EOF\nabc", "incomplete"),
        ("f() {", "incomplete"),
        ("echo a |", "incomplete"),
        ("echo a \\", "incomplete"),
        ("case x in", "incomplete"),
        ("(", "incomplete"),
        ("echo $(", "incomplete"),
        ("for i in 1 2", "incomplete"),
        ("a &&", "incomplete"),
        ("[[ a", "incomplete"),
        ("x=(1 2", "incomplete"),
        ("${x", "incomplete"),
        ("`date", "incomplete"),
        ("if then fi", "invalid"),
        ("fi", "invalid"),
        ("echo )", "invalid"),
        ("done <", "invalid"),
        ("echo ok", "complete"),
    ],
)
def test_is_complete(shared: Live, code: str, status: str) -> None:
    assert shared.client.request(IsCompleteRequest(code)).reply.content.to_fields()["status"] == status


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A kernel for tests that do nothing to it."""
    with Live(tmp_path_factory.mktemp("shared")) as one:
        yield one
