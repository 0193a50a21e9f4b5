from __future__ import annotations

from typing import Any

import pytest

from contract.spotlercrm.canned import Told, fields, listed, opened
from contract.spotlercrm.conftest import Made
from contract.spotlercrm.world import World, create, fetched, observed, update
from tieout.adapter import Applied, Deletions, Kind, ObjectType, Present, Query, Twins, Verb
from tieout.errors import BadAnswer, Forbidden, UnknownObject


def test_the_eleven_record_types_are_described_by_their_dictionaries(world: World) -> None:
    connection = world.open()
    names = connection.objects()
    assert len(names) == 11
    for name in names:
        described = connection.describe(name)
        assert described.name == name
        assert described.deletions is Deletions.ABSENCE
        assert described.fields["id"].kind is Kind.TEXT
        assert not described.fields["id"].creatable


def test_what_is_no_resource_is_unknown(world: World) -> None:
    for name in ("users", "products", "invoices", "Accounts"):
        with pytest.raises(UnknownObject):
            world.open().describe(name)


def test_kinds_of_fields(world: World) -> None:
    connection = world.open()
    accounts, people = connection.describe("accounts").fields, connection.describe("contacts").fields
    deals, lines = connection.describe("opportunities").fields, connection.describe("opportunity_lines").fields
    assert accounts["addresspostcode/zip"].kind is Kind.TEXT
    assert accounts["modifieddate"].kind is Kind.INSTANT
    assert accounts["type"].choices == ("Client", "Prospect", "Supplier")
    assert (people["accountid"].kind, people["accountid"].refers_to) == (Kind.REFERENCE, ("accounts",))
    assert people["leftcompany"].kind is Kind.BOOLEAN
    assert (deals["closedate"].kind, deals["forecast"].kind) == (Kind.DATE, Kind.TEXT)
    assert (lines["unitprice"].kind, lines["unitprice"].currency) == (Kind.MONEY, "GBP")
    assert lines["product"].kind is Kind.TEXT


def test_what_the_system_sets_is_never_written(world: World) -> None:
    known = world.open().describe("accounts").fields
    fixed = {path for path, field in known.items() if not field.creatable and not field.updatable and "." not in path}
    assert fixed == {"contacts", "id", "createdby", "createddate", "modifiedby", "modifieddate"}


def test_verbs_are_one_record_a_call_and_histories_and_documents_are_read_alone(world: World) -> None:
    connection = world.open()
    assert connection.describe("accounts").verbs == {Verb.CREATE: 1, Verb.UPDATE: 1, Verb.DELETE: 1}
    assert connection.describe("opportunityhistories").verbs == {}
    assert connection.describe("documents").verbs == {}


def test_lines_value_and_currency_of_an_opportunity_are_seen_and_move_no_stamp(world: World) -> None:
    described = world.open().describe("opportunities")
    assert described.children == {"lines": "id"}
    seen = [described.fields[path] for path in ("lines", "lines.id", "lines.unitprice", "lines.product", "value")]
    assert not any(field.creatable or field.updatable or field.tracked for field in seen)
    assert described.fields["value"].currency == described.fields["lines.unitprice"].currency == "GBP"
    assert described.fields["currency"].virtual
    assert described.fields["currency"].choices == ("GBP",)


def test_without_a_currency_amounts_say_that_they_have_none(world: World) -> None:
    described = world.open(currency=None).describe("opportunities")
    assert described.fields["value"].currency is None
    assert "currency" not in described.fields


def test_without_lines_in_the_plan_opportunities_have_none(world: World) -> None:
    world.order("plan", object="opportunity_lines")
    described = world.open().describe("opportunities")
    assert not described.children
    assert "value" not in described.fields


def test_personal_data_is_marked(world: World) -> None:
    connection = world.open()
    people = {path for path, field in connection.describe("contacts").fields.items() if field.personal}
    assert {"first", "last", "email", "phone", "mobile", "direct", "addresspostcode/zip"} <= people
    accounts = {path for path, field in connection.describe("accounts").fields.items() if field.personal}
    assert {path for path in accounts if "." not in path} == {"phone"}
    assert {"contacts.last", "contacts.email"} <= accounts


@pytest.mark.parametrize("status", [403, 404])
def test_a_record_type_outside_the_plan_cannot_be_described(world: World, status: int) -> None:
    world.order("plan", object="campaigns", status=status)
    with pytest.raises(Forbidden, match="campaigns"):
        world.open().describe("campaigns")


def test_a_marker_is_a_field_of_the_account(world: World, made: Made) -> None:
    assert world.open().describe("accounts").marker == "tieoutkey"
    assert world.open(marker="nosuch").describe("accounts").twins is Twins.POSSIBLE
    bare = made(custom_fields=False).open().describe("accounts")
    assert (bare.marker, bare.twins) == (None, Twins.POSSIBLE)


