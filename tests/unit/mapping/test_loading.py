from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.language.loading import MOST_BYTES, MOST_DEPTH, Loaded, load_bytes, load_file, load_text
from tieout.language.nodes import MapNode, ScalarNode, follow, merge, plain, value
from tieout.problems import Position


def data(text: str) -> object:
    loaded = load_text(text, "m.yaml")
    assert loaded.root is not None, loaded.problems
    assert not loaded.problems
    return plain(loaded.root)


def found(loaded: Loaded) -> list[tuple[str, int, int]]:
    return [(p.code, p.at.line, p.at.column) for p in loaded.problems if p.at]


def one(text: str) -> tuple[str, int, int]:
    [problem] = found(load_text(text, "m.yaml"))
    return problem


def test_scalars_are_what_was_written() -> None:
    assert data("a: yes\nb: NO\nc: on\nd: true\ne: ~\nf:\ng: 12\nh: '12'") == {
        "a": "yes",
        "b": "NO",
        "c": "on",
        "d": True,
        "e": None,
        "f": None,
        "g": 12,
        "h": "12",
    }


def test_fractions_are_exact_decimals() -> None:
    read = data("a: 1.10\nb: 0.1\nc: -2.5e3")
    assert read == {"a": Decimal("1.10"), "b": Decimal("0.1"), "c": Decimal(-2500)}
    assert str(read["a"]) == "1.10"


def test_dates_stay_text() -> None:
    assert data("a: 2026-04-01\nb: 2026-04-01T10:00:00Z\nc: 10:30") == {
        "a": "2026-04-01",
        "b": "2026-04-01T10:00:00Z",
        "c": "10:30",
    }


def test_values_for_the_engine_have_no_int() -> None:
    root = load_text("a: [1, true, x, 1.5, {b: 2}]", "m.yaml").root
    assert root is not None
    assert value(root) == {"a": [Decimal(1), True, "x", Decimal("1.5"), {"b": Decimal(2)}]}
    assert isinstance(value(root)["a"][0], Decimal)  # type: ignore[index,call-overload]  # as the line above says


@pytest.mark.parametrize("text", ["0200", "007", "0x1F", "0o17", "1_000", "-012", ".inf", ".nan", "0.5_0", "01.5"])
def test_numbers_that_people_read_in_two_ways_are_refused(text: str) -> None:
    assert one(f"a: {text}") == ("ambiguous-number", 1, 4)
    assert load_text(f"a: {text}", "m.yaml").problems[0].mend == f'quote it: "{text}"'


def test_zero_is_a_number() -> None:
    assert data("a: 0\nb: 0.0\nc: -0") == {"a": 0, "b": Decimal("0.0"), "c": 0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: !crm.IsWon", ("tagged-scalar", 1, 4)),
        ("a: !!str 5", ("tagged-scalar", 1, 4)),
        ("a: !!python/object:os.system {}", ("tagged-scalar", 1, 4)),
        ("a: {b: !crm.X}", ("tagged-scalar", 1, 8)),
        ("a: 1\na: 2", ("duplicate-key", 2, 1)),
        ("a: {b: 1, b: 2}", ("duplicate-key", 1, 11)),
        ("a:\t- b", ("yaml-tab", 1, 3)),
        ("a:\n\t- b", ("yaml-tab", 2, 1)),
        ("a: b: c", ("yaml-quote", 1, 5)),
        ("a: {b: c[0].d}", ("yaml-quote", 1, 9)),
        ("a: `5` == x", ("yaml-quote", 1, 4)),
        ("a: @x", ("yaml-quote", 1, 4)),
        ("a: *x", ("yaml-alias", 1, 4)),
        ("a: &x [*x]", ("yaml-alias", 1, 8)),
        ("a: 1\n---\nb: 2", ("yaml-documents", 2, 1)),
        ("? [a]\n: b", ("yaml-key", 1, 3)),
        ("- a", ("yaml-not-a-map", 1, 1)),
        ("text", ("yaml-not-a-map", 1, 1)),
        ("", ("yaml-not-a-map", 1, 1)),
        ("# only a comment", ("yaml-not-a-map", 1, 1)),
        ("a: [1,", ("yaml-syntax", 1, 7)),
        ("a: 'x", ("yaml-syntax", 1, 6)),
        ('a: "\\q"', ("yaml-syntax", 1, 6)),
        ("a:\n  - b\n c: d", ("yaml-syntax", 3, 2)),
        ("a: \x07", ("yaml-syntax", 1, 1)),
        ("b: &r {c: 1}\na: {<<: *r}", ("yaml-merge", 2, 5)),
    ],
)
def test_what_cannot_be_read_is_named_at_its_place(text: str, expected: tuple[str, int, int]) -> None:
    assert one(text) == expected


