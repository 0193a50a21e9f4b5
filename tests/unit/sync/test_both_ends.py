"""What is news at both ends of a pair (a default, a union) is at both ends after two passes, and stays."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.world import check
from tieout.mapping.compiled import CompiledMapping
from tieout.model import Value
from tieout.sync.codec import body, planned
from tieout.sync.creation import create
from tieout.sync.memory import Memory
from tieout.sync.reconcile import reconcile
from tieout.sync.settle import Evidence, settle
from tieout.sync.sight import Facts, Sight, store_into
from tieout.sync.words import Base, Image, Kind, Link, Planned, State

PASSES = 3
DEFAULT = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
settings: {place: London}
create: {books: always}
fields:
  - {crm: Name, books: Name}
  - {crm: AccountNumber, books: AccountNumber, default: settings.place}
"""
UNION = """\
mapping: branches
version: 1
between:
  head: {connection: salesforce, object: Account}
  branch: {connection: salesforce, object: Account}
match:
  - {head: Name, branch: Name}
fields:
  - {head: Interests__c, branch: Interests__c, conflict: union}
"""

Record = dict[str, Value]
FACTS = Facts({}, lambda *_: None, lambda *_: None)


class Two:
    """Two records and what is remembered of them; each pass is decided, written to a file, read and settled."""

    def __init__(self, text: str, first: Record, second: Record | None, base: Mapping[str, Base] | None = None) -> None:
        (self.mapping,) = check(text).mappings
        self.records = [first, second]
        self.base = dict(base or {})

    def sight(self) -> Sight:
        images = [None if one is None else Image(f"r{end}", State.PRESENT, one) for end, one in enumerate(self.records)]
        link = None if self.records[1] is None else Link(1, 1, "", ("r0", "r1"), base=self.base)
        return Sight(self.mapping, (images[0], images[1]), FACTS, 1, link)

    def pass_(self) -> list[Kind]:
        sight = self.sight()
        if self.records[1] is None:
            decision = create(sight, Memory(), source=0, generation=1, ended=None)
        else:
            decision = reconcile(sight, Memory())
        assert not decision.holds
        assert not decision.questions
        for operation in decision.operations:
            self.carry_out(_read_back(operation), self.mapping)
        return [operation.kind for operation in decision.operations]

    def carry_out(self, operation: Planned, mapping: CompiledMapping) -> None:
        for agree in operation.agrees:
            self.base[agree.rule] = Base(agree.values, agree.quality)
        if operation.kind is Kind.AGREE:
            return
        record = dict(self.records[operation.end] or {"Name": None, "AccountNumber": None})
        for write in operation.writes:
            store_into(record, write.names, write.sent)
        self.records[operation.end] = record
        image = Image(f"r{operation.end}", State.PRESENT, record)
        self.base |= settle(operation, mapping, Evidence(image, answered=True, sure=True)).base

    def after(self, field: str) -> list[Value]:
        for _ in range(PASSES):
            self.pass_()
        assert self.pass_() == [], "nothing is left to do"
        return [None if one is None else one.get(field) for one in self.records]


def _read_back(operation: Planned) -> Planned:
    return planned(
        operation.kind, operation.mapping, 1, operation.end, operation.record, operation.source, 0, body(operation)
    )


def test_a_default_is_written_to_both_of_two_linked_records() -> None:
    two = Two(DEFAULT, {"Name": "A", "AccountNumber": None}, {"Name": "A", "AccountNumber": ""})
    assert two.after("AccountNumber") == ["London", "London"]


def test_a_default_stays_in_a_record_that_is_made_with_it_and_reaches_its_source() -> None:
    two = Two(DEFAULT, {"Name": "A", "AccountNumber": None}, None)
    assert two.after("AccountNumber") == ["London", "London"]


def test_a_default_returns_when_both_sides_were_emptied() -> None:
    two = Two(DEFAULT, {"Name": "A", "AccountNumber": "1"}, {"Name": "A", "AccountNumber": "1"})
    assert two.after("AccountNumber") == ["1", "1"]
    for record in two.records:
        assert record is not None
        record["AccountNumber"] = None
    assert two.after("AccountNumber") == ["London", "London"]


def test_the_union_of_two_edits_is_on_both_sides() -> None:
    two = Two(UNION, {"Name": "A", "Interests__c": []}, {"Name": "A", "Interests__c": []})
    assert two.after("Interests__c") == [[], []]
    two.records = [{"Name": "A", "Interests__c": ["Coffee"]}, {"Name": "A", "Interests__c": ["Tea"]}]
    assert two.after("Interests__c") == [["Coffee", "Tea"], ["Coffee", "Tea"]]
