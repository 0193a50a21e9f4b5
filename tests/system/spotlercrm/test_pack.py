"""The pack `spotlercrm-xero`, unedited, at the command line: what SpotlerCRM's own integration offers."""

from __future__ import annotations

from typing import Any

import pytest

from system.forked import Ended
from system.spotlercrm.office import Office


@pytest.fixture
def shop(firm: Office) -> Office:
    firm.write("spotlercrm-xero")
    return firm


def asked(shop: Office, *words: str) -> dict[str, Any]:
    """Ask for something, look at the plan, and approve it."""
    shown = shop.run("plan", *words, "--json")
    assert shown.code == 0, shown
    found: dict[str, Any] = shown.report
    guards = ",".join(dict.fromkeys(one["guard"] for one in found["guards"]))
    done(shop.run("apply", found["plan"], *(("--allow", guards) if guards else ())))
    return found


def done(ended: Ended) -> None:
    assert ended.code == 0, ended


def settled(shop: Office) -> None:
    """Run until nothing is left, and let the first pass over a new store through."""
    ended = shop.run("run", "--json")
    if ended.code == 5:
        done(shop.run(*ended.report["stopped"]["command"].split()[1:]))
        ended = shop.run("run", "--json")
    done(ended)
    shop.quiet()


def contact(shop: Office, name: str) -> dict[str, Any]:
    (found,) = [row for row in shop.books.rows().values() if row["Name"] == name]
    return found


def invoices(shop: Office) -> list[dict[str, Any]]:
    return list(shop.books.rows("Invoices").values())


def client(shop: Office, name: str = "Acme Ltd", **fields: Any) -> str:
    made = shop.crm.make("accounts", name=name, **fields)
    asked(shop, f"customers/crm:{made}", "--create")
    settled(shop)
    return made


def deal(shop: Office, account: str, name: str = "Spring order", **fields: Any) -> str:
    made = shop.crm.make("opportunities", name=name, accountid=int(account), **fields)
    for product, quantity, price in (("Chai", 10, 18), ("Advice", 1.5, 12)):
        line = {"opportunityid": int(made), "product": product, "quantity": quantity, "unitprice": price}
        shop.crm.make("opportunity_lines", **line)
    return made


@pytest.mark.extended
def test_px10_all_contacts_are_imported_and_later_only_the_new_ones(shop: Office) -> None:
    for name in ("One Ltd", "Two Ltd"):
        shop.books.contact(name)
    done(shop.run("run"))
    assert shop.crm.rows("accounts") == {}
    plan = asked(shop, "customers", "--create")
    assert sum(one["do"] == "create in crm" for one in plan["operations"]) == 2
    assert {row["name"] for row in shop.crm.rows("accounts").values()} == {"One Ltd", "Two Ltd"}
    assert {row["type"] for row in shop.crm.rows("accounts").values()} == {"Client"}
    settled(shop)
    shop.books.contact("Three Ltd")
    plan = asked(shop, "customers", "--create")
    assert sum(one["do"] == "create in crm" for one in plan["operations"]) == 1
    assert len(shop.crm.rows("accounts")) == 3


@pytest.mark.extended
def test_px10_the_person_of_an_imported_contact_comes_with_it_once(shop: Office) -> None:
    ann = {"FirstName": "Ann", "LastName": "Boss", "EmailAddress": "ann@one.example"}
    shop.books.contact("One Ltd", **ann)
    shop.books.contact("Later Ltd", FirstName="Not", LastName="Yet")
    settled(shop)
    assert shop.crm.rows("contacts") == {}
    (one,) = [id_ for id_, row in shop.books.rows().items() if row["Name"] == "One Ltd"]
    asked(shop, f"customers/books:{one}", "--create")
    settled(shop)
    ((account, _),) = shop.crm.rows("accounts").items()
    ((person, made),) = shop.crm.rows("contacts").items()
    assert (str(made["accountid"]), made["first"], made["email"]) == (account, "Ann", "ann@one.example")
    shop.crm.edit("contacts", person, email="boss@one.example")
    shop.crm.make("contacts", accountid=int(account), first="Bob", last="Clerk")
    done(shop.run("run", "--full"))
    row = shop.books.rows()[one]
    assert (row["FirstName"], row["EmailAddress"]) == ("Ann", "boss@one.example")
    shop.crm.order("delete", object="contacts", id=person)
    done(shop.run("run", "--full"))
    done(shop.run("run", "--full"))
    row = shop.books.rows()[one]
    assert (row["FirstName"], row["LastName"]) == ("Bob", "Clerk")
    assert [one["first"] for one in shop.crm.rows("contacts").values()] == ["Bob"]
    assert shop.run("review", "list", "--json").report == []


