"""What adapters share."""

from __future__ import annotations

import pytest

from tieout.toolkit import nearest


@pytest.mark.parametrize(
    ("written", "meant"),
    [("fone", "Phone"), ("Kontakt", "Contact"), ("Fon", "Phone"), ("Nmae", "Name"), ("mobil", "MobilePhone")],
)
def test_who_spells_by_ear_is_understood_too(written: str, meant: str) -> None:
    assert meant in nearest(written, ["Name", "Phone", "MobilePhone", "Contact", "Fax", "Website"])


def test_what_is_near_nothing_names_nothing() -> None:
    assert nearest("zzz", ["Name", "Phone"]) == []


def test_at_most_three_are_named_and_none_twice() -> None:
    choices = ["Phone", "Phone1", "Phone2", "Phone3", "Fone"]
    found = nearest("fone", choices)
    assert len(found) == len(set(found)) == 3
    assert "Fone" in found
