"""Variables between the languages of a notebook: `%get`, `%put`, `%pull`, `%push`."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sdk.exchange import Array, ExchangeError, NoRoomError, Table, folder, parcel
from sdk.magics.exchange.changing import numbers, table
from sdk.magics.exchange.moving import move
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteReply, CompleteRequest
from tests.magics.conftest import Live, error_of, started
from tests.waiting import until

_SET = {"bash": "{}={}", "octave": "{} = {};"}
_SHOW = {"bash": "declare -p {}", "octave": "disp ({})"}


def _python(kernel: Live, code: str) -> str:
    done = kernel.run(f"%%kernel python\n{code}")
    assert done.error is None, done.error
    return done.text()


# -- bash --------------------------------------------------------------------------------------------------------------


def test_bash_puts_and_gets(bash: Live) -> None:
    bash.run("text='é 𝄞'; words=(a 'b c'); declare -A pairs=([k]=v); declare -i number=7; export text")
    assert error_of(bash.run("%put text words pairs number")) is None
    assert _python(bash, "print([text, words, pairs, number])") == "['é 𝄞', ['a', 'b c'], {'k': 'v'}, 7]\n"
    _python(bash, "text = 'new'; words = [1.5, 'x']; pairs = {'a': 1}; number = 2**70")
    assert error_of(bash.run("%get text words pairs number")) is None
    shown = 'declare -x text="new"\ndeclare -a words=([0]="1.5" [1]="x")\ndeclare -Ai pairs=([a]="1" )\n'
    assert bash.run("declare -p text words pairs number").text() == f'{shown}declare -- number="{2**70}"\n'


def test_names_may_change_and_numbers_be_read(bash: Live) -> None:
    bash.run("values=(1 2.5 x 1e3)")
    assert error_of(bash.run("%push values --as other --numbers --to python")) is None
    assert _python(bash, "print(other)") == "[1, 2.5, 'x', 1000.0]\n"
    assert error_of(bash.run("%pull other -f python -a back")) is None
    assert bash.run('echo "${back[@]}"').text() == "1 2.5 x 1000.0\n"


def test_more_lines_and_code_may_follow(bash: Live) -> None:
    assert bash.run("x=1\n%put x").error is not None  # not at the top: it is bash's
    done = bash.run("%kx y = 'from Python'\n%get y --from python\necho $y")
    assert (done.text(), done.error) == ("from Python\n", None)


# -- Octave ------------------------------------------------------------------------------------------------------------


def test_octave_puts_and_gets(octave: Live) -> None:
    octave.run("m = reshape (1:6, 2, 3); s = struct ('a', 1, 'b', {{'x', 'é'}}); i = int8 (-5); r = 1:3; t = true;")
    assert error_of(octave.run("%put m s i r t --to python")) is None
    shown = _python(octave, "print(m.tolist(), s['b'], repr(i.dtype), r.shape, t)")
    assert shown == "[[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]] ['x', 'é'] dtype('int8') (3,) True\n"
    _python(octave, "import numpy as np; m = np.arange(6).reshape(2, 3); s = {'k': [1, 'two', None]}; r = b'\\xff'")
    assert error_of(octave.run("%get m s r")) is None
    done = octave.run("printf ('%s %s|%s|%d %s', class (m), mat2str (m), s.k{2}, r, class (r))")
    assert done.text() == "int64 [0 1 2;3 4 5]|two|255 uint8"


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "i4", "u8", "f4", "f8", "c8", "c16"])
def test_arrays_small_and_large_come_back_to_the_bit(octave: Live, dtype: str) -> None:
    made = (
        "import numpy as np; noise = np.random.default_rng(1)\n"
        f"def new(*shape):\n    count = int(np.prod(shape)) * np.dtype({dtype!r}).itemsize\n"
        "    bits = np.frombuffer(noise.bytes(count), 'u1')\n"
        f"    return (bits % 2 if {dtype!r} == '?' else bits).view({dtype!r}).reshape(shape)\n"
        "given = [new(3), new(2, 3), new(300, 700), new(300, 700).T, new(50, 60, 70), new(3, 1), new(200000)]\n"
        "given += [new(1, 3), new(1, 200000), new(1, 1)]\n(a, b, c, d, e, f, g, h, i, j) = given\n"
    )
    _python(octave, made)
    assert error_of(octave.run("%get a b c d e f g h i j --from python")) is None
    _python(octave, "del a, b, c, d, e, f, g, h, i, j")
    assert error_of(octave.run("%put a b c d e f g h i j --to python")) is None
    same = "(x.dtype, x.shape, x.tobytes()) == (y.dtype, y.shape, y.tobytes())"
    assert (
        _python(octave, f"print([{same} for x, y in zip(given, (a, b, c, d, e, f, g, h, i, j))])") == f"{[True] * 10}\n"
    )


def test_a_row_of_octave_s_own_has_one_dimension(octave: Live) -> None:
    _python(octave, "import numpy as np; row = np.ones((1, 3)); flat = np.ones(3)")
    octave.run("%get row flat --from python")
    octave.run("row = 2 * row; own = 1:3; one = 1;\n% and back")
    assert error_of(octave.run("%put row flat own one --to python")) is None
    assert _python(octave, "print(row.shape, flat.shape, own.shape, type(one))") == "(1, 3) (3,) (3,) <class 'float'>\n"
    _python(octave, "row = [1.0, 2.0]")
    octave.run("%get row --from python")
    octave.run("%put row --to python")
    assert _python(octave, "print(row.shape)") == "(2,)\n"
    octave.run("row = 'text';")
    octave.run("%put row --to python")
    assert _python(octave, "print(row)") == "text\n"


def test_a_large_matrix_goes_to_octave_and_back(octave: Live) -> None:
    _python(octave, "import numpy as np; big = np.random.default_rng(1).random((3000, 1000))")
    assert error_of(octave.run("%get big --from python")) is None
    assert octave.run("printf ('%d %d %s', size (big), class (big))").text() == "3000 1000 double"
    assert error_of(octave.run("%put big --as back --to python\nclear big")) is None
    assert _python(octave, "print(big.tobytes() == back.tobytes(), big.shape == back.shape); del big, back") == (
        "True True\n"
    )


def test_octave_s_own_values_have_a_like_or_are_named(octave: Live) -> None:
    octave.run(
        "clear all; "
        "c = {1, 'two'; [1 2], {3}}; st = struct ('q', {1, 2}); f.g = {1, @sin}; k = containers.Map ({'a'}, {2});"
    )
    assert error_of(octave.run("%put c st k --to python")) is None
    shown = _python(octave, "print(c[0], c[1][0].tolist(), c[1][1], st, k)")
    assert shown == "[1.0, 'two'] [1.0, 2.0] [3.0] [{'q': 1.0}, {'q': 2.0}] {'a': 2.0}\n"
    told = "%put: f['g'][1]: a function handle has no like elsewhere; give what it computes, or func2str of it"
    assert error_of(octave.run("%put f --to python")) == ("UsageError", told)


def test_comments_of_octave_s_that_begin_so_are_comments(octave: Live) -> None:
    octave.run("%kx 1")
    for comment, told in (("%get the mean of all", False), ("%get faces", True), ("%put everything together", True)):
        done = octave.run(f"{comment}\ndisp (5)")
        assert (done.text(), done.error) == ("5\n", None)
        assert ("so this line is taken for a comment" in done.text("stderr")) == told


@pytest.mark.parametrize(
    ("value", "in_bash", "in_octave"),
    [
        ("42", "42", "42"),
        ("1.5", "1.5", "1.5000"),
        ("'é x'", "é x", "é x"),
        ("[1, 2, 3]", "1 2 3", "1 2 3"),
        ("True", "true", "1"),
    ],
)
def test_a_variable_is_set_to_a_value_that_is_written(
    bash: Live, octave: Live, value: str, in_bash: str, in_octave: str
) -> None:
    assert bash.run(f"%set set_here {value}\necho ${{set_here[@]}}").text() == f"{in_bash}\n"
    done = octave.run(f"%set set_here {value}\ndisp (set_here)")
    assert " ".join(done.text().split()) == in_octave


def test_what_cannot_be_set_is_named(any_kernel: Live) -> None:
    done = error_of(any_kernel.run("%set x {'a': {'b': [{}]}}"))
    assert any_kernel.name == "octave" or done is not None
    if any_kernel.name == "bash":
        told = "%set: four: this is no value as Python writes it, such as 42, 'text' or [1, 2]"
        assert error_of(any_kernel.run("%set x four")) == ("UsageError", told)
        assert "variable '2x'" in str(error_of(any_kernel.run("%set 2x 4")))
    any_kernel.goes_on()


def test_a_comment_starts_no_other_kernel(tmp_path: Path) -> None:
    with started("octave", tmp_path) as octave:
        for comment in ("%get faces", "%put everything together", "%get the mean of all", "%put x"):
            assert octave.run(f"{comment}\ndisp (5)").text() == "5\n"
        assert octave.run("%kernel").text() == "no other kernel was used yet\n"


def test_a_variable_that_is_got_leaves_nothing_else_behind(octave: Live) -> None:
    octave.run("clear all; ans = 42;")
    _python(octave, "x = [1.0]")
    octave.run("%get x --from python")
    assert octave.run("disp (ans); who").text().split()[-2:] == ["ans", "x"]


# -- between two others, and into Python -------------------------------------------------------------------------------


def test_two_other_kernels_have_each_other_s(echo: Live, octave: Live) -> None:
    echo.run("%%kernel bash\ndeclare -ai x=(1 2 3)")
    assert error_of(echo.run("%put x --from bash --to octave")) is None
    assert echo.run("%%kernel octave\ndisp (x * 2)").text() == "   2   4   6\n"
    assert error_of(echo.run("%get x --from octave --to python --as y")) is None
    assert _python(echo, "print(y)") == "[1. 2. 3.]\n"


def test_python_is_left_as_it_was(echo: Live) -> None:
    echo.run("%%kernel bash\nx=text")
    before = _python(echo, "open = exec = None; print(sorted(globals()))")
    assert error_of(echo.run("%put x --from bash --to python --as new_one")) is None
    after = _python(echo, "print(sorted(globals()))")
    assert set(eval(after)) - set(eval(before)) <= {"new_one", "_i", "_ii", "_iii", "_i2", "_i3", "_i4", "_i5", "_i6"}
    _python(echo, "del open, exec")


# -- help with writing -------------------------------------------------------------------------------------------------


def _completed(kernel: Live, code: str) -> list[str]:
    reply = kernel.client.request(CompleteRequest(code, len(code))).reply
    assert reply is not None
    assert isinstance(reply.content, CompleteReply)
    found = reply.content
    return [code[: found.cursor_start] + match for match in found.matches]


@pytest.mark.parametrize("name", ["bash", "octave"])
def test_names_of_variables_are_completed(request: pytest.FixtureRequest, name: str) -> None:
    kernel: Live = request.getfixturevalue(name)
    kernel.run("completed_one=1\ncompleted_two=2")
    kernel.run("%%kernel bash\nexchanged_a=1")
    _python(kernel, "exchanged_here = 1; exchanged_there = 2")
    assert _completed(kernel, "%put comp") == ["%put completed_one", "%put completed_two"]
    assert _completed(kernel, "%put completed_one completed_t") == ["%put completed_one completed_two"]
    assert _completed(kernel, "%pull exchanged_h") == ["%pull exchanged_here"]
    assert _completed(kernel, "%get --from bash exchan") == ["%get --from bash exchanged_a"]
    assert _completed(kernel, "%put x --fr") == ["%put x --from"]
    assert _completed(kernel, "%put x --to octa") == ["%put x --to octave"]


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_language_without_variables_says_so(echo: Live) -> None:
    told = "echo gives no variables away and takes none; --from and --to name other kernels"
    assert error_of(echo.run("%put x --to python")) == ("UsageError", f"%put: {told}")
    assert error_of(echo.run("%get x --from python")) == ("UsageError", f"%get: {told}")
    done = error_of(echo.run("%put x --from echo --to python"))
    assert done is not None
    assert done[1].startswith("%put: echo gives no variables away and takes none: ")
    echo.goes_on()


def test_help_and_mistakes_of_usage(any_kernel: Live) -> None:
    for name in ("get", "put", "pull", "push"):
        done = any_kernel.run(f"%{name} --help")
        assert done.text().startswith(f"usage: %{name} [--")
        assert done.error is None
    told = error_of(any_kernel.run("%put x --frm python"))
    assert told is not None
    assert told[1].startswith("%put: --frm: no such option; did you mean --from?")
    assert error_of(any_kernel.run("%put x y --as z --to python")) == (
        "UsageError",
        "%put: --as z: it names one variable, and 2 are given; use one line for each",
    )
    missing = error_of(any_kernel.run("%get --from python"))
    assert missing == ("UsageError", "%get: NAME is missing; %get --help")
    unknown = error_of(any_kernel.run("%get x --from nosuchkernel"))
    assert unknown is not None
    assert any_kernel.name == "echo" or "nosuchkernel" in unknown[1]
    any_kernel.goes_on()


@pytest.mark.parametrize(
    ("name", "cell", "told"),
    [
        ("bash", "%put nope --to python", "%put: variable 'nope': there is no variable of this name"),
        ("bash", "%get nope --from python", "%get: there is no variable 'nope'"),
        ("bash", "%put 1x --to python", "%put: variable '1x': a name has letters, digits and '_', "),
        ("bash", "%get nested --from python", "%get: nested['a']: a list within another has no like in bash; "),
        ("bash", "%get strange --from python", "%get: strange[1]: a Python value of type object cannot be given "),
        ("octave", "%get nope --from python", "%get: there is no variable 'nope'"),
        ("octave", "%put nope --to python", "%put: variable 'nope': there is no variable of this name"),
        ("octave", "%get sets --from python", "%get: sets['a'][3]: a set has no like in Octave; give a list"),
        ("octave", "%get strange --from python", "%get: strange[1]: a Python value of type object cannot be given "),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(
    request: pytest.FixtureRequest, name: str, cell: str, told: str
) -> None:
    kernel: Live = request.getfixturevalue(name)
    _python(kernel, "nested = {'a': [[1]]}; sets = {'a': [1, 'b', 2, {3}]}; strange = [1, object()]")
    done = error_of(kernel.run(cell))
    assert done is not None
    assert done[0] == "UsageError"
    assert done[1].startswith(told)
    kernel.goes_on()


@pytest.mark.parametrize("name", ["bash", "octave"])
def test_an_interrupt_ends_it(request: pytest.FixtureRequest, name: str) -> None:
    kernel: Live = request.getfixturevalue(name)
    seen = kernel.work / "seen"
    _python(
        kernel,
        "import time\nclass Slow(list):\n    def __len__(self):\n"
        f"        __import__('io').open({str(seen)!r}, 'w').close()\n        while True: time.sleep(0.01)\n"
        "slow = Slow()",
    )
    header = kernel.begin("%get slow --from python")
    until(seen.exists)
    kernel.interrupt()
    assert error_of(kernel.end(header)) == ("KeyboardInterrupt", "")
    assert _python(kernel, "print('well')") == "well\n"
    kernel.goes_on()


def test_an_interrupt_ends_what_octave_itself_takes_long_for(octave: Live) -> None:
    octave.run("c = repmat ({1, 'a'; [1 2], {3}}, 1, 40000);")
    _python(octave, "pass")
    header = octave.begin("%put c --to python")

    pressed = 0.0

    def has_ended() -> bool:
        nonlocal pressed
        if time.monotonic() > pressed + 1:  # the first may come before it is begun; many would end Octave
            octave.interrupt()
            pressed = time.monotonic()
        return any(
            place is Channel.SHELL
            and message.parent_header is not None
            and message.parent_header.msg_id == header.msg_id
            for place, message in octave.client.pending
        )

    until(has_ended)
    assert error_of(octave.end(header)) == ("KeyboardInterrupt", "")
    octave.goes_on()


def test_another_kernel_that_dies_on_the_way_is_told_of(bash: Live) -> None:
    _python(bash, "import os\nclass Deadly(list):\n    def __len__(self):\n        os._exit(3)\ndeadly = Deadly()")
    done = error_of(bash.run("%get deadly --from python"))
    assert done is not None
    assert done[0] == "KernelDied"
    bash.run("x=again")
    assert error_of(bash.run("%put x --to python")) is None
    assert _python(bash, "print(x)") == "again\n"


def test_nothing_is_left_in_memory(bash: Live) -> None:
    _python(bash, "import numpy as np; large = np.arange(200000)")
    assert error_of(bash.run("%get large --from python")) is None
    mine = [name for place in folder.places() for name in os.listdir(place) if name.startswith("kernel-values-")]
    assert [name for name in mine if Path("/dev/shm", name, "value").exists()] == []


# -- parts -------------------------------------------------------------------------------------------------------------


class _End:
    """One end of a way, whose first file is on a full disk."""

    title = "end"

    def __init__(self, value: object, *, full: int = 0) -> None:
        self.value = value
        self.full = full
        self.seen: list[str] = []

    async def give(self, name: str, path: str) -> None:
        self.seen.append(path)
        if len(self.seen) <= self.full:
            raise NoRoomError(f"{name}: there is no room")
        parcel.write(path, self.value, name)

    async def take(self, name: str, path: str) -> None:
        self.value = parcel.read(path, name)


def _go(source: _End, target: _End) -> None:
    way = move(source, "x", target, "y")
    with pytest.raises(StopIteration):
        way.send(None)


def test_where_memory_is_full_the_disk_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    monkeypatch.setattr(folder, "_IN_MEMORY", str(tmp_path / "memory"))
    source, target = _End([1, "two"], full=1), _End(None)
    _go(source, target)
    assert target.value == [1, "two"]
    assert [path.startswith(str(tmp_path)) for path in source.seen] == [True, False]
    with pytest.raises(NoRoomError):
        _go(_End(1, full=9), target)


def test_text_that_looks_like_numbers_becomes_numbers() -> None:
    given = ["1", "-2.5", "1e3", "x", "", "1_000", "nan", " 4 ", {"a": "5"}, 6]
    found = numbers(given, "x")
    assert isinstance(found, list)
    assert repr(found) == "[1, -2.5, 1000.0, 'x', '', '1_000', nan, 4, {'a': 5}, 6]"


@pytest.mark.parametrize(
    ("value", "columns"),
    [
        ({"a": [1, 2], "b": ["x", "y"]}, [("a", [1, 2]), ("b", ["x", "y"])]),
        ([{"a": 1}, {"a": 2, "b": 3}], [("a", [1, 2]), ("b", [None, 3])]),
        (["a\tb", "1\tx", "2\ty"], [("a", [1, 2]), ("b", ["x", "y"])]),
        (["a\tb", "true\t1", "false\tfalse"], [("a", [True, False]), ("b", ["1", "false"])]),
        (["a\tb", "1\t2.5", "\t"], [("a", [1.0, None]), ("b", [2.5, None])]),
        ({"a": Array("|u1", (2, 1), b"\1\2")}, [("a", Array("|u1", (2,), b"\1\2"))]),
        (Table([("a", [1])]), [("a", [1])]),
    ],
)
def test_tables_are_columns_records_or_lines(value: object, columns: list[tuple[str, object]]) -> None:
    found = table(value, "x").columns
    assert repr(found).replace("nan", "None") == repr(columns)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (5, "x: this is no table"),
        ({"a": [1], "b": [1, 2]}, "x: a table's columns are equally long; these are: a 1, b 2"),
        (["a\tb", "1"], "x[1]: 1 columns in this line, 2 in the first"),
        ({"a": {"b": 1}}, "x['a']: a column is a list or an array; this is a value of type dict"),
        ({"a": Array("|u1", (2, 2), b"\0" * 4)}, "x['a']: a column has one dimension; this is 2x2"),
    ],
)
def test_what_is_no_table_is_told(value: object, told: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        table(value, "x")
    assert str(caught.value).startswith(told)