@pytest.mark.extended
def test_px11_a_person_whom_xero_alone_has_comes_once_and_is_asked_about_before_another_one_goes_there(
    shop: Office,
) -> None:
    acme = shop.crm.make("accounts", name="Acme Ltd", ledgercode="A-1")
    shop.crm.make("contacts", accountid=int(acme), first="Ann", last="Bell")
    shop.books.contact("Acme Ltd", AccountNumber="A-1", FirstName="Mary", LastName="Ledger")
    settled(shop)
    assert contact(shop, "Acme Ltd")["FirstName"] == "Mary"
    assert [one["first"] for one in shop.crm.rows("contacts").values()] == ["Ann", "Mary"]
    fields = [one["question"].split()[0] for one in shop.run("review", "list", "--json").report]
    assert fields == ["books.FirstName", "books.LastName"]


@pytest.mark.extended
def test_px13_a_person_that_goes_to_xero_does_not_come_back_as_another_one(shop: Office) -> None:
    acme = shop.crm.make("accounts", name="Acme Ltd")
    shop.crm.make("contacts", accountid=int(acme), first="Ann", last="Bell", phone="0456")
    settled(shop)
    asked(shop, f"customers/crm:{acme}", "--create")
    settled(shop)
    assert contact(shop, "Acme Ltd")["FirstName"] == "Ann"
    assert [one["first"] for one in shop.crm.rows("contacts").values()] == ["Ann"]


@pytest.mark.extended
def test_px11_an_account_that_exists_in_xero_is_linked_and_gets_its_code(shop: Office) -> None:
    acme = shop.crm.make("accounts", name="Acme Ltd", **{"addresspostcode/zip": "N1 9GU"})
    shop.books.contact(
        "ACME LIMITED", AccountNumber="AC-1", Addresses=[{"AddressType": "POBOX", "PostalCode": "n19gu"}]
    )
    settled(shop)
    assert shop.crm.rows("accounts")[acme]["ledgercode"] == "AC-1"
    assert [row["Name"] for row in shop.books.rows().values()] == ["Acme Ltd"]


@pytest.mark.extended
def test_px12_a_blank_ledger_code_gets_one_and_a_given_one_is_xero_s_account_number(shop: Office) -> None:
    blank, given = client(shop, "Blank Ltd"), client(shop, "Given Ltd", ledgercode="G-1")
    id_ = contact(shop, "Blank Ltd")["ContactID"]
    assert contact(shop, "Blank Ltd")["AccountNumber"] == shop.crm.rows("accounts")[blank]["ledgercode"] == id_
    assert contact(shop, "Given Ltd")["AccountNumber"] == shop.crm.rows("accounts")[given]["ledgercode"] == "G-1"


def addressed(shop: Office) -> tuple[str, str, str]:
    made = contact(shop, "Acme Ltd")
    (phone,) = [one["PhoneNumber"] for one in made["Phones"] if one["PhoneType"] == "DEFAULT"]
    return made["FirstName"], made["EmailAddress"], phone


