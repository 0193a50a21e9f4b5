"""An opportunity with several invoices: what the pack's README lays over it, as it stands there, through the CLI."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from system.spotlercrm.office import Office
from system.spotlercrm.test_pack import asked, client, done, invoices, settled

README = Path(__file__).resolve().parents[3] / "mappings" / "spotlercrm-xero" / "README.md"
MAY, JUNE = "2026-05-04", "2026-06-01"


def variant() -> str:
    """Give what the README lays over the pack."""
    below = README.read_text("utf-8").partition("## Several invoices of one opportunity")[2]
    found = re.search(r"```yaml part\nmappings:\n  - use: spotlercrm-xero\n(.*?)```", below, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def shop(firm: Office) -> Office:
    firm.crm.order("field/add", object="opportunity_lines", label="Invoice Date", form="date")
    firm.write("spotlercrm-xero")
    project = firm.folder / "tieout.yaml"
    project.write_text(project.read_text("utf-8") + variant(), "utf-8")
    return firm


def deal(shop: Office, **lines: str) -> tuple[str, dict[str, str]]:
    """Make an opportunity with a line for each of these products, at ten, on its date; gives the ids."""
    made = shop.crm.make("opportunities", name="Courses", accountid=int(client(shop)))
    ids = {}
    for product, date in lines.items():
        line = {"opportunityid": int(made), "product": product, "quantity": 1, "unitprice": 10}
        ids[product] = shop.crm.make("opportunity_lines", **line, **({"invoicedate": date} if date else {}))
    return made, ids


def told(shop: Office) -> dict[str, list[str]]:
    """Give by date what the invoices are for that are not deleted."""
    rows = [row for row in invoices(shop) if row["Status"] != "DELETED"]
    return {row["DateString"][:10]: sorted(line["Description"] for line in row["LineItems"]) for row in rows}


@pytest.mark.extended
def test_px31_several_invoices_of_an_opportunity_by_what_the_readme_lays_over_the_pack(shop: Office) -> None:
    made, lines = deal(shop, First=MAY, Second=JUNE, Third=MAY)
    asked(shop, f"invoices/crm:{made}#{JUNE}", "--create")
    assert told(shop) == {JUNE: ["Second"]}
    asked(shop, f"invoices/crm:{made}", "--create")
    settled(shop)
    assert told(shop) == {MAY: ["First", "Third"], JUNE: ["Second"]}
    shown = shop.crm.rows("opportunities")[made]
    assert shown["xeroinvoice"] == ", ".join(sorted(row["InvoiceNumber"] for row in invoices(shop)))
    assert shown["xerostatus"] == "DRAFT"

    shop.crm.edit("opportunity_lines", lines["Second"], invoicedate=MAY)
    ended = shop.run("run", "--full", "--json")
    assert ended.code == 3, ended
    (question,) = ended.report["reviews"]
    assert (question["record"], question["code"]) == (f"invoices/crm:{made}#{JUNE}", "delete")
    done(shop.run("review", "answer", str(question["id"]), "yes"))
    asked(shop, f"invoices/crm:{made}#{MAY}", "--update")
    settled(shop)
    assert told(shop) == {MAY: ["First", "Second", "Third"]}
    assert ", " not in shop.crm.rows("opportunities")[made]["xeroinvoice"]
