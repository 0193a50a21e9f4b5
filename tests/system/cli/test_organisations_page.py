"""The whole projects of the page on several organisations, played over HTTP as they stand there (row PX-02)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from docs.test_organisations_page import shown
from system.cli.test_deals import crm, query
from system.cli.test_organisations import EUROPE, Office, second
from system.cli.test_papers import quote, sold
from system.cli.test_requests import apply
from system.northwind.stage import CALLS, System, sandbox
from system.spotlercrm.office import Office as Firm
from system.spotlercrm.office import office as firm_in
from tieout_xero.simulator import XeroSimulator

GBP = {"CurrencyIsoCode": "GBP"}


def ledger(access: Mapping[str, str]) -> dict[str, Any]:
    """Say where an organisation is reached, in place of what the page says."""
    limits = {"calls_per_minute": CALLS, "calls_per_day": CALLS}
    options = {"url": access["url"], "grant": "custom_connection", **limits}
    return {"organisation": access["tenant_id"], "options": options}


def written(path: Path, pack: str, where: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the page's project; `where`: connection -> what says how it is reached."""
    yaml = YAML(typ="safe")
    config = yaml.load(shown("yaml project", pack))
    for name, how in where.items():
        config["connections"][name] |= how
    with path.open("w", encoding="utf-8") as stream:
        yaml.dump(config, stream)


def secrets(uk: Mapping[str, str], eu: Mapping[str, str]) -> dict[str, str]:
    return {
        f"{name}_{key.upper()}": access[key]
        for name, access in (("UK", uk), ("EU", eu))
        for key in ("client_id", "client_secret")
    }


def rows(system: System, name: str) -> list[dict[str, Any]]:
    paged = "" if name == "Items" else "?page=1"
    found: list[dict[str, Any]] = system.http.get(f"/api.xro/2.0/{name}{paged}").json()[name]
    return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with ExitStack() as stack:
        europe = second(stack, XeroSimulator(EUROPE.name, base_currency="EUR", country="IE"))
        running = stack.enter_context(sandbox())
        uk, eu = running.xero.access, europe.access
        made_ = Office(tmp_path, running, secrets(uk, eu), europe)
        (org,) = query(made_, "SELECT Id FROM Organization")
        salesforce = {"organisation": org["Id"], "options": {"url": running.salesforce.access["url"]}}
        where = {"salesforce": salesforce, "xero_uk": ledger(uk), "xero_eu": ledger(eu)}
        written(made_.yaml, "salesforce-xero", where)
        yield made_


def paid(europe: System, invoice: dict[str, Any]) -> None:
    """Approve an invoice and pay it, as a bookkeeper does."""
    url = f"/api.xro/2.0/Invoices/{invoice['InvoiceID']}"
    approved = europe.http.post(url, json={"InvoiceID": invoice["InvoiceID"], "Status": "AUTHORISED"})
    assert approved.status_code == 200, approved.text
    (bank, *_) = europe.http.get("/api.xro/2.0/Accounts?where=Type==%22BANK%22").json()["Accounts"]
    body = {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"AccountID": bank["AccountID"]},
        "Amount": approved.json()["Invoices"][0]["AmountDue"],
        "Date": "2026-11-20",
    }
    answer = europe.http.put("/api.xro/2.0/Payments", json=body)
    assert answer.status_code == 200, answer.text


