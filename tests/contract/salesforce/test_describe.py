from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.salesforce.canned import (
    ACCOUNT,
    CURRENCY_CODE,
    LINE,
    MARKER,
    OPPORTUNITY,
    ORG,
    Canned,
    described,
    raw_field,
    raw_object,
    rows,
)
from tieout.adapter import Deletions, Kind, Twins, Verb
from tieout.errors import ObjectForbidden, TieoutError, UnknownObject
from tieout_salesforce.catalogue import Catalogue
from tieout_salesforce.describe import Currency
from tieout_salesforce.rest import Rest
from tieout_salesforce.rights import FLAGS

RECORDED = Path(__file__).parents[3] / ".." / "shared" / "data" / "salesforce"
SEVERAL = Currency(several=True, code="EUR")


def with_code(raw: Any) -> Any:
    return {**raw, "fields": [*raw["fields"], CURRENCY_CODE]}


def test_capabilities() -> None:
    deal = described("Opportunity")
    assert deal.verbs == {Verb.CREATE: 200, Verb.UPDATE: 200, Verb.DELETE: 200}
    assert (deal.deletions, deal.twins, deal.marker) == (Deletions.REPORTED, Twins.REFUSED, "Tieout_Key__c")
    assert (deal.sees_own, deal.conditional, deal.partial, deal.incremental) == (True, False, True, True)
    assert (deal.grain, deal.fetch, deal.replay) == (timedelta(seconds=1), 300, None)
    assert deal.children == {"OpportunityLineItems": "Id"}


def test_deletions_are_reported_only_where_a_row_can_say_so() -> None:
    raw = raw_object("Setup__c")
    silent = {**raw, "fields": [field for field in raw["fields"] if field["name"] != "IsDeleted"]}
    assert described("Setup__c", {"Setup__c": silent}).deletions is Deletions.ABSENCE


def test_sx06_what_this_login_may_not_do_is_withheld_and_what_nobody_can_is_no_verb() -> None:
    fixed = raw_object("Fixed__c", createable=False, deletable=False)
    custom = described("Fixed__c", {"Fixed__c": fixed})
    assert set(custom.verbs) == {*FLAGS}
    assert custom.withheld == {Verb.CREATE, Verb.DELETE}
    assert custom.grant == "give them to the login in its permission set in Salesforce: Object Settings, Fixed__c"
    setup = described("User", {"User": {**ORG["User"], "createable": False, "deletable": False}})
    assert (set(setup.verbs), setup.withheld, setup.grant) == ({Verb.UPDATE}, frozenset(), "")
    entry = described("PricebookEntry", {"PricebookEntry": raw_object("PricebookEntry", deletable=False)})
    assert (set(entry.verbs), entry.withheld) == ({Verb.CREATE, Verb.UPDATE}, frozenset())


BOTH = {Verb.CREATE, Verb.UPDATE}


@pytest.mark.parametrize(
    ("field", "withheld"),
    [
        ({"permissionable": True}, BOTH),
        ({"permissionable": False}, set()),
        ({}, set()),
        ({"permissionable": True, "calculated": True}, set()),
        ({"permissionable": True, "autoNumber": True}, set()),
        ({"permissionable": True, "deprecatedAndHidden": True}, set()),
        ({"permissionable": True, "createable": True}, set()),
        ({"permissionable": True, "updateable": True}, set()),
    ],
)
def test_sx06_a_field_made_read_only_is_told_from_one_that_nobody_writes(
    field: dict[str, Any], withheld: set[Verb]
) -> None:
    made = raw_field("Note__c", **{"createable": False, "updateable": False, **field})
    found = described("Deal__c", {"Deal__c": raw_object("Deal__c", made)})
    note = found.fields["Note__c"]
    assert note.withheld == withheld
    assert (note.creatable, note.updatable) == (
        bool(withheld) or field.get("createable", False),
        bool(withheld) or field.get("updateable", False),
    )
    assert bool(found.grant) == bool(withheld)


def test_sx06_of_an_object_that_may_only_be_read_no_field_is_refused_but_those_of_the_system() -> None:
    said_no = [{**field, "createable": False, "updateable": False} for field in OPPORTUNITY["fields"]]
    barred = {**OPPORTUNITY, "createable": False, "updateable": False, "deletable": False, "fields": said_no}
    deal = described("Opportunity", {**ORG, "Opportunity": barred})
    assert deal.withheld == {Verb.CREATE, Verb.UPDATE, Verb.DELETE}
    assert (deal.twins, deal.marker) == (Twins.REFUSED, "Tieout_Key__c"), "as once the right is given"
    can = {path for path, field in deal.fields.items() if field.creatable and "." not in path}
    assert can == {"Name", "Amount", "CloseDate", "Tags__c", "Closed_At__c", "AccountId", "OwnerId", "Tieout_Key__c"}
    assert all(deal.fields[path].withheld == BOTH for path in can)
    assert not any(field.withheld for path, field in deal.fields.items() if "." in path)


