"""What a stranger's adapter raises or gives beside the port is told as its fault, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tieout.adapter import Connection
from tieout.errors import AdapterFault, Unreachable
from tieout.foreign import Blame, Foreign
from tieout.model import (
    Applied,
    Batch,
    InDoubt,
    ObjectType,
    Observation,
    Operation,
    Organisation,
    Page,
    Present,
    Query,
    Verb,
)
from tieout.plugins import Plugin

TYPE = ObjectType("Invoice", {})
QUERY = Query(TYPE, frozenset())
BATCH = Batch(TYPE, Verb.CREATE, [Operation("k1"), Operation("k2")], frozenset(), "b", datetime(2026, 7, 1, tzinfo=UTC))


def broken(*_: object) -> Any:
    raise KeyError("secret-token-1")


class Odd(Connection):
    """Gives whatever a test says."""

    def __init__(self, given: Callable[..., Any]) -> None:
        self.given = given

    def organisation(self) -> Organisation:
        return self.given()  # type: ignore[no-any-return]  # that is the point

    def objects(self) -> Sequence[str]:
        return self.given()  # type: ignore[no-any-return]  # that is the point

    def describe(self, name: str) -> ObjectType:
        return self.given(name)  # type: ignore[no-any-return]  # that is the point

    def changes(self, query: Query) -> Iterator[Page]:
        return self.given(query)  # type: ignore[no-any-return]  # that is the point

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        yield from self.given(query, ids)

    def write(self, batch: Batch) -> Any:
        return self.given(batch)


def foreign(given: Callable[..., Any]) -> Foreign:
    blame = Blame("erp", "odoo", Plugin("odoo", "tieout-odoo", "0.3"), lambda text: text.replace("secret-token-1", "…"))
    return Foreign(Odd(given), blame)


CALLS: dict[str, Callable[[Foreign], object]] = {
    "organisation": lambda one: one.organisation(),
    "objects": lambda one: one.objects(),
    "describe": lambda one: one.describe("Invoice"),
    "changes": lambda one: list(one.changes(QUERY)),
    "fetch": lambda one: list(one.fetch(QUERY, ["1"])),
    "write": lambda one: one.write(BATCH),
}


@pytest.mark.parametrize("call", CALLS)
def test_an_exception_that_is_none_of_ours_names_adapter_distribution_and_call(call: str) -> None:
    with pytest.raises(AdapterFault) as told:
        CALLS[call](foreign(broken))
    assert str(told.value) == f"erp: the adapter odoo of tieout-odoo 0.3 is at fault: {call} raised KeyError: '…'"
    assert (told.value.connection, told.value.exit_code) == ("erp", 2)
    assert isinstance(told.value.__cause__, KeyError)


@pytest.mark.parametrize(
    ("call", "given", "said"),
    [
        ("organisation", None, "gave NoneType instead of Organisation"),
        ("objects", [1], "gave int instead of str"),
        ("describe", {}, "gave dict instead of ObjectType"),
        ("changes", [()], "gave tuple instead of Page"),
        ("changes", [Page([Present("1", {"Total": 1.5})])], "gave float instead of"),  # type: ignore[dict-item]  # as above
        ("fetch", [Present(7, {})], "gave int instead of str"),  # type: ignore[arg-type]  # that is the point
        ("fetch", None, "raised TypeError"),
        ("write", [Applied("1")], "gave 1 answers to 2 operations"),
        ("write", [Applied("1"), "2"], "gave str instead of Applied or Refused or InDoubt"),
    ],
)
def test_what_the_port_does_not_know_is_refused_by_name(call: str, given: object, said: str) -> None:
    with pytest.raises(AdapterFault, match=said):
        CALLS[call](foreign(lambda *_: given))


def test_what_the_port_knows_passes() -> None:
    outcomes = [Applied("1", Present("1", {"Name": "A"})), InDoubt("lost")]
    assert foreign(lambda _: outcomes).write(BATCH) == outcomes
    seen = Present("1", {"Due": datetime(2026, 7, 1, tzinfo=UTC), "Lines": [{"Name": None}]})
    assert list(foreign(lambda *_: [seen]).fetch(QUERY, ["1"])) == [seen]


def test_an_exception_of_ours_is_no_fault_of_the_adapter() -> None:
    def unreachable() -> Organisation:
        raise Unreachable("no route")

    with pytest.raises(Unreachable):
        foreign(unreachable).organisation()
