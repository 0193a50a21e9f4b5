"""A paid invoice of the pack is credited in full by a plan, and its opportunity gets a new one."""

from __future__ import annotations

import pytest

from system.spotlercrm.office import Office
from system.spotlercrm.test_pack import asked, client, deal, invoices, settled


@pytest.mark.extended
def test_px34_a_paid_invoice_is_credited_in_full_and_made_anew(firm: Office) -> None:
    firm.write("spotlercrm-xero")
    order = deal(firm, client(firm))
    asked(firm, f"invoices/crm:{order}", "--create")
    settled(firm)
    (made,) = invoices(firm)
    firm.books.order("approve", invoice=made["InvoiceID"])
    firm.books.order("pay", invoice=made["InvoiceID"], amount=str(made["Total"]))
    settled(firm)
    firm.crm.edit("opportunities", order, name="Summer order")
    assert firm.run("run").code == 3
    asked(firm, f"invoices/crm:{order}", "--way", "credit")
    settled(firm)
    assert sorted((row["Status"], row["Reference"]) for row in invoices(firm)) == [
        ("DRAFT", "Summer order"),
        ("PAID", "Spring order"),
    ]
    (note,) = firm.books.http.get("/api.xro/2.0/CreditNotes?page=1").json()["CreditNotes"]
    assert (note["Status"], float(note["Total"])) == ("DRAFT", float(made["Total"]))