def test_sx06_whether_a_child_can_move_is_not_judged_by_a_login_that_may_not_move_it() -> None:
    barred = [{**field, "updateable": False} for field in ORG["Contact"]["fields"]]
    org = {**ORG, "Contact": {**ORG["Contact"], "updateable": False, "fields": barred}}
    assert not described("Account", org).fields["Contacts"].tracked
    lines = [{**field, "updateable": False} for field in LINE["fields"]]
    stamped = {**ORG, "OpportunityLineItem": {**LINE, "updateable": False, "fields": lines}}
    assert described("Opportunity", stamped).fields["OpportunityLineItems"].tracked


@pytest.mark.parametrize(
    ("marker", "twins", "path"),
    [
        ([MARKER], Twins.REFUSED, "Tieout_Key__c"),
        ([{**MARKER, "unique": False}], Twins.FOUND, "Tieout_Key__c"),
        ([{**MARKER, "createable": False}], Twins.POSSIBLE, None),
        ([], Twins.POSSIBLE, None),
    ],
)
def test_only_a_unique_external_id_stops_twins(marker: list[Any], twins: Twins, path: str | None) -> None:
    found = described("Thing__c", {"Thing__c": raw_object("Thing__c", *marker)})
    assert (found.twins, found.marker, found.sees_own) == (twins, path, path is not None)


def test_a_field_is_required_unless_it_is_nillable_or_defaulted() -> None:
    fields = described("Opportunity").fields
    assert {path for path, field in fields.items() if field.required} == {"Name", "CloseDate"}


def test_formulas_are_untracked_and_read_only() -> None:
    formula = described("Opportunity").fields["Expected__c"]
    assert (formula.tracked, formula.creatable, formula.updatable) == (False, False, False)
    assert described("Opportunity").fields["Amount"].tracked


def test_amount_may_be_ignored_and_texts_are_trimmed() -> None:
    fields = described("Opportunity").fields
    assert fields["Amount"].rewritten
    assert (fields["Name"].trims, fields["Name"].length, fields["Amount"].trims) == (True, 120, False)


def test_parents_are_read_through_references_and_never_written() -> None:
    fields = described("Opportunity").fields
    days = fields["Account.Payment_Days__c"]
    assert (days.kind, days.creatable, days.updatable, days.tracked) == (Kind.NUMBER, False, False, False)
    assert {path for path in fields if path.startswith("Owner.")} == {"Owner.Name", "Owner.Email"}
    assert "Account.Owner.Name" not in fields


def test_a_child_list_and_the_parents_of_its_items() -> None:
    fields = described("Opportunity").fields
    lines = fields["OpportunityLineItems"]
    assert (lines.kind, lines.creatable, lines.updatable, lines.tracked) == (Kind.LIST, False, False, True)
    assert fields["OpportunityLineItems.Quantity"].tracked
    assert not fields["OpportunityLineItems.Product2.Name"].tracked
    assert not fields["OpportunityLineItems.Quantity"].required
    assert "OpportunityLineItems.Opportunity.Name" not in fields


def test_a_list_whose_items_can_move_away_is_not_tracked() -> None:
    fields = described("Account").fields
    assert not fields["Contacts"].tracked
    assert not fields["Contacts.Email"].tracked


def test_an_object_out_of_sight_is_left_out() -> None:
    fields = described("Opportunity", {"Opportunity": OPPORTUNITY}).fields
    assert not [path for path in fields if "." in path]
    assert described("Opportunity", {"Opportunity": OPPORTUNITY}).children == {}


def test_a_single_currency_org_answers_with_a_virtual_code() -> None:
    fields = described("Opportunity").fields
    assert fields["Amount"].currency == "GBP"
    code = fields["CurrencyIsoCode"]
    assert (code.virtual, code.choices, code.creatable, code.updatable) == (True, ("GBP",), False, False)
    assert fields["OpportunityLineItems.CurrencyIsoCode"].virtual


def test_no_code_is_invented_where_the_currency_is_unknown() -> None:
    fields = described("Opportunity", currency=Currency(several=False, code=None)).fields
    assert "CurrencyIsoCode" not in fields
    assert fields["Amount"].currency is None


def test_in_a_multi_currency_org_each_amount_has_the_code_beside_it() -> None:
    org = {
        **ORG,
        "Opportunity": with_code(OPPORTUNITY),
        "OpportunityLineItem": with_code(LINE),
        "Account": with_code(ACCOUNT),
    }
    fields = described("Opportunity", org, SEVERAL).fields
    assert fields["Amount"].currency == "CurrencyIsoCode"
    assert fields["Account.Credit__c"].currency == "Account.CurrencyIsoCode"
    assert fields["OpportunityLineItems.UnitPrice"].currency == "OpportunityLineItems.CurrencyIsoCode"
    assert not fields["CurrencyIsoCode"].virtual
    assert fields["CurrencyIsoCode"].creatable