@pytest.mark.extended
def test_px13_the_main_contact_goes_with_the_account_and_another_one_can_be_chosen(shop: Office) -> None:
    acme = shop.crm.make("accounts", name="Acme Ltd", phone="0123")
    people = {}
    for first, decides, gone in (("Zoë", 1, 1), ("Bob", 0, 0), ("Ann", 1, 0)):
        fields = {"decisionmaker": decides, "leftcompany": gone, "email": f"{first.lower()}@acme.example"}
        people[first] = shop.crm.make("contacts", accountid=int(acme), first=first, last="Bell", phone="0456", **fields)
    asked(shop, f"customers/crm:{acme}", "--create")
    assert addressed(shop) == ("Ann", "ann@acme.example", "0456")
    settled(shop)
    refused = shop.run("plan", f"customers/crm:{acme}", "--pick", f"main_contact={people['Zoë']}")
    assert refused.code == 2, refused
    assert "is no option of main_contact" in refused.err
    asked(shop, f"customers/crm:{acme}", "--pick", f"main_contact={people['Bob']}")
    assert addressed(shop) == ("Bob", "bob@acme.example", "0456")
    settled(shop)
    assert addressed(shop)[0] == "Bob"


@pytest.mark.extended
def test_px20_the_contact_s_history_says_when_by_whom_and_what(shop: Office) -> None:
    acme = client(shop, ledgercode="A-1")
    shop.crm.edit("accounts", acme, ledgercode="A-2", addresscity="Leeds")
    done(shop.run("run"))
    done(shop.run("run"))
    history = f"/api.xro/2.0/Contacts/{contact(shop, 'Acme Ltd')['ContactID']}/History"
    told = shop.books.http.get(history).json()["HistoryRecords"]
    notes = [one["Details"] for one in told if one["Changes"] == "Note"]
    assert [" by Tieout, started by " in one for one in notes] == [True] * len(notes)
    assert "Name: Acme Ltd" in notes[0]
    assert notes[-1].splitlines()[1:] == ["AccountNumber: A-1 -> A-2", "Addresses.POBOX.City: (masked)"]
    assert [one for one in notes if "A-2" in one] == notes[-1:]


@pytest.mark.extended
def test_px21_the_account_links_to_its_contact_in_xero(shop: Office) -> None:
    acme = client(shop)
    link = shop.crm.rows("accounts")[acme]["xerolink"]
    assert link.startswith("https://go.xero.com/")
    assert link.endswith(contact(shop, "Acme Ltd")["ContactID"])


def codes(shop: Office) -> list[tuple[str, str]]:
    return sorted((row["Reference"], line["AccountCode"]) for row in invoices(shop) for line in row["LineItems"])


def test_px30_an_invoice_is_made_on_request_with_the_chosen_revenue_code(shop: Office) -> None:
    acme = client(shop)
    order = deal(shop, acme)
    settled(shop)
    assert invoices(shop) == []
    refused = shop.run("plan", f"invoices/crm:{order}", "--create", "--pick", "revenue_code=400")
    assert refused.code == 2, refused
    assert "400 is no option of revenue_code; there are: 200 Sales" in refused.err
    plan = asked(shop, f"invoices/crm:{order}", "--create", "--pick", "revenue_code=260")
    assert [one["source"] for one in plan["operations"] if one["do"] == "create in books"] == [f"invoices/crm:{order}"]
    (made,) = invoices(shop)
    assert (made["Status"], made["Reference"], made["CurrencyCode"]) == ("DRAFT", "Spring order", "GBP")
    assert (made["Contact"]["Name"], made["SubTotal"]) == ("Acme Ltd", 198)
    assert codes(shop) == [("Spring order", "260")] * 2
    settled(shop)


@pytest.mark.extended
def test_px30_px34_an_invoice_that_is_reissued_keeps_the_chosen_revenue_code(shop: Office) -> None:
    order = deal(shop, client(shop))
    asked(shop, f"invoices/crm:{order}", "--create", "--pick", "revenue_code=260")
    settled(shop)
    (first,) = invoices(shop)
    shop.books.order("approve", invoice=first["InvoiceID"])
    settled(shop)
    shop.crm.edit("opportunities", order, name="Summer order")
    assert shop.run("run").code == 3
    asked(shop, f"invoices/crm:{order}", "--way", "reissue")
    assert codes(shop) == [("Spring order", "260")] * 2 + [("Summer order", "260")] * 2


