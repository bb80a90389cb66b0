"""Completion: what is being written, what Octave knows, and that asking leaves no trace."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from octave_kernel.assistance.completion import Here, Place, here
from tests.octave_kernel.asking import completing, matches, types, while_busy
from tests.octave_kernel.conftest import Octave


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = pl", Here(Place.NAME, "pl", 4)),
        ("", Here(Place.NAME, "", 0)),
        ("s.al", Here(Place.FIELD, "al", 2, "s", ("s",))),
        ("x = s.a(2).", Here(Place.FIELD, "", 11, "s.a(2)", ("s",))),
        ("c{end}.b(k,:).x", Here(Place.FIELD, "x", 14, "c{end}.b(k,:)", ("k", "c"))),
        ("f(g(1)).x", Here(Place.NOTHING, "", 9)),
        ("s.(n).x", Here(Place.NOTHING, "", 7)),
        ("(s).x", Here(Place.NOTHING, "", 5)),
        ("x = 12", Here(Place.NOTHING, "", 6)),
        ("x = é", Here(Place.NOTHING, "", 5)),
        ("x % pl", Here(Place.NOTHING, "", 6)),
        ("%{\npl", Here(Place.NOTHING, "", 5)),
        ("load ('da", Here(Place.TEXT, "da", 7)),
        ('x = "a/b', Here(Place.TEXT, "a/b", 5)),
        ("x = a'", Here(Place.NAME, "", 6)),
        ("cd fol", Here(Place.WORD, "fol", 3, "cd")),
        ("load a b", Here(Place.WORD, "b", 7, "load")),
        ("load 'my f", Here(Place.TEXT, "my f", 6)),
        ("set (h, 'co", Here(Place.PROPERTY, "co", 9, "h", ("h",))),
        ("set (f(1).h, 'co", Here(Place.PROPERTY, "co", 14, "f(1).h", ("f",))),
        ("plot (x, y, 'li", Here(Place.PROPERTY, "li", 13, "x", ("x",))),
        ("é = 1; pl", Here(Place.NAME, "pl", 7)),
    ],
)
def test_what_is_being_written(code: str, expected: Here) -> None:
    assert here(code, len(code)) == expected


def test_functions_keywords_and_variables_have_their_types(shared: Octave) -> None:
    shared.run("while_mine = 1; function whisper (), end")
    reply = shared.do(completing(shared, "x = 1; wh"))
    assert (reply.cursor_start, reply.cursor_end) == (7, 9)
    assert reply.matches[0] == "while_mine", "variables come first"
    kinds = types(reply)
    assert kinds["while_mine"] == "variable"
    assert (kinds["while"], kinds["which"], kinds["whisper"]) == ("keyword", "function", "function")
    assert all(match.startswith("wh") for match in reply.matches)
    shared.run("clear while_mine whisper")


def test_capitals_matter_only_if_that_finds_something(shared: Octave) -> None:
    shared.run("Mixed_name = 1; mixed_other = 2;")
    assert matches(shared, "Mixed") == ["Mixed_name"]
    assert matches(shared, "mIXED") == ["Mixed_name", "mixed_other"]
    shared.run("clear Mixed_name mixed_other")


def test_our_own_functions_are_not_offered(shared: Octave) -> None:
    assert matches(shared, "__k_") == []
    assert not any(match.startswith("_") for match in matches(shared, ""))


def test_fields_of_structs_wherever_they_are(shared: Octave) -> None:
    shared.run("st.alpha = 1; st.beta.gamma = {1, struct('deep', 2)}; sa(2).field = 3; k = 2; ce = {st};")
    assert matches(shared, "st.") == ["alpha", "beta"]
    assert matches(shared, "st.al") == ["alpha"]
    assert matches(shared, "x = [1, st.beta.g") == ["gamma"]
    assert matches(shared, "st.beta.gamma{2}.") == ["deep"]
    assert matches(shared, "sa(k).") == ["field"]
    assert matches(shared, "ce{end}.b") == ["beta"]
    assert types(shared.do(completing(shared, "st."))) == {"alpha": "field", "beta": "field"}
    shared.run("clear st sa k ce")


def test_methods_and_properties_of_objects(shared: Octave) -> None:
    shared.run("ip = inputParser;")
    kinds = types(shared.do(completing(shared, "ip.")))
    assert kinds["CaseSensitive"] == "property"
    assert kinds["addOptional"] == "method"
    shared.run("clear ip")


def test_nothing_is_called_for_a_completion(shared: Octave) -> None:
    shared.run("global calls; calls = 0; function s = called (), global calls; calls++; s.field = 1; end; a1.b = 1;")
    for code in ("called.", "called().", "a1(called()).", "a1(called).", "a1.(called()).", "a1.b(called).x"):
        assert matches(shared, code) == []
    assert shared.run("disp (calls)").text == "0\n"
    shared.run("clear -global calls; clear called a1")


def test_properties_of_graphics_objects(shared: Octave) -> None:
    shared.run("hf = figure ('visible', 'off'); ha = axes ();")
    assert matches(shared, "set (hf, 'papersi") == ["papersize"]
    assert "xticklabel" in matches(shared, "get (ha, 'xti")
    assert "linewidth" in matches(shared, "plot (1:3, 'li")
    shared.run("delete (hf); clear hf ha")


def test_files_within_quotes_and_of_commands(octave: Octave, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (folder / "sub dir").mkdir(parents=True)
    (folder / "data one.mat").touch()
    (folder / ".hidden").touch()
    octave.run(f"cd ('{folder}')")
    assert matches(octave, "load ('d") == ["data one.mat"]
    assert matches(octave, "cd ") == ["sub dir/"]
    assert matches(octave, 'x = fopen ("sub') == ["sub dir/"]
    assert matches(octave, "load .h") == [".hidden"]
    reply = octave.do(completing(octave, "ls "))
    assert types(reply) == {"data one.mat": "file", "sub dir/": "directory"}
    assert matches(octave, f"load ('{folder}/da") == [f"{folder}/data one.mat"]
    (folder / "it's.txt").touch()
    assert matches(octave, "load ('it") == ["it''s.txt"]
    assert matches(octave, "load ('it''s") == ["it''s.txt"]
    assert matches(octave, 'load ("it') == ["it's.txt"]
    octave.run(f"cd ('{tmp_path / 'work'}')")


def test_words_of_commands(shared: Octave) -> None:
    assert matches(shared, "hold o") == ["on", "off"]
    assert matches(shared, "format long") == ["long", "longg", "longe"]
    assert "fliplr" in matches(shared, "help flip")


def test_asking_leaves_no_trace(shared: Octave) -> None:
    shared.run("clear all; ans = 42; sv.f = 1;")
    shared.run("try, error ('my:id', 'boom'); catch, end; warning ('off', 'my:warning'); lastwarn ('last', 'my:last');")
    look = "disp (ans); disp (lasterr ()); [~, id] = lasterr (); disp (id); [m, i] = lastwarn (); disp ([m i]);"
    look += "disp (warning ('query', 'my:warning').state); disp (warning ('query', 'my:other').state); clear id m i;"
    look += "disp (who ()); disp (numel (path ()))"
    before = shared.run(look).text
    assert before.startswith("42\nboom\nmy:id\nlastmy:last\noff\non\n")
    for code in ("pl", "sv.", "sin.", "set (0, 'x", "help "):
        matches(shared, code)
    assert shared.run(look).text == before
    shared.run("clear ans; try, error ('boom again'); catch, end")
    matches(shared, "pl")
    assert shared.run("disp (exist ('ans', 'var')); disp (lasterr ())").text == "0\nboom again\n"


def test_variables_of_odd_names_do_not_matter(shared: Octave) -> None:
    shared.run(
        "who = 1; whos = 2; exist = 3; eval = 4; evalin = 5; ans = 6; clear_ = 7; path = 8; st.fi = 9; warning = 1;"
    )
    assert matches(shared, "st.") == ["fi"]
    assert matches(shared, "exis")[0] == "exist"
    assert shared.run("disp (ans)").text == "6\n"
    shared.run("clear -all")
    assert matches(shared, "plot3") == ["plot3"]


def test_our_functions_are_found_again(shared: Octave) -> None:
    shared.run("st.fi = 9; restoredefaultpath;")
    assert matches(shared, "st.") == ["fi"]
    shared.run("clear st")


def test_while_a_cell_runs_what_was_known_is_told(shared: Octave) -> None:
    shared.run("known_before = 1;")
    assert matches(shared, "known_") == ["known_before"]
    reply = while_busy(shared, completing(shared, "known_in_code = 1; known_"))
    assert list(reply.matches) == ["known_before", "known_in_code"]
    assert list(while_busy(shared, completing(shared, "known_before.")).matches) == []
    assert list(while_busy(shared, completing(shared, "unwind_protect_")).matches) == ["unwind_protect_cleanup"]
    shared.run("clear known_before")


def test_many_questions_at_once_are_answered(shared: Octave) -> None:
    async def all_of_them() -> list[list[str]]:
        asked = [completing(shared, code) for code in ("fliplr", "aa.", "flipud")]
        return [list(reply.matches) for reply in await asyncio.gather(*asked)]

    shared.run("aa.bb = 1;")
    assert shared.do(all_of_them()) == [["fliplr"], ["bb"], ["flipud"]]
    shared.run("clear aa")
