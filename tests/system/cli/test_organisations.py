"""Two Xero organisations under one Salesforce, through the command line and HTTP (row PX-02)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from system.cli.desk import Desk
from system.cli.test_connecting import finished, invited
from system.northwind.stage import CALLS, System, sandbox
from tieout.testing.serving import serving
from tieout_xero.simulator import XeroSimulator
from tieout_xero.simulator.books import Profile

MAPPINGS = ("customers", "products", "invoices", "quotes", "credit_notes")
EUROPE = Profile("Harbour Europe Ltd", "EUR", "IE")
SETTINGS = {"xero_uk": "[United Kingdom, Ireland]", "xero_eu": "[France, Ireland]"}
SECOND = """\
  xero_eu:
    adapter: xero
    organisation: "{tenant}"
    options: {{url: "{url}", grant: {grant}, calls_per_minute: {calls}, calls_per_day: {calls}}}
    credentials: {{client_id: "${{env:EU_CLIENT_ID}}", client_secret: "${{env:EU_CLIENT_SECRET}}"}}
    settings: {{countries: {countries}}}
mappings:
"""
ROUTE = 'route: "contains(settings.countries, crm.{}BillingCountry)"'
BETWEEN = "between: {{books: {{connection: [xero_uk, xero_eu], {}}}}}"
CHANGES = f"""\
  - use: salesforce-xero
    change:
      customers: {{{BETWEEN.format(ROUTE.format(""))}}}
      invoices: {{{BETWEEN.format(ROUTE.format("Account."))}}}
      quotes: {{{BETWEEN.format(ROUTE.format("Account."))}}}
      credit_notes: {{{BETWEEN.format(ROUTE.format("Account."))}}}
      products: {{between: {{books: {{connection: [xero_uk, xero_eu]}}}}}}
      products@xero_eu: {{remember: {{crm: Xero_EU_Item_ID__c}}}}
