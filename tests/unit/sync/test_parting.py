"""Which link stands for which part of a record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
