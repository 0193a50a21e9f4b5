"""Tax numbers by the rules of their countries; what has no rules is said so."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.language.mapping_table import TAX_NUMBERS
from tieout.money.tax_numbers import KINDS, NoRules, country_in, fault, plain

RIGHT = [
    ("GB", "vat", "GB 980 7806 84"),
    ("GB", "vat", "980780684"),
    ("GB", "vat", "XI 980 7806 84"),
    ("AU", "vat", "51 824 753 556"),
    ("AU", "abn", "51 824 753 556"),
    ("NZ", "vat", "49-091-850"),
    ("NZ", "ird", "49-091-850"),
    ("IE", "vat", "IE 6433435F"),
    ("DE", "vat", "DE 136,695 976"),
    ("GR", "vat", "EL 094259216"),
    ("GR", "vat", "GR 094259216"),
    ("CH", "vat", "CHE-107.787.577 IVA"),
    ("NO", "vat", "NO 995 525 828 MVA"),
    ("NO", "mva", "995525828MVA"),
    ("CA", "vat", "12302 6635 RC 0001"),
    ("CA", "bn", "12302 6635"),
    ("SG", "uen", "00192200M"),
    ("SG", "vat", "197401143C"),
    ("ZA", "tin", "0001339050"),
]
WRONG = [
    ("GB", "vat", "GB 980 7806 85", "its check digits do not fit"),
    ("GB", "vat", "GB 12", "it has another number of digits"),
    ("AU", "abn", "99 999 999 999", "its check digits do not fit"),
    ("NZ", "ird", "9125568", "it has another number of digits"),
    ("DE", "vat", "DE 13669597A", "it is written in another form"),
    ("FR", "vat", "GB 980 7806 84", "its check digits do not fit"),
    ("AU", "abn", "\u0665\u0661 824 753 556", "it is written in another form"),
    ("GB", "vat", "", "it has another number of digits"),
]


@pytest.mark.parametrize(("country", "kind", "number"), RIGHT)
def test_right_numbers_fit_however_they_are_spelt(country: str, kind: str, number: str) -> None:
    assert fault(number, country, kind) is None
    assert fault(plain(number).lower(), country, kind) is None


@pytest.mark.parametrize(("country", "kind", "number", "why"), WRONG)
def test_a_wrong_number_says_what_is_wrong_with_it(country: str, kind: str, number: str, why: str) -> None:
    assert fault(number, country, kind) == why


@pytest.mark.parametrize(
    ("country", "kind", "told"),
    [("ZA", "vat", "there is tin"), ("MY", "vat", "their rules are not known"), ("ZZ", "vat", "are not known"),
     ("GB", "abn", "there is vat"), ("gb", "vat", "are not known"), ("GB", "../vat", "there is vat"),
     ("", "vat", "are not known")],
)  # fmt: skip
def test_what_has_no_rules_is_never_right(country: str, kind: str, told: str) -> None:
    with pytest.raises(NoRules, match=told):
        fault("123", country, kind)


@pytest.mark.parametrize(
    ("number", "country"),
    [("GB980780684", "GB"), ("el 094259216", "GR"), ("XI980780684", "GB"), ("CHE-107.787.577", "CH"),
     ("51824753556", None), ("MY123", None), ("", None), ("ZZ1", None), ("Q", None)],
)  # fmt: skip
def test_the_country_that_a_number_names(number: str, country: str | None) -> None:
    assert country_in(number) == country


@given(st.text(max_size=20), st.sampled_from(["GB", "AU", "NZ", "IE", "DE", "CH", "NO", "CA", "SG", "IN", "BR"]))
def test_no_text_is_too_strange_to_be_judged(number: str, country: str) -> None:
    assert fault(number, country) in {
        None,
        "it has another number of digits",
        "it is written in another form",
        "its check digits do not fit",
        "a part of it cannot be",
    }


@given(st.integers(0, 10**9 - 1))
def test_one_digit_changed_is_noticed(number: int) -> None:
    spelt = f"{number:09d}"
    if fault(spelt, "GB") is None and not spelt.startswith("0"):
        last = str((int(spelt[-1]) + 1) % 10)
        assert fault(spelt[:-1] + last, "GB") == "its check digits do not fit"


def test_the_rules_are_read_when_a_number_is_checked() -> None:
    script = "import sys, tieout.mapping.transforms.registry; sys.exit('stdnum' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_every_kind_is_known_somewhere() -> None:
    known = {kind for country, kind, _ in RIGHT if fault("1", country, kind) is not None}

    assert known == set(KINDS)
    assert TAX_NUMBERS == KINDS