def test_only_restricted_picklists_have_choices() -> None:
    values = [{"value": "A", "active": True}, {"value": "B", "active": False}]
    shut = raw_field("Shut__c", "picklist", restrictedPicklist=True, picklistValues=values)
    wide = raw_field("Wide__c", "picklist", picklistValues=values)
    fields = described("Thing__c", {"Thing__c": raw_object("Thing__c", shut, wide)}).fields
    assert fields["Shut__c"].choices == ("A",)
    assert fields["Wide__c"].choices is None


def test_an_object_without_a_filterable_stamp_is_read_whole() -> None:
    raw = raw_object("Thing__c")
    blind = {**raw, "fields": [{**f, "filterable": f["name"] != "SystemModstamp"} for f in raw["fields"]]}
    assert not described("Thing__c", {"Thing__c": blind}).incremental


def test_personal_fields_are_marked() -> None:
    fields = described("Contact").fields
    assert fields["Email"].personal
    assert fields["LastName"].personal
    assert not fields["AccountId"].personal
    assert described("Account").fields["Contacts.Email"].personal
    assert not described("Account").fields["Name"].personal


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded describes are not here")
def test_recorded_describes_of_a_real_org_can_be_read() -> None:
    names = ("Account", "Contact", "Opportunity")
    org = {name: json.loads((RECORDED / f"{name}_describe.json").read_text()) for name in names}
    account, deal = described("Account", org), described("Opportunity", org)
    assert json.dumps(asdict(account), default=str)
    assert account.fields["BillingStreet"].rewritten
    assert "BillingAddress" not in account.fields
    assert {path for path, field in deal.fields.items() if field.required} == {"Name", "StageName", "CloseDate"}
    assert account.fields["AnnualRevenue"].scale == 0
    assert account.fields["NumberOfEmployees"].scale == 0
    assert deal.fields["Probability"].kind is Kind.NUMBER
    assert deal.fields["ForecastCategoryName"].choices
    assert deal.fields["StageName"].choices is None
    assert account.fields["Contacts.Email"].personal
    assert not any(one.withheld for kind in (account, deal) for one in kind.fields.values()), "an administrator's"


def test_describes_are_asked_for_once() -> None:
    http = Canned(rows({"Id": "01L", "IsoCode": "EUR"}), org={**ORG, "CurrencyType": raw_object("CurrencyType")})
    catalogue = Catalogue(Rest(http.tools(), "66.0"), marker="Tieout_Key__c", currency="GBP")
    assert catalogue.currency() == SEVERAL
    assert catalogue.type("Account").name == "Account"
    assert catalogue.type("Account").fields["Credit__c"].currency == "EUR"
    assert [asked.query for asked in http.asked] == [
        "SELECT Id, IsoCode FROM CurrencyType WHERE IsCorporate = true LIMIT 1"
    ]


@pytest.mark.parametrize(("name", "error"), [("Contact", ObjectForbidden), ("Quote", UnknownObject)])
def test_sx06_an_object_of_every_org_that_is_not_seen_lacks_its_right(name: str, error: type[TieoutError]) -> None:
    http = Canned(org={one: raw for one, raw in ORG.items() if one != name})
    catalogue = Catalogue(Rest(http.tools(), "66.0"), marker="Tieout_Key__c", currency=None)
    with pytest.raises(error, match=name) as told:
        catalogue.type(name)
    assert ("Object Settings, Contact" in told.value.mend) is (error is ObjectForbidden)


def test_an_unknown_object_names_the_nearest() -> None:
    http = Canned()
    catalogue = Catalogue(Rest(http.tools(), "66.0"), marker="Tieout_Key__c", currency=None)
    with pytest.raises(UnknownObject) as caught:
        catalogue.type("Oportunity")
    assert caught.value.nearest[0] == "Opportunity"


def test_sx06_what_lies_behind_a_reference_or_a_list_that_the_login_does_not_see_is_named() -> None:
    seen = {name: raw for name, raw in ORG.items() if name not in {"User", "Product2", "OpportunityLineItem"}}
    deal = described("Opportunity", seen)
    assert deal.hidden.items() >= {
        ("Owner", "User"),
        ("OwnerId", "User"),
        ("OpportunityLineItems", "OpportunityLineItem"),
    }
    assert not any(path.startswith(("Owner.", "OpportunityLineItems")) for path in deal.fields)
    lines = described("Opportunity", {name: raw for name, raw in ORG.items() if name != "Product2"})
    assert lines.hidden["OpportunityLineItems.Product2"] == "Product2"
    assert described("Opportunity").hidden == {}
