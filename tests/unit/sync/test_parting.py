"""Which link stands for which part of a record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.sync.match import KEY_LENGTH, is_of_part, make_key, parts_alike, possible_keys, read_key
from tieout.sync.parting import WHOLE, parted

NAMES = st.lists(st.sampled_from("abcde"), unique=True, max_size=5)
LINKS = st.lists(st.sampled_from(["", *"abcdef"]), max_size=7).map(lambda parts: list(enumerate(parts, 1)))


def test_a_link_stands_for_the_part_that_it_was_made_for() -> None:
    made = parted(("a", "b", "c"), [(1, "b"), (2, "x")])
    assert (made.stands, made.free, made.leader) == ({1: "b", 2: "x"}, ("a", "c"), 1)
    assert (made.vanished(1), made.vanished(2)) == (False, True)


def test_a_link_from_before_there_were_parts_stands_for_the_first_that_has_none() -> None:
    assert parted(("a", "b"), [(1, ""), (2, "a")]).stands == {1: "b", 2: "a"}
    assert parted(("a",), [(1, ""), (2, "a")]).vanished(1)


def test_without_parts_the_first_link_stands_for_the_whole() -> None:
    made = parted(WHOLE, [(1, "a"), (2, "b")])
    assert (made.stands, made.free, made.leader) == ({1: "", 2: "b"}, (), 1)
    assert parted(WHOLE, [(1, "a"), (2, "")]).stands == {1: "a", 2: ""}


@pytest.mark.parametrize(("links", "leader"), [([(1, "b"), (2, "a")], 2), ([(7, "x"), (8, "y")], 7), ([], None)])
def test_the_first_part_that_has_a_link_leads(links: list[tuple[int, str]], leader: int | None) -> None:
    assert parted(("a", "b"), links).leader == leader


@given(NAMES, LINKS)
def test_no_part_is_stood_for_twice_and_each_is_stood_for_or_free(
    names: list[str], links: list[tuple[int, str]]
) -> None:
    made = parted(names, links)
    current = [part for number, part in made.stands.items() if not made.vanished(number)]
    once = {part for _, part in links if part} | {"" for _, part in links if not part}
    assert set(made.stands) == {number for number, _ in links}
    assert sorted({*current, *made.free}) == sorted(names)
    assert not set(current) & set(made.free)
    assert len(current) == len(set(current)) or len(once) < len(links), "only equal links stand for one part"


@pytest.mark.parametrize(
    ("source", "digits"), [("C1", 16), ("006" + "A" * 15, 16), ("0" * 8 + "-0000-4000-8000-" + "0" * 12, 5)]
)
def test_a_key_tells_of_its_part_as_long_as_there_is_room(source: str, digits: int) -> None:
    key = make_key("0" * 8, source, "mon", 99)
    marker = read_key(key)
    assert marker is not None
    assert (len(marker.part), len(key) <= KEY_LENGTH) == (digits, True)
    assert is_of_part(marker, "mon")
    assert not is_of_part(marker, "tue")


def test_keys_of_before_are_recognised_and_the_new_ones_come_first() -> None:
    now, former = possible_keys("0" * 8, "C1", "p372", 0)
    assert now == make_key("0" * 8, "C1", "p372", 0)
    marker = read_key(former)
    assert marker is not None
    assert (len(marker.part), is_of_part(marker, "p372"), is_of_part(marker, "p434")) == (4, True, True)
    assert possible_keys("0" * 8, "C1", "", 0) == [make_key("0" * 8, "C1", "", 0)]


def test_parts_are_alike_only_where_their_keys_are() -> None:
    assert parts_alike("C1", ["p372", "p434", "p560", "p964"]) is None
    assert parts_alike("0" * 32, ["p1", "p560", "p964"]) == ("p560", "p964")
