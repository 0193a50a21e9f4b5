from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tieout_xero.country_codes import CALLING_CODES
from tieout_xero.names import xero_name
from tieout_xero.phones import AREA, COUNTRY, LENGTHS, NUMBER, same, to_text, to_xero

BLANK = {COUNTRY: "", AREA: "", NUMBER: ""}
DIGITS = st.text("0123456789", min_size=1, max_size=9)
SEPARATED = st.builds(
    "+{}{}{}{}".format,
    st.sampled_from(sorted(CALLING_CODES)),
    st.sampled_from([" ", "", " (", "("]),
    DIGITS,
    st.text("0123456789 -()/.ext", max_size=20),
)


@pytest.mark.parametrize(
    ("text", "country", "area", "number"),
    [
        ("+44 20 7946 0958", "44", "20", "7946 0958"),
        ("+44 (20) 7946 0958", "44", "20", "7946 0958"),
        ("+442079460958", "44", "", "2079460958"),
        ("+44 (0)20 7946 0958", "44", "", "(0)20 7946 0958"),
        ("+1 (626) 847-1294 ext 5", "1", "626", "847-1294 ext 5"),
        ("+31 612345678", "31", "", "612345678"),
        ("+353 1 234 5678", "353", "1", "234 5678"),
        ("  +33 1 23 45 67 89 ", "33", "1", "23 45 67 89"),
        ("020 7946 0958", "", "", "020 7946 0958"),
        ("+999 12", "", "", "+999 12"),
        ("+4 420 123", "", "", "+4 420 123"),
        ("+44", "", "", "+44"),
        ("ask for Anna", "", "", "ask for Anna"),
        ("", "", "", ""),
    ],
)
def test_a_number_is_split_by_what_its_text_shows(text: str, country: str, area: str, number: str) -> None:
    assert to_xero(text) == {COUNTRY: country, AREA: area, NUMBER: number}


@given(SEPARATED | st.text(max_size=50))
def test_the_way_back_is_the_same_number_and_fits(text: str) -> None:
    group = to_xero(text)
    assert same(to_text(group), text)
    assert all(len(group[name]) <= length for name, length in LENGTHS.items())


@given(SEPARATED | st.text(max_size=50))
def test_a_second_round_trip_changes_nothing_more(text: str) -> None:
    once = to_text(to_xero(text))
    assert to_text(to_xero(once)) == once


@given(st.text(max_size=50))
def test_a_text_that_is_no_international_number_comes_back_as_it_was(text: str) -> None:
    assume(not text.strip().startswith("+"))
    assert to_xero(text) == {**BLANK, NUMBER: text.strip()}
    assert to_text(to_xero(text)) == text.strip()


@pytest.mark.parametrize(
    ("group", "text"),
    [
        ({COUNTRY: "64", AREA: "4", NUMBER: "123 4567"}, "+64 4 123 4567"),
        ({COUNTRY: "+64", AREA: None, NUMBER: "123"}, "+64 123"),
        ({COUNTRY: "0064", AREA: "", NUMBER: "123"}, "+64 123"),
        ({COUNTRY: "", AREA: "(626)", NUMBER: "847-1294"}, "(626) 847-1294"),
        ({COUNTRY: None, AREA: None, NUMBER: None}, ""),
    ],
)
def test_what_people_typed_into_three_fields_reads_as_one_line(group: dict[str, str | None], text: str) -> None:
    assert to_text(group) == text


def test_punctuation_counts_only_where_no_country_code_stands() -> None:
    assert same("+44 20 7946 0958", "+442079460958")
    assert not same("+44 20 7946 0958", "+44 20 7946 0959")
    assert not same("020-7946", "0207946")


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="PhoneNumber holds 50"):
        to_xero("1" * 51)


def test_no_country_code_begins_with_another() -> None:
    assert not [one for one in CALLING_CODES for n in (1, 2) if len(one) > n and one[:n] in CALLING_CODES]


@pytest.mark.parametrize(
    ("text", "name"), [("Wolski  Zajazd", "Wolski Zajazd"), ("  Café\t\nÉlan ", "Café Élan"), ("", "")]
)
def test_blanks_in_a_name_are_made_one(text: str, name: str) -> None:
    assert xero_name(text) == name


@given(st.text(max_size=80))
def test_a_name_is_stable_and_has_nothing_that_xero_refuses(text: str) -> None:
    assume("<" not in text and ">" not in text)
    name = xero_name(text)
    assert xero_name(name) == name == name.strip()
    assert "  " not in name


@pytest.mark.parametrize("text", ["A<B", "A>B"])
def test_angle_brackets_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="refuses a contact name"):
        xero_name(text)
