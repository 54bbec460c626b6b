from __future__ import annotations

import pytest

from tfhub.formats.names import Names, fault_of, parts_of


def test_parts() -> None:
    assert parts_of("./a//b/./c/") == ["a", "b", "c"]
    assert parts_of("./") == []


@pytest.mark.parametrize(
    "name",
    [
        *("..", "a/../b", "a\\b", "\\", "a\0", "x" * 256, "ä" * 128),
        *("con", "CON", "aux.txt", "a/NUL/b", "com1", "LPT9.tar.gz", "CONIN$", "com²"),
        *("con .txt", "a.", "a ", "a./b", "/".join("a" * 101)),
        "/".join(["x" * 200] * 11),
    ],
)
def test_what_no_archive_may_hold(name: str) -> None:
    assert fault_of(name.split("/"), everywhere=False)
    assert fault_of(name.split("/"), everywhere=True)


@pytest.mark.parametrize(
    "name", ["a:b", "a?", "*", 'a"', "<", ">", "a|b", "a\nb", "\x1f", "\udcff"]
)
def test_what_only_some_systems_can_have(name: str) -> None:
    assert fault_of([name], everywhere=True)
    assert not fault_of([name], everywhere=False)


@pytest.mark.parametrize(
    "name",
    [
        *("saved_model.pb", "variables/variables.data-00000-of-00001", ".a", "a b"),
        *("console", "com", "com10", "nul-a", "naïve", "日本", "a'b", "x" * 255),
        *("variables.data-00000-of-00001.tempstate123", "/".join("a" * 100), "~", "$"),
    ],
)
def test_what_all_can_have(name: str) -> None:
    assert fault_of(name.split("/"), everywhere=True) is None


@pytest.mark.parametrize(
    ("one", "two"),
    [("a/B", "a/b"), ("é", "e\u0301"), ("Straße", "STRASSE"), ("ﬁ", "FI"), ("K", "k")],
)
def test_two_that_are_one_somewhere(one: str, two: str) -> None:
    names = Names()
    assert names.clash(one, is_file=True) is None
    assert names.clash(one, is_file=True) is None
    said = names.clash(two, is_file=True)
    assert said is not None
    assert repr(one) in said


def test_a_file_and_a_folder_at_once() -> None:
    names = Names()
    assert names.clash("a", is_file=False) is None
    assert names.clash("a", is_file=True)
