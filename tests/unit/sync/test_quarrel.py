"""Law 1: two parties that rewrite a value freeze it after three alternations; people at work never do (T-07)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.world import check
from system.memory.stage import thing
from tieout.mapping.compiled import CompiledMapping
from tieout.model import Value
from tieout.sync.codec import base_text, bases
from tieout.sync.completing import complete
from tieout.sync.memory import Memory
from tieout.sync.quarrel import MOST
from tieout.sync.reconcile import reconcile
from tieout.sync.settle import Evidence, settle
from tieout.sync.sight import Facts, Sight
from tieout.sync.words import Base, Hold, Image, Kind, Link, State

RULES = {"pair": "{crm: note, books: note, conflict: crm}", "one way": "{books: note, from: crm.note}"}
TYPES = {name: thing("code", "note") for name in ("salesforce", "xero")}


def mapping(rule: str) -> CompiledMapping:
    text = (
        "mapping: things\nversion: 1\nbetween:\n  crm: {connection: salesforce, object: Thing}\n"
        f"  books: {{connection: xero, object: Thing}}\nmatch: [{{crm: code, books: code}}]\nfields: [{rule}]\n"
    )
    return check(text, describe=lambda connection, _name: TYPES[connection]).mappings[0]


MAPPINGS = {name: mapping(rule) for name, rule in RULES.items()}


@dataclass
class Two:
    """Two records with one field, and its base as the store keeps it."""

    mapping: CompiledMapping
    values: list[Value] = field(default_factory=lambda: ["ours", "ours"])
    base: dict[str, Base] = field(default_factory=dict)
    writes: int = 0

    def pass_(self) -> Sequence[Hold]:
        """Decide, carry out and settle until nothing is written; give what is held."""
        while True:
            images = [Image("ab"[end], State.PRESENT, {"note": self.values[end]}) for end in (0, 1)]
            link = Link(1, 1, "", ("a", "b"), base=self.base)
            facts = Facts({}, lambda *_: None, lambda *_: None)
            decision = reconcile(Sight(self.mapping, (images[0], images[1]), facts, 1, link), Memory())
            assert not decision.questions
            if not decision.operations:
                return decision.holds
            for operation in decision.operations:
                for agree in operation.agrees:
                    self.base[agree.rule] = Base(agree.values, agree.quality)
                if operation.kind is Kind.UPDATE:
                    self.writes += 1
                    self.values[operation.end] = operation.writes[0].sent
                    stored = Image("ab"[operation.end], State.PRESENT, {"note": self.values[operation.end]})
                    evidence = Evidence(stored, answered=True, sure=True)
                    made = settle(operation, self.mapping, evidence)
                    complete(made, operation, self.mapping, evidence, link)
                    kept = bases(base_text(made.base))
                    assert kept == made.base, "it is stored as it is"
                    self.base |= kept


def linked(kind: str) -> Two:
    two = Two(MAPPINGS[kind])
    assert two.pass_() == []
    return two


VALUE = st.sampled_from(("x", "y", "z"))


@settings(deadline=None)
@given(kind=st.sampled_from(list(RULES)), edits=st.lists(VALUE, max_size=30))
def test_t07_the_edits_of_one_side_are_never_frozen(kind: str, edits: list[str]) -> None:
    two = linked(kind)
    for value in edits:
        two.values[0] = value
        assert two.pass_() == []
        assert two.values == [value, value]


@settings(deadline=None)
@given(ends=st.lists(st.integers(0, 1), max_size=30))
def test_t07_values_that_never_were_there_before_are_never_frozen(ends: list[int]) -> None:
    two = linked("pair")
    for number, end in enumerate(ends):
        two.values[end] = f"value {number}"
        assert two.pass_() == []
        assert two.values == [f"value {number}"] * 2


@settings(deadline=None)
@given(kind=st.sampled_from(list(RULES)), values=st.lists(VALUE, min_size=40, max_size=40))
def test_t07_whatever_an_automation_writes_over_a_target_it_is_put_back_three_times(
    kind: str, values: list[str]
) -> None:
    two = linked(kind)
    mine = cycle(("ours",)) if kind == "pair" else None
    for value in values:
        if mine is not None:
            two.values[0] = next(mine)
        two.values[1] = value
        two.pass_()
    assert two.writes <= 2 * MOST + 1
    (held,) = two.pass_()
    assert held.code == "frozen"


def test_t07_two_automations_with_their_own_values_stop_after_three_alternations() -> None:
    two = linked("pair")
    parties = cycle([(0, "left"), (1, "right")])
    for end, value in islice(parties, 60):
        two.values[end] = value
        two.pass_()
    done = two.writes
    for end, value in islice(parties, 20):
        two.values[end] = value
        two.pass_()
    assert two.writes == done


def test_t07_an_agreement_starts_the_count_anew() -> None:
    two = linked("one way")
    for _ in range(MOST):
        two.values[1] = "theirs"
        assert two.pass_() == []
    two.values = ["agreed", "agreed"]
    assert two.pass_() == []
    two.values[1] = "theirs"
    assert two.pass_() == []
    assert two.values == ["agreed", "agreed"]