@pytest.mark.extended
def test_px30_of_a_record_of_which_the_plan_has_nothing_it_is_told_why(shop: Office) -> None:
    acme = f"customers/crm:{shop.crm.make('accounts', name='Acme Ltd')}"
    unasked = shop.run("plan", acme, "--pick", "main_contact=1")
    assert (
        f"{acme}: it has no partner yet; ask for one: tieout plan {acme} --create --pick main_contact=1" in unasked.out
    )
    asked(shop, acme, "--create")
    settled(shop)
    partner = f"customers/books:{contact(shop, 'Acme Ltd')['ContactID']}"
    assert f"{acme}: it has its partner already: {partner}" in shop.run("plan", acme, "--create").out
    order = f"invoices/crm:{deal(shop, acme.partition(':')[2])}"
    refused = shop.run("plan", order, "--create", "--pick", "revenue_code=400")
    assert f"next: tieout plan {order} --create --pick revenue_code=KEY" in refused.err
    asked(shop, order, "--create")
    settled(shop)
    (made,) = invoices(shop)
    assert (
        f"{order}: it and invoices/books:{made['InvoiceID']} agree already" in shop.run("plan", order, "--update").out
    )
    shop.books.order("edit", object="Invoice", id=made["InvoiceID"], fields={"Reference": "by hand"})
    assert shop.run("run").code == 3
    assert f"{order}: a question is to be answered first: tieout review show" in shop.run("plan", order, "--update").out


@pytest.mark.extended
def test_px30_without_a_choice_the_opportunity_names_the_code_or_the_setting_does(shop: Office) -> None:
    acme = client(shop)
    own, usual = deal(shop, acme, "Own", revenuecode="260"), deal(shop, acme, "Usual")
    asked(shop, f"invoices/crm:{own}", f"invoices/crm:{usual}", "--create")
    assert codes(shop) == [("Own", "260")] * 2 + [("Usual", "200")] * 2
    wrong = deal(shop, acme, "Wrong", revenuecode="999")
    done(shop.run("plan", f"invoices/crm:{wrong}", "--create"))
    (hold,) = shop.run("status", "--json").report["holds"]
    assert (hold["code"], "999" in hold["message"]) == ("unknown-account", True), hold


@pytest.mark.extended
def test_px31_number_and_link_come_back_and_follow_a_renumbering(shop: Office) -> None:
    order = deal(shop, client(shop))
    asked(shop, f"invoices/crm:{order}", "--create")
    settled(shop)
    (made,) = invoices(shop)
    row = shop.crm.rows("opportunities")[order]
    assert (row["xeroinvoice"], row["xerostatus"], row["xeropaid"]) == (made["InvoiceNumber"], "Draft", "GBP 0.00")
    assert made["InvoiceID"] in row["xerolink"]
    shop.books.http.post(f"/api.xro/2.0/Invoices/{made['InvoiceID']}", json={"InvoiceNumber": "R-77"})
    settled(shop)
    assert shop.crm.rows("opportunities")[order]["xeroinvoice"] == "R-77"


@pytest.mark.extended
def test_px32_the_ledger_s_own_settings_decide_the_tax(shop: Office) -> None:
    order = deal(shop, client(shop))
    plan = asked(shop, f"invoices/crm:{order}", "--create")
    (create,) = [one for one in plan["operations"] if one["do"] == "create in books"]
    assert "TaxType" not in str(create["fields"])
    (made,) = invoices(shop)
    assert {one["TaxType"] for one in made["LineItems"]} == {"OUTPUT2"}
    assert made["Total"] > made["SubTotal"]


@pytest.mark.extended
def test_px33_the_draft_is_updated_on_request_and_untouched_lines_keep_their_ids(shop: Office) -> None:
    order = deal(shop, client(shop))
    asked(shop, f"invoices/crm:{order}", "--create")
    settled(shop)
    (before,) = invoices(shop)
    chai, advice = shop.crm.rows("opportunity_lines")
    shop.crm.edit("opportunity_lines", chai, quantity=11)
    line = {"opportunityid": int(order), "product": "Tofu", "quantity": 1, "unitprice": 5}
    shop.crm.make("opportunity_lines", **line)
    done(shop.run("run", "--full"))
    assert invoices(shop)[0]["LineItems"] == before["LineItems"]
    asked(shop, f"invoices/crm:{order}", "--update")
    (after,) = invoices(shop)
    lines = [(one["Description"], one["Quantity"]) for one in after["LineItems"]]
    assert sorted(lines) == [("Advice", 1.5), ("Chai", 11), ("Tofu", 1)]
    ids = {one["Description"]: one["LineItemID"] for one in before["LineItems"]}
    kept = {one["Description"]: one["LineItemID"] for one in after["LineItems"] if one["Description"] in ids}
    assert kept == ids, advice


