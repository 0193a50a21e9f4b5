"""Dates are text inside and objects outside; what is no value never gets in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from tieout.errors import BadAnswer
from tieout.model import Field, Kind, ObjectType, Value
from tieout.sync.wire import asked, overlaid, plain, to_system, tree

PATHS = {
    "Date": Kind.DATE,
    "At": Kind.INSTANT,
    "Lines.Day": Kind.DATE,
    "Group.Day": Kind.DATE,
    "Name": Kind.TEXT,
}
TYPE = ObjectType("X", {path: Field(path, kind) for path, kind in PATHS.items()})


def test_dates_are_texts_inside_and_objects_outside() -> None:
    outside: dict[str, Value] = {
        "Date": date(2026, 1, 2),
        "At": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "Lines": [{"Day": date(2026, 3, 4), "N": Decimal("1.10")}],
        "Group": {"Day": date(2026, 5, 6)},
        "Name": "2026-01-02",
        "None": None,
    }
    inside = plain(outside)
    assert inside == {
        "Date": "2026-01-02",
        "At": "2026-01-02T03:04:05Z",
        "Lines": [{"Day": "2026-03-04", "N": Decimal("1.10")}],
        "Group": {"Day": "2026-05-06"},
        "Name": "2026-01-02",
        "None": None,
    }
    assert isinstance(inside, dict)
    assert to_system(inside, TYPE) == outside


def test_instants_become_utc_and_keep_fractions_they_have() -> None:
    berlin = timezone(timedelta(hours=1))
    assert plain(datetime(2026, 1, 2, 1, 0, tzinfo=berlin)) == "2026-01-02T00:00:00Z"
    assert plain(datetime(2026, 1, 2, 1, 0, 0, 500000, tzinfo=UTC)) == "2026-01-02T01:00:00.500000Z"


def test_a_whole_number_is_a_decimal() -> None:
    assert isinstance(plain(5), Decimal)  # type: ignore[arg-type]  # an adapter that is careless


@pytest.mark.parametrize(
    "bad",
    [1.5, datetime(2026, 1, 2), {"x": [2.5]}, b"x", object(), Decimal("NaN")],  # noqa: DTZ001  # the case
    ids=["float", "naive", "nested", "bytes", "object", "nan"],
)
def test_what_is_no_value_is_refused(bad: object) -> None:
    with pytest.raises(BadAnswer):
        plain(bad)  # type: ignore[arg-type]  # the case


def test_a_read_is_cut_to_what_was_asked_and_holds_all_of_it() -> None:
    wanted = tree(frozenset({"Name", "Lines.Qty", "Group.Day", "Owner.Name"}))
    record: dict[str, Value] = {
        "Name": "x",
        "Extra": "no",
        "Lines": [{"Qty": Decimal(1), "Id": "no"}, {}],
        "Group": None,
    }
    assert asked(record, wanted) == {
        "Name": "x",
        "Lines": [{"Qty": Decimal(1)}, {"Qty": None}],
        "Group": None,
        "Owner": None,
    }


def test_a_whole_group_wins_over_its_parts() -> None:
    record: dict[str, Value] = {"Phone": {"Number": "1", "Area": "2"}}
    assert asked(record, tree(frozenset({"Phone", "Phone.Number"}))) == record


def test_groups_are_overlaid_and_lists_are_whole() -> None:
    kept: dict[str, Value] = {"A": {"x": "1", "y": "2"}, "L": [{"q": "1"}]}
    assert overlaid(kept, {"A": {"y": "3"}, "L": []}) == {"A": {"x": "1", "y": "3"}, "L": []}
