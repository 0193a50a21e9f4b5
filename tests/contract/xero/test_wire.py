from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout_xero.wire import day, flag, instant, number, since_header, text, written


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("/Date(1518685950940+0000)/", datetime(2018, 2, 15, 9, 12, 30, 940000, UTC)),
        ("/Date(1518685950940+1300)/", datetime(2018, 2, 15, 9, 12, 30, 940000, UTC)),
        ("/Date(1789378193539)/", datetime(2026, 9, 14, 9, 29, 53, 539000, UTC)),
        ("/Date(-80006400000)/", datetime(1967, 6, 20, tzinfo=UTC)),
        ("/Date(0)/", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2019-12-07T18:46:19.5165400", datetime(2019, 12, 7, 18, 46, 19, 516540, UTC)),
        ("2026-09-14T09:29:59Z", datetime(2026, 9, 14, 9, 29, 59, tzinfo=UTC)),
        ("2018-11-02 16:36:32+00:00", datetime(2018, 11, 2, 16, 36, 32, tzinfo=UTC)),
        ("2019-03-11 00:00:00", datetime(2019, 3, 11, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_every_form_of_an_instant_is_read(raw: object, expected: datetime | None) -> None:
    assert instant(raw) == expected


def test_a_calendar_date_is_the_day_in_utc() -> None:
    assert day("/Date(1539993600000+0000)/") == date(2018, 10, 20)
    assert day("/Date(1539993600000+1300)/") == date(2018, 10, 20)
    assert day("2026-09-14T00:00:00") == date(2026, 9, 14)


@pytest.mark.parametrize("raw", ["/Date(99999999999999999999)/", "/Date()/", "yesterday", "/Date(12"])
def test_a_date_without_meaning_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        instant(raw)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001  UTC is meant
def test_milliseconds_survive(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)
    ms = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert instant(f"/Date({ms}+0000)/") == aware


def test_numbers_keep_their_digits_and_may_be_text() -> None:
    assert str(number(Decimal("1.2300"))) == "1.2300"
    assert number("50.00") == Decimal("50.00")
    assert number(Decimal(0)) == Decimal(0)
    assert number("") is None
    for nonsense in ("ten", "NaN"):
        with pytest.raises(ValueError, match="no number"):
            number(nonsense)


def test_booleans_may_be_text() -> None:
    assert [flag(raw) for raw in (True, False, "true", "False", None, "")] == [True, False, True, False, None, None]
    with pytest.raises(ValueError, match="neither"):
        flag("yes")


def test_empty_text_is_blank() -> None:
    assert (text(""), text(None), text("x")) == (None, None, "x")


def test_dates_are_written_as_the_api_takes_them() -> None:
    east = timezone(timedelta(hours=13))
    assert written(date(2026, 1, 2)) == "2026-01-02"
    assert written(datetime(2026, 1, 2, 13, tzinfo=east)) == "2026-01-02T00:00:00"
    assert since_header(datetime(2026, 1, 2, 13, 4, 5, 999999, tzinfo=east)) == "2026-01-02T00:04:05"
