"""What is to be completed: code up to a position, cut into words."""

from __future__ import annotations

import pytest

from bash_kernel.words import Kind, broken, place_at


@pytest.mark.parametrize(
    ("code", "kind", "text", "words"),
    [
        ("ec", Kind.COMMAND, "ec", ["ec"]),
        ("ls -l; ec", Kind.COMMAND, "ec", ["ec"]),
        ("if tr", Kind.COMMAND, "tr", ["tr"]),
        ("for x in a; do tr", Kind.COMMAND, "tr", ["tr"]),
        ("A=1 B=2 git che", Kind.ARGUMENT, "che", ["git", "che"]),
        ("echo $HO", Kind.VARIABLE, "HO", []),
        ('echo "${HO', Kind.VARIABLE, "HO", []),
        ("echo ${#HO", Kind.VARIABLE, "HO", []),
        ("echo '$HO", Kind.ARGUMENT, "$HO", ["echo", "$HO"]),
        ("echo \\$HO", Kind.ARGUMENT, "$HO", ["echo", "$HO"]),
        ("cat my\\ f", Kind.ARGUMENT, "my f", ["cat", "my f"]),
        ('cat "my f', Kind.ARGUMENT, "my f", ["cat", "my f"]),
        ("cat <fi", Kind.FILE, "fi", []),
        ("cat 2>fi", Kind.FILE, "fi", []),
        ("cat >|fi", Kind.FILE, "fi", []),
        ("cat &>fi", Kind.FILE, "fi", []),
        ("cat &>log fi", Kind.ARGUMENT, "fi", ["cat", "fi"]),
        ("cat 2>&1 fi", Kind.ARGUMENT, "fi", ["cat", "fi"]),
        ("cat <in fi", Kind.ARGUMENT, "fi", ["cat", "fi"]),
        ("x=~/fi", Kind.FILE, "~/fi", []),
        ("echo $(whi", Kind.COMMAND, "whi", ["whi"]),
        ('echo "$(ls --al', Kind.ARGUMENT, "--al", ["ls", "--al"]),
        ("echo $(date) b", Kind.ARGUMENT, "b", ["echo", "$(date)", "b"]),
        ("echo `ls -", Kind.ARGUMENT, "-", ["ls", "-"]),
        ("diff <(so", Kind.COMMAND, "so", ["so"]),
        ("ls # com", Kind.NOTHING, "", []),
        ("ls ", Kind.ARGUMENT, "", ["ls", ""]),
        ("", Kind.COMMAND, "", [""]),
        ("a | b && c || d & e", Kind.COMMAND, "e", ["e"]),
        ("a |& b", Kind.COMMAND, "b", ["b"]),
        ("{ ec", Kind.COMMAND, "ec", ["ec"]),
        ("echo {a,b", Kind.ARGUMENT, "{a,b", ["echo", "{a,b"]),
        ("for x", Kind.NOTHING, "x", []),
        ("for x in fi", Kind.FILE, "fi", []),
        ("select x in a fi", Kind.FILE, "fi", []),
        ("case fi", Kind.FILE, "fi", []),
        ("case x in a) ec", Kind.COMMAND, "ec", ["ec"]),
        ("function na", Kind.NOTHING, "na", []),
        ("sudo ap", Kind.COMMAND, "ap", ["ap"]),
        ("sudo -E apt ins", Kind.ARGUMENT, "ins", ["apt", "ins"]),
        ("sudo -u bob apt ins", Kind.ARGUMENT, "ins", ["apt", "ins"]),
        ("sudo -u bo", Kind.ARGUMENT, "bo", ["sudo", "-u", "bo"]),
        ("sudo -", Kind.ARGUMENT, "-", ["sudo", "-"]),
        ("env -i A=1 B=2 gi", Kind.COMMAND, "gi", ["gi"]),
        ("timeout 5 gi", Kind.COMMAND, "gi", ["gi"]),
        ("find . | xargs -n 1 gi", Kind.COMMAND, "gi", ["gi"]),
        ("time sudo nice -n 5 git che", Kind.ARGUMENT, "che", ["git", "che"]),
    ],
)
def test_what_is_to_be_completed(code: str, kind: Kind, text: str, words: list[str]) -> None:
    place = place_at(f"{code} and more", len(code))
    assert (place.kind, place.word.text, [word.text for word in place.words]) == (kind, text, words)


@pytest.mark.parametrize(
    ("code", "words", "current"),
    [  # as bash itself gives them to a completion function in COMP_WORDS and as its second argument
        ("cmd a:b:c", ["cmd", "a", ":", "b", ":", "c"], "c"),
        ("cmd --x=yy", ["cmd", "--x", "=", "yy"], "yy"),
        ('cmd "a=b', ["cmd", '"a=b'], "a=b"),
        ("cmd a=", ["cmd", "a", "="], ""),
        ("cmd a::", ["cmd", "a", "::"], ""),
        ('cmd -a "b c" d=e:f', ["cmd", "-a", '"b c"', "d", "=", "e", ":", "f"], "f"),
        ("cmd http://x", ["cmd", "http", ":", "//x"], "//x"),
        ("cmd ", ["cmd", ""], ""),
    ],
)
def test_words_are_parted_as_bash_parts_them(code: str, words: list[str], current: str) -> None:
    found, word = broken(place_at(code, len(code)).words)
    assert ([each.raw for each in found], word.text) == (words, current)
    assert code[word.start :] == word.raw


def test_words_are_parted_at_the_users_breaks_alone() -> None:
    words = place_at("cmd a:b=c", 9).words
    assert [word.raw for word in broken(words, "=")[0]] == ["cmd", "a:b", "=", "c"]
    assert [word.raw for word in broken(words, "")[0]] == ["cmd", "a:b=c"]


@pytest.mark.parametrize(
    "code", ["'", '"$(', "${", "`", "$((", "a\\", "<<", ")", "}", "((", '"`"', "case", "$", "&>", "sudo"]
)
def test_unfinished_code_is_no_error(code: str) -> None:
    for position in range(len(code) + 1):
        place_at(code, position)