@pytest.mark.extended
def test_px02_customers_and_all_their_documents_are_in_the_organisation_of_their_country(desk: Office) -> None:
    acme, brook, cole = (
        desk.account(name, name[:1], BillingCountry=country)
        for name, country in (("Acme", "United Kingdom"), ("Brook", "France"), ("Cole", "Peru"))
    )
    desk.deal("Quay", acme, **GBP)
    seine = desk.deal("Seine", brook, **GBP)
    back = desk.deal("Back", brook, Amount=-50, **GBP)
    desk.let_through()
    ran = desk.run("run", "--json")
    assert ran.code in {0, 3}, ran
    assert (desk.contacts(desk.stage.xero), desk.contacts(desk.europe)) == (["Acme"], ["Brook"])
    assert [one["Reference"] for one in rows(desk.stage.xero, "Invoices")] == ["Quay"]
    (invoice,) = rows(desk.europe, "Invoices")
    assert (invoice["Reference"], invoice["Contact"]["Name"]) == ("Seine", "Brook")

    offered = quote(desk, seine, "Offer", sold(desk))
    for name, record, sent in (("quotes", offered, 2), ("credit_notes", back, 1)):
        planned = desk.run("plan", f"{name}/crm:{record}", "--create", "--json").report
        sources = [one["source"].partition("/")[0] for one in planned["operations"] if one["do"] == "create in books"]
        assert sources == ["products@xero_eu", f"{name}@xero_eu"][-sent:], planned
        apply(desk, planned)
    for name in ("Quotes", "CreditNotes", "Items"):
        assert (len(rows(desk.stage.xero, name)), len(rows(desk.europe, name))) == (0, 1), name

    paid(desk.europe, invoice)
    assert desk.run("run").code in {0, 3}
    deal = crm(desk, seine)
    assert (deal["Payment_Status__c"], deal["Xero_Invoice_Number__c"]) == ("Paid", invoice["InvoiceNumber"])
    why = desk.run("plan", f"customers@xero_eu/crm:{cole}").out
    assert "it is outside the mapping: `route` of crm: contains(settings.countries, crm.BillingCountry)" in why
    status = desk.run("status", "--json").report
    assert [one["record"] for one in status["holds"] if one["code"] == "unrouted"] == [f"customers/crm:{cole}"]


@pytest.mark.extended
def test_px02_people_and_invoices_go_where_their_account_does(tmp_path: Path) -> None:
    with ExitStack() as stack:
        europe = second(stack, XeroSimulator(EUROPE.name, base_currency="EUR", country="IE"))
        firm = stack.enter_context(firm_in(tmp_path))
        uk, eu = firm.books.access, europe.access
        options = {"url": firm.crm.access["url"], "account": "office", "currency": "GBP", "calls_per_second": 100}
        crm_ = {"organisation": "office", "options": options}
        where = {"spotlercrm": crm_, "xero_uk": ledger(uk), "xero_eu": ledger(eu)}
        written(tmp_path / "tieout.yaml", "spotlercrm-xero", where)
        env = secrets(uk, eu)
        deals = {}
        for name, country in (("Acme", "United Kingdom"), ("Brook", "France")):
            account = firm.crm.make("accounts", name=name, ledgercode=name[:1], addresscountry=country)
            deals[name] = firm.crm.make("opportunities", name=f"{name}'s deal", accountid=int(account))
            firm.crm.make("opportunity_lines", opportunityid=int(deals[name]), product="Tea", quantity=1, unitprice=100)
        person = {"FirstName": "Ann", "LastName": "Ash"}
        firm.books.contact("Acme", AccountNumber="A", **person)
        abroad = {"Name": "Brook", "AccountNumber": "B", "FirstName": "Bea", "LastName": "Birch"}
        assert europe.http.put("/api.xro/2.0/Contacts", json={"Contacts": [abroad]}).status_code == 200
        _let_through(firm, env)
        _let_through(firm, env)
        people = {row["last"]: str(row["accountid"]) for row in firm.crm.rows("contacts").values()}
        accounts = {row["name"]: id_ for id_, row in firm.crm.rows("accounts").items()}
        assert people == {"Ash": accounts["Acme"], "Birch": accounts["Brook"]}

        planned = firm.run("plan", "invoices", "--create", "--json", **env).report
        sources = sorted(one["source"] for one in planned["operations"] if one["do"] == "create in books")
        assert sources == [f"invoices@xero_eu/crm:{deals['Brook']}", f"invoices@xero_uk/crm:{deals['Acme']}"]
        guards = ",".join(dict.fromkeys(one["guard"] for one in planned["guards"]))
        applied = firm.run("apply", planned["plan"], *(("--allow", guards) if guards else ()), **env)
        assert applied.code == 0, applied
        assert [row["Reference"] for row in firm.books.rows("Invoices").values()] == ["Acme's deal"]
        assert [row["Reference"] for row in rows(europe, "Invoices")] == ["Brook's deal"]


def _let_through(firm: Firm, env: Mapping[str, str]) -> None:
    """Run, and let the plan through if the report says so."""
    first = firm.run("run", "--json", **env)
    assert first.code in {0, 5}, first
    if first.code:
        applied = firm.run(*first.report["stopped"]["command"].split()[1:], **env)
        assert applied.code == 0, applied
