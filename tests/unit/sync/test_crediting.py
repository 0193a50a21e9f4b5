from __future__ import annotations

from tieout.sync.crediting import credit_rule, credits_keyed, is_credited
from tieout.sync.figures import Planning
from tieout.sync.match import make_key, next_key, read_key
from tieout.sync.reissuing import WHY, given_up, reissued
from tieout.sync.words import Decision, Kind, Planned

CREDIT = Planned(
    Kind.CREDIT, "invoices", 1, 1, "I1", "006", link=7, generation=2, why=f"books I1 is credited in full: {WHY}"
)
REASON = f"credit by us: {CREDIT.why}"


def test_px34_the_credited_document_is_told_from_its_partner_of_the_same_id() -> None:
    assert is_credited(REASON, "books", "I1")
    assert not is_credited(REASON, "crm", "I1")
    assert not is_credited(REASON, "books", "I")
    assert not is_credited(f"void by us: {CREDIT.why}", "books", "I1")
    assert reissued(REASON)
    assert not reissued("credit by us: books I1 is credited in full")


def test_px34_the_key_of_a_credit_is_the_same_every_time_and_no_records_of_a_mapping() -> None:
    (first,), (again,) = (credits_keyed(Decision([CREDIT]), ("crm/Deal", "xero/Invoice")).operations for _ in range(2))
    assert first.key == again.key
    assert first.key.endswith(".006.2.c")
    assert read_key(first.key) is None
    (other,) = credits_keyed(Decision([CREDIT]), ("crm/Deal", "xero/Bill")).operations
    assert other.key != first.key


def test_px34_a_credit_is_given_up_for_the_new_document_and_counts_as_a_void() -> None:
    assert given_up(Decision([CREDIT])) is CREDIT
    planning = Planning()
    planning.count("invoices", CREDIT, None, counted=True)
    assert planning.guarded["invoices"] == planning.credited["invoices"] == {"voids": 1}
    assert credit_rule(1) != credit_rule(0)


def test_px34_the_key_after_a_key_is_the_next_generations() -> None:
    for part in ("", "mon"):
        marker = read_key(make_key("0a1b2c3d", "006", part, 3))
        assert marker is not None
        assert next_key(marker) == make_key("0a1b2c3d", "006", part, 4)