"""


@dataclass(frozen=True)
class Office(Desk):
    """A project over two ledgers."""

    europe: System = None  # type: ignore[assignment]  # always given

    def contacts(self, ledger: System) -> list[str]:
        rows = ledger.http.get("/api.xro/2.0/Contacts?page=1").json()["Contacts"]
        return sorted(row["Name"] for row in rows if row["IsCustomer"] or not row["IsSupplier"])

    def invoices(self, ledger: System) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ledger.http.get("/api.xro/2.0/Invoices?page=1").json()["Invoices"]
        return found

    def fill(self) -> dict[str, str]:
        """Make a customer for each ledger, one for both and one for none; give their ids."""
        countries = {"Acme": "United Kingdom", "Brook": "France", "Cole": "Peru", "Dale": "Ireland"}
        return {
            name: self.account(name, f"A{number}", BillingCountry=country)
            for number, (name, country) in enumerate(countries.items())
        }


def second(stack: ExitStack, simulator: XeroSimulator) -> System:
    """Serve another ledger; what is asked over its client is asked of its last organisation."""
    url = stack.enter_context(serving(simulator.app(lambda: datetime.now(UTC))))
    access = {**simulator.access(url), "tenant_id": simulator.profiles[-1].tenant_id}
    headers = {
        "Authorization": f"Bearer {access['access_token']}",
        "xero-tenant-id": access["tenant_id"],
        "Accept": "application/json",
    }
    client = stack.enter_context(httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False))
    system = System(access, client)
    system.order("limits", off=True, minute=CALLS, day=CALLS, tenant=access["tenant_id"])
    return system


def office(folder: Path, stack: ExitStack, europe: System, grant: str = "custom_connection") -> Office:
    running = stack.enter_context(sandbox())
    secrets = {"EU_CLIENT_ID": europe.access["client_id"], "EU_CLIENT_SECRET": europe.access["client_secret"]}
    made = Office(folder, running, secrets, europe)
    made.write()
    more = SECOND.format(
        tenant=europe.access["tenant_id"], url=europe.access["url"], grant=grant, calls=CALLS,
        countries=SETTINGS["xero_eu"],
    )  # fmt: skip
    made.replace(
        "  xero:\n    adapter: xero\n",
        f"  xero_uk:\n    adapter: xero\n    settings: {{countries: {SETTINGS['xero_uk']}}}\n",
    )
    made.replace("mappings:\n", more)
    made.replace("  - use: salesforce-xero\n", CHANGES)
    return made


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with ExitStack() as stack:
        europe = second(stack, XeroSimulator(EUROPE.name, base_currency="EUR", country="IE"))
        yield office(tmp_path, stack, europe)


def names(given: list[dict[str, Any]], code: str) -> list[str]:
    return sorted(one["record"] for one in given if one["code"] == code)


@pytest.mark.extended
def test_px02_sx23_each_customer_is_in_its_organisations_and_one_that_belongs_to_none_is_told(desk: Office) -> None:
    ids = desk.fill()
    checked = desk.run("check", "--online")
    assert checked.code == 0, checked
    planned = desk.run("plan", "customers")
    assert planned.code == 0, planned
    assert f"note: customers: no `route` takes 1 record: customers/crm:{ids['Cole']}" in planned.out
    one = desk.run("plan", f"customers@xero_eu/crm:{ids['Dale']}", "--json")
    assert [(made["do"], made["source"]) for made in one.report["operations"]] == [
        ("create in books", f"customers@xero_eu/crm:{ids['Dale']}")
    ]
    desk.let_through()
    assert desk.contacts(desk.stage.xero) == ["Acme", "Dale"]
    assert desk.contacts(desk.europe) == ["Brook", "Dale"]
    ran = desk.run("run", "--json")
    assert ran.code == 3, ran
    both = [f"customers@xero_eu/crm:{ids['Dale']}", f"customers@xero_uk/crm:{ids['Dale']}"]
    assert names(ran.report["holds"], "two-writers") == both, "the account has room for one contact's id"
    again = desk.run("run", "--json")
    assert (again.code, again.report["passes"][-1]["writes"]) == (0, 0), again
    status = desk.run("status", "--json").report
    assert names(status["holds"], "unrouted") == [f"customers/crm:{ids['Cole']}"]
    links = {row["mapping"]: row["links"] for row in status["mappings"]}
    assert (links["customers@xero_uk"], links["customers@xero_eu"]) == (2, 2)
    assert f"customers/crm:{ids['Cole']}" in desk.run("status").out.partition("unrouted: 1")[2]


@pytest.mark.extended
def test_px02_names_on_the_command_line_mean_all_copies_or_one(desk: Office) -> None:
    ids = desk.fill()
    both = desk.run("plan", f"customers/crm:{ids['Dale']}", "--json").report["operations"]
    assert sorted(one["source"] for one in both) == [
        f"customers@{connection}/crm:{ids['Dale']}" for connection in ("xero_eu", "xero_uk")
    ]
    for wrong, meant in (("custmers", "customers"), ("customers@xero_ue", "customers@xero_eu")):
        for command in ("plan", "verify", "test"):
            ended = desk.run(command, wrong)
            assert (ended.code, meant in ended.err) == (2, True), ended
    desk.let_through()
    desk.run("run")
    assert desk.run("verify", "customers@xero_eu", "--json").report["mappings"][0]["mapping"] == "customers@xero_eu"
    told = desk.run("audit", "log", f"customers/crm:{ids['Dale']}")
    assert (told.code, "customers@xero_uk" in told.out, "customers@xero_eu" in told.out) == (0, True, True), told
    shown = desk.run("schema", "customers")
    assert shown.code == 0, shown


@pytest.mark.extended
def test_px02_an_invoice_goes_to_the_contact_of_its_own_organisation(desk: Office) -> None:
    ids = desk.fill()
    desk.deal("Quay", ids["Acme"])
    desk.deal("Seine", ids["Brook"])
    desk.let_through()
    desk.run("run")
    for ledger, deal, customer in ((desk.stage.xero, "Quay", "Acme"), (desk.europe, "Seine", "Brook")):
        (made,) = desk.invoices(ledger)
        assert (made["Reference"], made["Contact"]["Name"]) == (deal, customer)


@pytest.mark.extended
def test_px02_sx23_a_customer_that_moves_is_left_there_and_made_here(desk: Office) -> None:
    ids = desk.fill()
    desk.let_through()
    moved = desk.stage.salesforce.http.patch(
        f"/services/data/v66.0/sobjects/Account/{ids['Acme']}", json={"BillingCountry": "France", "BillingCity": "Lyon"}
    )
    assert moved.status_code == 204
    desk.run("run")
    assert (desk.contacts(desk.stage.xero), desk.contacts(desk.europe)) == (["Acme", "Dale"], ["Acme", "Brook", "Dale"])
    rows = desk.stage.xero.http.get("/api.xro/2.0/Contacts?page=1").json()["Contacts"]
    (acme,) = [row for row in rows if row["Name"] == "Acme"]
    assert not any(one.get("City") for one in acme["Addresses"]), "nothing travels to where it does not belong"


@pytest.mark.extended
def test_px02_a_connection_that_does_not_work_stops_only_its_copies(desk: Office) -> None:
    desk.fill()
    secret = {"EU_CLIENT_SECRET": "wrong-wrong-wrong"}
    first = desk.run("run", "--json", env=secret)
    assert first.code == 6, first
    assert {*first.report["refused"]} == {f"{name}@xero_eu" for name in MAPPINGS}
    ended = desk.run(*first.report["stopped"]["command"].split()[1:], env=secret)
    assert ended.code == 6, ended
    assert (desk.contacts(desk.stage.xero), desk.contacts(desk.europe)) == (["Acme", "Dale"], [])
    refused = desk.run("plan", "customers@xero_eu", env=secret)
    assert (refused.code, "can't run now" in refused.err) == (6, True), refused


@pytest.mark.extended
def test_px02_sx08_an_environment_has_other_organisations_and_a_wrong_one_is_refused(desk: Office) -> None:
    wrong = "11111111-2222-4333-8444-555555555555"
    desk.yaml.write_text(
        desk.yaml.read_text("utf-8")
        + f"environments: {{live: {{connections: {{xero_eu: {{organisation: {wrong}}}}}}}}}\n",
        "utf-8",
    )
    desk.fill()
    desk.let_through()
    live = desk.run("--env", "live", "plan", "--json")
    assert live.code == 6, live
    assert live.report["environment"] == "live"
    assert {one.partition("@")[2] for one in live.report["mappings"]} == {"xero_uk"}
    same = desk.stage.xero.access["tenant_id"]
    desk.replace(wrong, same)
    ended = desk.run("--env", "live", "check")
    assert (ended.code, "same-organisation" in ended.out) == (2, True), ended


@pytest.mark.extended
def test_px02_two_organisations_of_one_app_keep_apart(tmp_path: Path) -> None:
    with ExitStack() as stack:
        shared = second(stack, XeroSimulator("Harbour Elsewhere Ltd", others=[EUROPE]))
        desk = office(tmp_path, stack, shared, grant="pkce")
        process = desk.start("connect", "xero_eu", "--port", "0")
        httpx.get(invited(process), follow_redirects=True)
        ended = finished(process)
        assert (ended.code, "Harbour Europe Ltd" in ended.out) == (0, True), ended
        desk.fill()
        desk.let_through()
        assert desk.contacts(shared) == ["Brook", "Dale"]
        other = {"xero-tenant-id": XeroSimulator("Harbour Elsewhere Ltd").profiles[0].tenant_id}
        rows = shared.http.get("/api.xro/2.0/Contacts?page=1", headers=other).json()["Contacts"]
        assert [row["Name"] for row in rows if row["Name"] in {"Brook", "Dale"}] == []
