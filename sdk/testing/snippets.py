"""Code in many languages for the conformance checks: data, a table row a language.

`{seconds}`, `{lines}`, `{count}`, and for a language that only echoes `{numbers}` and `{text}`, are filled in by the
checks. An empty snippet skips what needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

UNICODE = "grün 日本 \N{GRINNING FACE}"


@dataclass(frozen=True)
class Snippets:
    """What a check says to a kernel; every field is code unless it says otherwise."""

    language: str = ""
    hello: str = ""
    """Prints hello on stdout."""
    stderr: str = ""
    """Prints problem on stderr."""
    result: str = ""
    """Has the value 42."""
    error: str = ""
    """Fails at once."""
    sleep: str = ""
    """Waits {seconds}."""
    input: str = ""
    """Asks with the prompt "name? " and prints the answer."""
    password: str = ""
    """Asks, with the prompt "secret? ", for what must not be shown."""
    unicode: str = ""
    """Prints `UNICODE`."""
    flood: str = ""
    """Prints the numbers from 0 to {lines} - 1, each on a line."""
    large: str = ""
    """Prints {count} times x, on one line."""
    comment: str = ""
    """Not code: what starts a comment."""
    assign: str = ""
    """Keeps 4711 in a variable."""
    read: str = ""
    """Prints that variable."""
    completion: str = ""
    """The beginning of a word, which may go on as `completed`."""
    completed: str = ""
    """Not code: a match for `completion`."""
    inspect: str = ""
    """A name that has documentation."""
    complete: str = ""
    """May be run as it stands."""
    incomplete: str = ""
    """Needs more lines."""
    invalid: str = ""
    """Cannot become right by more lines."""
    expression: str = ""
    """For user_expressions: has the value 42."""


PYTHON = Snippets(
    language="python",
    hello="print('hello')",
    stderr="import sys; print('problem', file=sys.stderr)",
    result="6 * 7",
    error="raise ValueError('broken')",
    sleep="import time; time.sleep({seconds})",
    input="print(input('name? '))",
    password="import getpass; print(getpass.getpass('secret? '))",
    unicode=f"print('{UNICODE}')",
    flood="for number in range({lines}): print(number)",
    large="print('x' * {count})",
    comment="# ",
    assign="kept = 4711",
    read="print(kept)",
    completion="prin",
    completed="print",
    inspect="print",
    complete="1 + 1",
    incomplete="for x in y:",
    invalid="1 1 = )",
    expression="6 * 7",
)

BASH = Snippets(
    language="bash",
    hello="echo hello",
    stderr="echo problem >&2",
    error="no_such_command_4711",
    sleep="sleep {seconds}",
    input="read -p 'name? ' answer; echo \"$answer\"",
    password="read -s -p 'secret? ' answer; echo \"$answer\"",
    unicode=f"echo '{UNICODE}'",
    flood="for ((number = 0; number < {lines}; number++)); do echo $number; done",
    large="head -c {count} /dev/zero | tr '\\0' x; echo",
    comment="# ",
    assign="kept=4711",
    read="echo $kept",
    completion="ech",
    completed="echo",
    inspect="echo",
    complete="echo 1",
    incomplete="if true; then",
    invalid="fi",
    expression="echo $((6 * 7))",
)

OCTAVE = Snippets(
    language="octave",
    hello="disp('hello')",
    stderr='fprintf(stderr, "problem\\n")',
    error="error('broken')",
    sleep="pause({seconds})",
    input="disp(input('name? ', 's'))",
    unicode=f"disp('{UNICODE}')",
    flood='for number = 0:({lines} - 1), printf("%d\\n", number); end',
    large="disp(repmat('x', 1, {count}))",
    comment="% ",
    assign="kept = 4711;",
    read="disp(kept)",
    completion="fprint",
    completed="fprintf",
    inspect="fprintf",
    complete="x = 1;",
    incomplete="for x = 1:3",
    invalid="x = )",
)

ECHO = Snippets(
    language="echo",
    hello="hello",
    result="shout 42",
    error="error broken",
    input="input name? ",
    unicode=UNICODE,
    flood="{numbers}",
    large="{text}",
    completion="err",
    completed="error",
)

LUA = Snippets(
    language="lua",
    hello="print('hello')",
    stderr="io.stderr:write('problem\\n')",
    result="6 * 7",
    error="error('broken')",
    sleep="os.execute('sleep {seconds}')",
    input="io.write('name? ') print(io.read())",
    unicode=f"print('{UNICODE}')",
    flood="for number = 0, {lines} - 1 do print(number) end",
    large="print(string.rep('x', {count}))",
    comment="-- ",
    assign="kept = 4711",
    read="print(kept)",
    completion="prin",
    completed="print",
    complete="x = 1",
    incomplete="for x = 1, 3 do",
    invalid="x = )",
    expression="6 * 7",
)

JAVASCRIPT = Snippets(
    language="javascript",
    hello="console.log('hello')",
    stderr="console.error('problem')",
    result="6 * 7",
    error="throw new Error('broken')",
    sleep="await new Promise((done) => setTimeout(done, 1000 * {seconds}))",
    unicode=f"console.log('{UNICODE}')",
    flood="for (let number = 0; number < {lines}; number++) console.log(String(number))",
    large="console.log('x'.repeat({count}))",
    comment="// ",
    assign="globalThis.kept = 4711",
    read="console.log(String(kept))",
    completion="conso",
    completed="console",
    complete="1 + 1",
    incomplete="for (;;) {",
    invalid="1 1 = )",
)

R = Snippets(
    language="r",
    hello="cat('hello\\n')",
    stderr="message('problem')",
    result="6 * 7",
    error="stop('broken')",
    sleep="Sys.sleep({seconds})",
    input="cat(readline('name? '), '\\n')",
    unicode=f"cat('{UNICODE}\\n')",
    flood="for (number in 0:({lines} - 1)) cat(number, '\\n', sep = '')",
    large="cat(strrep('x', {count}), '\\n')",
    comment="# ",
    assign="kept <- 4711",
    read="cat(kept, '\\n')",
    completion="prin",
    completed="print",
    inspect="print",
    complete="1 + 1",
    incomplete="for (x in 1:3) {",
    invalid="x = )",
)

JULIA = Snippets(
    language="julia",
    hello='println("hello")',
    stderr='println(stderr, "problem")',
    result="6 * 7",
    error='error("broken")',
    sleep="sleep({seconds})",
    input='print("name? "); println(readline())',
    unicode=f'println("{UNICODE}")',
    flood="for number in 0:({lines} - 1); println(number); end",
    large='println("x" ^ {count})',
    comment="# ",
    assign="kept = 4711;",
    read="println(kept)",
    completion="printl",
    completed="println",
    inspect="println",
    complete="1 + 1",
    incomplete="for x in 1:3",
    invalid="x = )",
)

RUBY = Snippets(
    language="ruby",
    hello="puts 'hello'",
    stderr="warn 'problem'",
    result="6 * 7",
    error="raise 'broken'",
    sleep="sleep {seconds}",
    unicode=f"puts '{UNICODE}'",
    flood="{lines}.times { |number| puts number }",
    large="puts 'x' * {count}",
    comment="# ",
    assign="$kept = 4711",
    read="puts $kept",
    complete="1 + 1",
    incomplete="if true",
    invalid="x = )",
)

TCL = Snippets(
    language="tcl",
    hello="puts hello",
    stderr="puts stderr problem",
    result="expr 6 * 7",
    error="error broken",
    sleep="after [expr 1000 * {seconds}]",
    input="puts -nonewline {name? }; flush stdout; puts [gets stdin]",
    flood="for {set number 0} {$number < {lines}} {incr number} {puts $number}",
    large="puts [string repeat x {count}]",
    comment="# ",
    assign="set kept 4711",
    read="puts $kept",
    completion="forea",
    completed="foreach",
    complete="puts 1",
    incomplete="if 1 {",
    invalid="puts {a}b",
    expression="expr 6 * 7",
)

GNUPLOT = Snippets(
    language="gnuplot",
    hello="print 'hello'",
    error="print no_such_variable_4711",
    sleep="pause {seconds}",
    unicode=f"print '{UNICODE}'",
    flood="do for [number = 0:{lines} - 1] { print number }",
    comment="# ",
    assign="kept = 4711",
    read="print kept",
    completion="spl",
    completed="splot",
    complete="x = 1",
    incomplete="if (1) {",
    invalid="print )",
)

SQL = Snippets(language="sql", comment="-- ", error="SELECT * FROM no_such_table_4711;")

LANGUAGES: Mapping[str, Snippets] = {
    each.language: each for each in (PYTHON, BASH, OCTAVE, ECHO, LUA, JAVASCRIPT, R, JULIA, RUBY, TCL, GNUPLOT, SQL)
} | {"typescript": JAVASCRIPT, "ipython": PYTHON, "sh": BASH, "matlab": OCTAVE}


def snippets_for(language: str) -> Snippets:
    """The snippets for a kernel's `language_info.name`; empty ones for a language that we do not know."""
    return LANGUAGES.get(language.lower(), Snippets(language=language))
