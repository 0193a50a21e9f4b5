"""Paths: bare names joined by dots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.mapping.compiled import ABSENT, Path
from tieout.mapping.paths import join_path, parse_path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Name", ("Name",)),
        ("Contact.ContactID", ("Contact", "ContactID")),
        ("addresspostcode/zip", ("addresspostcode/zip",)),
        ('"a.b".c', ("a.b", "c")),
        ("Custom Field.x", ("Custom Field", "x")),
    ],
)
def test_paths(text: str, names: tuple[str, ...]) -> None:
    path = parse_path(text, ("crm", "books"))
    assert isinstance(path, Path)
    assert path.names == names
    assert join_path(names) == text


@pytest.mark.parametrize(
    ("text", "code", "mend"),
    [
        ("Phones[?PhoneType=='DEFAULT'].PhoneNumber", "keyed-list", "Phones.DEFAULT.PhoneNumber"),
        ("Phones[?PhoneType == `DEFAULT`] | [0].PhoneNumber", "keyed-list", "Phones.DEFAULT.PhoneNumber"),
        ("crm.Name", "side-in-path", "Name"),
        ("LineItems[0].Quantity", "not-a-path", ""),
        ("A || B", "not-a-path", ""),
        ("A | B", "not-a-path", ""),
        ("length(A)", "not-a-path", ""),
        ("A..B", "bad-path", ""),
        ("A.", "bad-path", ""),
        (" A", "bad-path", "A"),
        ("", "bad-path", ""),
        ('"a"b', "bad-path", ""),
        ("A" * 501, "bad-path", ""),
    ],
)
def test_what_is_no_path(text: str, code: str, mend: str) -> None:
    problem = parse_path(text, ("crm", "books"))
    assert not isinstance(problem, Path)
    assert (problem.code, problem.mend) == (code, mend)
    assert problem.message


@given(st.lists(st.text(min_size=1, max_size=8).filter(lambda name: name.strip() == name and name), min_size=1))
def test_any_names_can_be_written_as_a_path(names: list[str]) -> None:
    path = parse_path(join_path(names))
    if isinstance(path, Path):
        assert list(path.names) == names
    else:
        assert len(join_path(names)) > 500


def test_reading_tells_absent_from_null() -> None:
    path = parse_path("Account.Name")
    assert isinstance(path, Path)
    assert path.read({"Account": {"Name": "Acme"}}) == "Acme"
    assert path.read({"Account": None}) is None
    assert path.read({"Account": {}}) is ABSENT
    assert path.read({}) is ABSENT