# --- the ledger code (A1) ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["Ledger Code", "LEDGER code", "Account Code"])
def test_the_ledger_code_is_found_by_its_label_and_called_ledgercode(made: Made, label: str) -> None:
    world = made(ledger_code=label)
    own = label.lower().replace(" ", "")
    connection = world.open()
    outcome = create(connection, "accounts", {"name": "Acme", "ledgercode": "AC1"})
    assert isinstance(outcome, Applied)
    update(connection, "accounts", outcome.id, {"ledgercode": "AC2"})
    type = world.open().describe("accounts")
    (seen,) = world.open().fetch(Query(type, frozenset({"ledgercode", own})), [outcome.id])
    assert isinstance(seen, Present)
    assert set(seen.record.values()) == {"AC2"}
    assert type.fields["ledgercode"].creatable
    assert type.fields[own].creatable is (own == "ledgercode")


def test_a_description_that_was_kept_still_knows_the_ledger_code(made: Made) -> None:
    """Runs use the description of another connection: nobody is asked for the data dictionary again."""
    world = made(ledger_code="Account Code")
    world.make("accounts", name="Acme", accountcode="AC1")
    type = world.open().describe("accounts")
    connection = world.open()
    world.calls()
    (seen,) = observed(list(connection.changes(Query(type, frozenset({"ledgercode"}))))).values()
    assert isinstance(seen, Present)
    assert seen.record == {"ledgercode": "AC1"}
    assert world.calls() == {"GET /accounts": 1}


def test_the_ledger_code_may_be_named(made: Made) -> None:
    world = made(ledger_code="Nominal")
    assert "ledgercode" not in world.open().describe("accounts").fields
    described = world.open(ledger_code="nominal").describe("accounts")
    assert described.fields["ledgercode"].label == "Nominal"
    assert "ledgercode" not in world.open(ledger_code="nosuch").describe("accounts").fields


# --- assumptions of the dictionary's form (A14, A15) ------------------------------------------------------------------


def described_by(answer: object, lookup: object = None, **options: Any) -> ObjectType:
    def script(_method: str, path: str, _params: object) -> object:
        if path == "/datadictionary/contacts":
            return Forbidden("not in this plan")
        return Told(lookup) if path.startswith("/lookup") else answer

    connection, _ = opened(script, **options)
    return connection.describe("accounts")


def test_a_dictionary_may_stand_without_envelopes() -> None:
    entries = [{"name": "id"}, {"name": "name", "label": "Name"}, {"name": "x", "type": "Date", "more": {}}]
    for answer in (entries, {"list": entries}, listed(*entries)):
        type = described_by(answer)
        kinds = {path: field.kind for path, field in type.fields.items()}
        assert kinds == {"id": Kind.TEXT, "name": Kind.TEXT, "x": Kind.DATE}


@pytest.mark.parametrize("answer", [{}, {"fields": []}, [{}], [{"name": 5}], [{"label": "Name"}], "accounts"])
def test_a_dictionary_of_another_form_is_named(answer: object) -> None:
    with pytest.raises(BadAnswer, match="accounts"):
        described_by(answer)


def test_kinds_of_fields_of_ones_own_are_an_option() -> None:
    kinds = {"accounts.credit": "money", "accounts.vip": "boolean", "contacts.credit": "date", "accounts.id": "number"}
    type = described_by(fields("id", "credit", "vip", "other"), kinds=kinds)
    found = {path: field.kind for path, field in type.fields.items()}
    assert found == {"id": Kind.TEXT, "credit": Kind.MONEY, "vip": Kind.BOOLEAN, "other": Kind.TEXT}


@pytest.mark.parametrize(
    ("lookup", "choices"),
    [
        (["A", "B", "A"], ("A", "B")),
        (listed({"name": "A"}, {"value": "B"}), ("A", "B")),
        ({"list": [{"label": "A"}]}, ("A",)),
        ([], None),
        ({"items": ["A"]}, None),
        ([{"id": 5}], None),
        (["A", 5], None),
    ],
)
def test_a_pick_list_is_read_in_its_likely_forms_and_else_left_open(lookup: object, choices: object) -> None:
    answer = listed({"name": "kind", "label": "Kind", "type": "lookup"})
    type = described_by(answer, lookup)
    assert type.fields["kind"].choices == choices


def test_a_value_outside_its_pick_list_is_read_all_the_same(world: World) -> None:
    one = world.make("accounts", name="Acme", type="Client")
    (seen,) = fetched(world.open(), "accounts", one)
    assert isinstance(seen, Present)
    assert seen.record["type"] == "Client"