@pytest.mark.extended
def test_px35_a_deleted_opportunity_takes_its_draft_with_it_after_consent(shop: Office) -> None:
    order = deal(shop, client(shop))
    asked(shop, f"invoices/crm:{order}", "--create")
    settled(shop)
    shop.crm.order("delete", object="opportunities", id=order)
    shop.run("run", "--full")
    assert [row["Status"] for row in invoices(shop)] == ["DRAFT"]
    (question,) = shop.run("review", "list", "--json").report
    done(shop.run("review", "answer", str(question["id"]), "yes"))
    done(shop.run("run"))
    assert [row["Status"] for row in invoices(shop)] == ["DELETED"]


@pytest.mark.extended
def test_px22_figures_of_the_ledger_show_on_the_account(shop: Office) -> None:
    acme = client(shop)
    order = deal(shop, acme)
    asked(shop, f"invoices/crm:{order}", "--create")
    settled(shop)
    (made,) = invoices(shop)
    shop.books.order("approve", invoice=made["InvoiceID"])
    settled(shop)
    (approved,) = invoices(shop)
    account, opportunity = shop.crm.rows("accounts")[acme], shop.crm.rows("opportunities")[order]
    assert account["xerooutstanding"] == opportunity["xerodue"] == f"GBP {approved['Total']:.2f}"
    assert opportunity["xerostatus"] == "Awaiting payment"
    assert account["xerototalsales"] == f"GBP {approved['SubTotal']:.2f}"
    assert account["xerolastinvoice"] == approved["DateString"][:10]
    paid = shop.books.order("pay", invoice=made["InvoiceID"], amount=100)
    settled(shop)
    account, opportunity = shop.crm.rows("accounts")[acme], shop.crm.rows("opportunities")[order]
    assert account["xerooutstanding"] == opportunity["xerodue"] == f"GBP {approved['Total'] - 100:.2f}"
    shop.books.order("unpay", payment=paid["PaymentID"])
    shop.books.http.post(f"/api.xro/2.0/Invoices/{made['InvoiceID']}", json={"Status": "VOIDED"})
    settled(shop)
    account = shop.crm.rows("accounts")[acme]
    assert not account["xerototalsales"]
    assert not account["xerolastinvoice"]


@pytest.mark.extended
def test_px34_a_change_after_approval_is_held_and_touches_nothing_and_can_be_noted(shop: Office) -> None:
    order = deal(shop, client(shop))
    asked(shop, f"invoices/crm:{order}", "--create")
    settled(shop)
    (made,) = invoices(shop)
    shop.books.order("approve", invoice=made["InvoiceID"])
    settled(shop)
    shop.crm.edit("opportunities", order, name="Summer order")
    ended = shop.run("run", "--json")
    assert ended.code == 3, ended
    assert [one["record"] for one in ended.report["holds"]] == [f"invoices/crm:{order}"]
    assert shop.run("run").code == 0  # said once
    assert [row["Reference"] for row in invoices(shop)] == ["Spring order"]
    plan = asked(shop, f"invoices/crm:{order}", "--way", "note")
    settled(shop)
    (text,) = [one["note"] for one in plan["operations"] if one["do"] == "note in books"]
    history = shop.books.http.get(f"/api.xro/2.0/Invoices/{made['InvoiceID']}/History").json()["HistoryRecords"]
    assert text in [row["Details"] for row in history]
    assert "Reference: Spring order -> Summer order" in text
    assert [row["Reference"] for row in invoices(shop)] == ["Spring order"]
