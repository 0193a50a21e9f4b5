"""Rows of two documents that are linked when nothing is remembered of their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from schemas.world import check
from tieout.model import Value
from tieout.sync.lists import Outcome, decide_list
from tieout.sync.sight import Facts, Sight
from tieout.sync.words import Answer, Child, Image, Link, Quality, State

DEALS = """\
mapping: deals
version: 1
between:
  crm: {connection: salesforce, object: Opportunity}
  books: {connection: xero, object: Invoice}
settings: {revenue_code: "200"}
fields:
  - {books: CurrencyCode, from: crm.CurrencyIsoCode}
lists:
  - books: LineItems
    from: crm.OpportunityLineItems
    key: {crm: Id, books: LineItemID}
    extra: review
    drift: review
    fields:
      - {books: Description, from: crm.Description, drift: review}
      - {books: Quantity, from: crm.Quantity, drift: review}
      - {books: UnitAmount, from: crm.UnitPrice, as: money}
      - {books: AccountCode, from: settings.revenue_code, drift: keep}
"""


def sold(id: str, text: str, quantity: int) -> dict[str, Value]:
    return {"Id": id, "Description": text, "Quantity": Decimal(quantity), "UnitPrice": None}


def booked(id: str, text: str, quantity: int, account: str = "200") -> dict[str, Value]:
    known: dict[str, Value] = {"LineItemID": id, "Description": text, "Quantity": Decimal(quantity)}
    return {**known, "UnitAmount": None, "AccountCode": account}


def decided(
    ours: Sequence[dict[str, Value]],
    theirs: Sequence[dict[str, Value]],
    children: Sequence[Child] = (),
    answers: Mapping[str, Answer] | None = None,
) -> Outcome:
    (mapping,) = check(DEALS).mappings
    deal = Image("006", State.PRESENT, {"CurrencyIsoCode": "GBP", "OpportunityLineItems": list(ours)})
    invoice = Image("inv", State.PRESENT, {"CurrencyCode": "GBP", "LineItems": list(theirs)})
    facts = Facts({}, lambda *_: None, lambda *_: None)
    sight = Sight(mapping, (deal, invoice), facts, 1, Link(1, 1, "", ("006", "inv")))
    return decide_list(mapping.lists[0], sight, invoice.record, children, answers or {})


def agreed(ours: Sequence[dict[str, Value]], theirs: Sequence[dict[str, Value]]) -> list[Child]:
    """Pair rows of equal content, as an earlier run left them."""
    outcome = decided(ours, theirs)
    assert outcome.write is not None
    return list(outcome.write.agreed)


def pairs(outcome: Outcome) -> dict[str, str]:
    assert outcome.write is not None
    assert not outcome.write.items, "nothing is written"
    assert not outcome.questions
    return {child.ids[0]: child.ids[1] for child in outcome.write.agreed}


def test_rows_of_equal_content_belong_together_wherever_they_stand() -> None:
    ours = [sold("a", "Tea", 1), sold("b", "Milk", 2), sold("c", "Oats", 3)]
    theirs = [booked("3", "Oats", 3), booked("1", "Tea", 1), booked("2", "Milk", 2)]
    assert pairs(decided(ours, theirs)) == {"a": "1", "b": "2", "c": "3"}


def test_among_equal_rows_the_place_decides() -> None:
    ours = [sold("a", "Tea", 1), sold("b", "Milk", 2), sold("c", "Tea", 1)]
    theirs = [booked("1", "Tea", 1), booked("2", "Milk", 2), booked("3", "Tea", 1)]
    assert pairs(decided(ours, theirs)) == {"a": "1", "b": "2", "c": "3"}


def test_what_the_target_may_change_keeps_no_rows_apart() -> None:
    outcome = decided([sold("a", "Tea", 1), sold("b", "Tea", 1)], [booked("1", "Tea", 1, "260"), booked("2", "Tea", 1)])
    assert pairs(outcome) == {"a": "1", "b": "2"}
    assert outcome.write is not None
    kept = {child.ids[0]: [base.quality for base in child.base.values()] for child in outcome.write.agreed}
    assert Quality.DIFFERS in kept["a"]
    assert Quality.DIFFERS not in kept["b"]


def test_rows_that_differ_are_never_paired_by_place_alone() -> None:
    outcome = decided([sold("a", "Tea", 1)], [booked("1", "Tea", 7)])
    assert outcome.write is None
    assert [(question.kind, "1" in question.text) for question in outcome.questions] == [("list", True)]


def test_everything_that_was_edited_in_a_list_is_asked_at_once() -> None:
    ours = [sold("a", "Tea", 1), sold("b", "Milk", 2), sold("c", "Oats", 3), sold("d", "Rye", 4)]
    then = [booked(str(n), *row) for n, row in enumerate([("Tea", 1), ("Milk", 2), ("Oats", 3), ("Rye", 4)], 1)]
    children = agreed(ours, then)
    now = [booked("1", "Green tea", 9), booked("2", "Milk", 8), booked("4", "Rye", 4), booked("5", "Postage", 1)]
    outcome = decided(ours, now, children)
    asked = {question.rule.removeprefix("books.LineItems"): question for question in outcome.questions}
    assert sorted(asked) == [
        "[5]extra",
        "[a]books.LineItems[].Description",
        "[a]books.LineItems[].Quantity",
        "[b]books.LineItems[].Quantity",
        "[c]removed",
    ]
    assert outcome.write is None

    said = {
        "[5]extra": "keep",
        "[a]books.LineItems[].Description": "keep",
        "[a]books.LineItems[].Quantity": "restore",
        "[c]removed": "keep",
    }
    answers = {asked[name].rule: Answer(asked[name].fingerprint, word, "Ann") for name, word in said.items()}
    waiting = decided(ours, now, children, answers)
    assert [question.rule for question in waiting.questions] == [asked["[b]books.LineItems[].Quantity"].rule]
    assert waiting.write is None, "the list is written whole, so it waits for the last answer"

    last = asked["[b]books.LineItems[].Quantity"]
    done = decided(ours, now, children, {**answers, last.rule: Answer(last.fingerprint, "keep", "Ann")})
    assert not done.questions
    assert done.write is not None
    shown = [(item.id, item.sent["Description"], item.sent["Quantity"]) for item in done.write.items]
    assert shown == [("1", "Green tea", 1), ("2", "Milk", 8), ("4", "Rye", 4), ("5", "Postage", 1)]


def test_a_row_that_cannot_be_made_holds_the_list_and_hides_no_question() -> None:
    ours = [sold("a", "Tea", 1), sold("b", "Milk", 2)]
    then = [booked("1", "Tea", 1), booked("2", "Milk", 2)]
    children = agreed(ours, then)
    ours[0] = {**ours[0], "UnitPrice": "many"}
    outcome = decided(ours, [then[0], booked("2", "Milk", 8)], children)
    assert outcome.write is None
    assert [question.rule for question in outcome.questions] == ["books.LineItems[b]books.LineItems[].Quantity"]
    assert len(outcome.holds) == 1
