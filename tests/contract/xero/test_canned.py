"""Answers that no faithful simulator gives, on a client that says what it was told to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from contract.xero.world import Notes, everything, fetched, observed, write
from tieout.adapter import Applied, Connection, InDoubt, Operation, Query, Tools, Unknown, Verb
from tieout.errors import AnswerLost, BadAnswer, ObjectForbidden, WrongOrganisation
from tieout_xero.adapter import XeroAdapter
from tieout_xero.errors import LacksScope

AT = "/Date(1789378193539)/"
ORGANISATION = {"OrganisationID": "o-1", "Name": "Twin Ltd", "BaseCurrency": "GBP", "ShortCode": "!x"}


@dataclass
class Said:
    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def json(self) -> Any:
        return self.body


@dataclass
class Script:
    """An Http that gives one answer after another, whatever it is asked."""

    answers: list[Any]
    asked: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)

    def __call__(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
        read: bool = False,
    ) -> Said:
        self.asked.append((method, path, headers or {}))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Said(answer)


def said(name: str, *rows: Mapping[str, Any], **more: object) -> Mapping[str, Any]:
    return {"DateTimeUTC": AT, name: list(rows), **more}


def scripted(*answers: Any, granted: str = "", **options: str) -> tuple[Connection, Script]:
    script = Script(list(answers))
    tools = Tools(script, lambda: datetime.now(UTC), Notes(), scopes=lambda: frozenset(granted.split()))
    return XeroAdapter().open({"grant": "custom_connection", **options}, tools), script


def books_with(*answers: Any) -> tuple[Connection, Script]:
    return scripted(said("Organisations", ORGANISATION), *answers)


def paged(*rows: Mapping[str, Any], total: int | None = None) -> Mapping[str, Any]:
    count = len(rows) if total is None else total
    return said("Contacts", *rows, pagination={"page": 1, "pageSize": 1000, "pageCount": 1, "itemCount": count})


def tenant(id: str, name: str) -> Mapping[str, str]:
    return {"tenantId": id, "tenantType": "ORGANISATION", "tenantName": name}


def test_a_single_tenant_is_named_in_every_further_call() -> None:
    connection, script = scripted(
        [tenant("t-1", "Twin Ltd")], said("Organisations", ORGANISATION), said("Currencies"), grant="pkce"
    )
    assert connection.organisation().id == "t-1"
    everything(connection, "Currency")
    assert [path for _, path, _ in script.asked] == [
        "/connections",
        "/api.xro/2.0/Organisation",
        "/api.xro/2.0/Currencies",
    ]
    assert all(headers["xero-tenant-id"] == "t-1" for _, _, headers in script.asked[1:])


@pytest.mark.parametrize(
    ("tenants", "id"),
    [
        ([tenant("o-1", "Twin Ltd"), tenant("t-2", "Twin Ltd")], "o-1"),
        ([tenant("t-1", "Twin Ltd"), tenant("t-2", "Other")], "t-1"),
    ],
)
def test_among_several_tenants_the_one_that_answered_is_told_by_id_or_name(
    tenants: Sequence[Mapping[str, str]], id: str
) -> None:
    connection, _ = scripted(tenants, said("Organisations", ORGANISATION), grant="pkce")
    assert connection.organisation().id == id


def test_organisations_of_one_name_are_not_guessed_apart() -> None:
    twins = [tenant("t-1", "Twin Ltd"), tenant("t-2", "Twin Ltd")]
    connection, _ = scripted(twins, said("Organisations", ORGANISATION), grant="pkce")
    with pytest.raises(WrongOrganisation, match=r"t-1.*t-2") as stopped:
        connection.organisation()
    assert "organisation:" in stopped.value.mend


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"DateTimeUTC": AT},
        {"DateTimeUTC": AT, "Contacts": {}},
        {"DateTimeUTC": AT, "Contacts": ["x"]},
        {"Contacts": [], "pagination": {"pageCount": 1, "itemCount": 0}},
        said("Contacts"),
        said("Contacts", pagination={"itemCount": "many", "pageCount": 1}),
        paged({"Name": "no id"}),
    ],
)
def test_an_answer_that_is_no_listing_stops_the_connection(answer: Any) -> None:
    connection, _ = books_with(answer)
    with pytest.raises(BadAnswer):
        everything(connection, "Contact")


def test_a_listing_that_counts_otherwise_than_it_lists_is_never_whole() -> None:
    short = paged({"ContactID": "c-1"}, total=2)
    double = paged({"ContactID": "c-1"}, {"ContactID": "c-1"})
    connection, script = books_with(short, double, short)
    pages = everything(connection, "Contact")
    assert len(pages) == 3
    assert not any(page.complete or page.cursor for page in pages)
    assert script.answers == []


def test_one_unreadable_record_is_unknown_and_stops_no_other() -> None:
    connection, _ = books_with(
        paged({"ContactID": "c-1", "UpdatedDateUTC": "soon"}, {"ContactID": "c-2", "Phones": {}}, {"ContactID": "c-3"})
    )
    known = observed(everything(connection, "Contact"))
    assert [type(one).__name__ for one in known.values()] == ["Unknown", "Unknown", "Present"]


def test_a_record_that_was_not_asked_for_is_not_taken_for_it() -> None:
    connection, _ = books_with(paged({"ContactID": "c-2"}))
    assert isinstance(fetched(connection, "Contact", "c-1")[0], Unknown)


@pytest.mark.parametrize(
    "answer", [None, [], {"Contacts": None}, said("Contacts"), said("Contacts", {"ContactID": "1"}, {"ContactID": "2"})]
)
def test_a_write_whose_answer_cannot_be_matched_is_lost(answer: Any) -> None:
    connection, _ = books_with(answer)
    with pytest.raises(AnswerLost):
        write(connection, "Contact", Verb.CREATE, Operation("k.1", values={"Name": "A"}))


def test_an_answer_for_another_record_is_doubt() -> None:
    element = {"ContactID": "c-2", "StatusAttributeString": "OK", "ContactNumber": "k.2"}
    connection, _ = books_with(said("Contacts", element))
    (created,) = write(connection, "Contact", Verb.CREATE, Operation("k.1", values={"Name": "A"}))
    assert isinstance(created, InDoubt)
    connection, _ = books_with(said("Contacts", element))
    (updated,) = write(connection, "Contact", Verb.UPDATE, Operation("k.1", "c-1", {"Name": "A"}))
    assert isinstance(updated, InDoubt)


def test_an_answer_that_cannot_be_read_is_still_an_answer() -> None:
    connection, _ = books_with(said("Contacts", {"ContactID": "c-1", "Phones": {}}))
    (created,) = write(connection, "Contact", Verb.CREATE, Operation("k.1", values={"Name": "A"}))
    assert created == Applied("c-1", None)


def test_nothing_is_sent_when_nothing_can_be_sent() -> None:
    connection, script = books_with()
    outcomes = write(connection, "Contact", Verb.UPDATE, Operation("k.1", "c-1", {"DefaultCurrency": None}))
    assert len(outcomes) == 1
    assert len(script.asked) == 1


def test_sx06_what_the_scopes_leave_out_is_withheld_and_a_refusal_names_the_scope() -> None:
    narrow, _ = scripted(said("Organisations", ORGANISATION), scopes="accounting.contacts accounting.invoices.read")
    contact, invoice, account = (narrow.describe(name) for name in ("Contact", "Invoice", "Account"))
    assert (contact.withheld, contact.grant) == (frozenset(), "")
    assert invoice.withheld == set(invoice.verbs) != set()
    assert "accounting.invoices" in invoice.grant
    assert (account.withheld, account.grant) == (frozenset(), ""), "nobody writes accounts"
    books, _ = books_with(LacksScope("the connection lacks a scope for it"))
    with pytest.raises(ObjectForbidden, match="create Contact: the connection lacks the scope accounting") as told:
        write(books, "Contact", Verb.CREATE, Operation("k1", values={"Name": "Acme"}))
    assert "tieout connect" in told.value.mend


def test_sx06_a_read_that_is_refused_for_want_of_a_scope_concerns_its_object_alone() -> None:
    books, _ = books_with(LacksScope("the connection lacks a scope for it"))
    lacked = "read Payment: the connection lacks the scope accounting.payments, or accounting.payments.read"
    with pytest.raises(ObjectForbidden, match=lacked) as told:
        list(books.changes(Query(books.describe("Payment"), frozenset({"Amount"}))))
    assert "tieout connect" in told.value.mend


GRANTED = "accounting.settings.read accounting.contacts.read accounting.invoices"


@pytest.mark.parametrize(
    ("name", "asked"),
    [("Payment", "accounting.payments"), ("Overpayment", "accounting.payments"), ("Prepayment", "accounting.payments")],
)
def test_sx06_what_the_granted_scopes_do_not_let_be_read_is_out_of_reach_before_any_call(name: str, asked: str) -> None:
    books, script = scripted(said("Organisations", ORGANISATION), granted=GRANTED)
    with pytest.raises(ObjectForbidden, match=f"{name}: it has neither the scope {asked} nor {asked}.read") as told:
        books.describe(name)
    assert f"add the scope {asked} to options.scopes" in told.value.mend
    assert len(script.asked) == 1, "the organisation alone"


def test_sx06_what_was_granted_counts_and_not_what_is_asked_for() -> None:
    narrow, _ = scripted(said("Organisations", ORGANISATION), granted=GRANTED)
    contact, invoice, item, account = (narrow.describe(name) for name in ("Contact", "Invoice", "Item", "Account"))
    assert contact.withheld == set(contact.verbs) != set(), "it is asked for, and was not granted"
    assert {one.withheld for one in (invoice, item, account)} == {frozenset()}
    more, _ = scripted(
        said("Organisations", ORGANISATION), granted="accounting.settings accounting.transactions", scopes="openid"
    )
    assert {more.describe(name).withheld for name in ("Invoice", "Payment")} == {frozenset()}, "granted of old"


def test_sx03_the_pre_flight_names_what_the_granted_scopes_leave_out_by_object_and_verb() -> None:
    tables = (said(one, {}) for one in ("Currencies", "TaxRates", "Accounts"))
    books, _ = scripted(said("Organisations", ORGANISATION), *tables, granted=GRANTED)
    found = {one.object: (one.code, one.message) for one in books.check() if one.code in {"no-scope", "read-only"}}
    assert found == {
        "Contact": (
            "read-only",
            "this login cannot archive or create or note or update Contact: it has no scope accounting.contacts",
        ),
        "Payment": (
            "no-scope",
            "this login cannot read or create or delete or note Payment: it has no scope accounting.payments",
        ),
        "Overpayment": ("no-scope", "this login cannot read Overpayment: it has no scope accounting.payments"),
        "Prepayment": ("no-scope", "this login cannot read Prepayment: it has no scope accounting.payments"),
    }