def test_a_quote_that_helps_is_offered_with_the_text() -> None:
    assert load_text("a: {b: !crm.IsWon, c: 1}", "m.yaml").problems[0].mend == 'put it in quotes: "!crm.IsWon"'


def test_bytes_that_are_no_utf8_are_found() -> None:
    assert found(load_bytes("a: 1\nb: Stra\xdfe".encode("latin-1"), "m.yaml")) == [("not-utf8", 2, 8)]
    assert found(load_bytes(b"\xff\xfea\x00:\x00", "m.yaml")) == [("not-utf8", 1, 1)]


def test_a_byte_order_mark_does_not_matter() -> None:
    loaded = load_bytes(b"\xef\xbb\xbfa: 1", "m.yaml")
    assert loaded.root is not None
    assert plain(loaded.root) == {"a": 1}


def test_a_file_too_large_is_not_parsed() -> None:
    assert found(load_bytes(b"a" * (MOST_BYTES + 1), "m.yaml")) == [("yaml-too-large", 1, 1)]


def test_aliases_cannot_be_a_bomb() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert found(load_text("\n".join(rows), "m.yaml"))[0][0] == "yaml-too-large"


def test_an_alias_gives_the_same_data() -> None:
    assert data("a: &x [1, 2]\nb: *x\nc: &y text\nd: *y") == {"a": [1, 2], "b": [1, 2], "c": "text", "d": "text"}


def test_depth_is_limited() -> None:
    assert found(load_text("a: " + "[" * (MOST_DEPTH + 5), "m.yaml"))[0][0] == "yaml-too-large"
    assert found(load_text("a: " + "[" * 5000 + "]" * 5000, "m.yaml"))[0][0] == "yaml-too-large"


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    assert found(load_file(tmp_path / "none.yaml", "none.yaml")) == [("unreadable-file", 1, 1)]


def test_keys_values_and_items_know_their_places() -> None:
    root = load_text("fields:\n  - {crm: Name, books: 'Full Name'}\n", "m.yaml").root
    assert root is not None
    rule = follow(root, ["fields", 0])
    assert isinstance(rule, MapNode)
    assert rule.at == Position("m.yaml", 2, 5)
    assert rule.key_at("books") == Position("m.yaml", 2, 17)
    name = rule.entries["books"]
    assert isinstance(name, ScalarNode)
    assert name.at == Position("m.yaml", 2, 24)
    assert name.inside(5) == Position("m.yaml", 2, 30), "the quote counts"


def test_a_character_of_a_text_over_several_lines_is_the_start_of_the_text() -> None:
    root = load_text("a: >\n  one\n  two\n", "m.yaml").root
    assert root is not None
    node = root.entries["a"]
    assert isinstance(node, ScalarNode)
    assert node.value == "one two\n"
    assert node.inside(4) == node.at


def test_merging_keeps_the_places_of_both() -> None:
    below = load_text("a: {x: 1, y: 2}\nb: [1]", "below.yaml").root
    above = load_text("a: {y: 3}\nb: [2, 3]\nc: new", "above.yaml").root
    assert below is not None
    assert above is not None
    merged = merge(below, above)
    assert plain(merged) == {"a": {"x": 1, "y": 3}, "b": [2, 3], "c": "new"}
    assert follow(merged, ["a", "x"]).at.file == "below.yaml"
    assert follow(merged, ["a", "y"]).at == Position("above.yaml", 1, 8)


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_data_or_problems(text: str) -> None:
    loaded = load_text(text, "m.yaml")
    assert loaded.problems or loaded.root is not None


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_data_or_problems(content: bytes) -> None:
    loaded = load_bytes(content, "m.yaml")
    assert loaded.problems or loaded.root is not None


@given(st.text(alphabet="abc:-{}[],&*!'\"|>#%@` \n\t01", max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_punctuation_gives_data_or_problems(text: str) -> None:
    loaded = load_text(text, "m.yaml")
    assert loaded.problems or loaded.root is not None
    for problem in loaded.problems:
        assert problem.at is not None
        assert problem.at.line >= 1
