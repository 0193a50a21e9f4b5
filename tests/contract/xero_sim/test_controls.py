"""The controls: what people and the system do behind the API's back."""

from __future__ import annotations

from contract.xero_sim.world import Xero


def _contact(xero: Xero, id: str) -> dict[str, object]:
    found: dict[str, object] = xero.call("GET", f"Contacts/{id}")["Contacts"][0]
    return found


def test_a_person_edits_and_brings_back_an_archived_contact(xero: Xero) -> None:
    id = xero.contact("Bon app")
    xero.order("archive", object="Contact", id=id)
    xero.order("edit", object="Contact", id=id, fields={"FirstName": "Laurence"})
    assert (_contact(xero, id)["FirstName"], _contact(xero, id)["ContactStatus"]) == ("Laurence", "ARCHIVED")
    xero.order("restore", object="Contact", id=id)
    assert _contact(xero, id)["ContactStatus"] == "ACTIVE"
    assert xero.counters()["effects"] == {"Contact": {"created": 1}}  # people's work is not the API's


def test_late_commit_carries_an_older_stamp(xero: Xero) -> None:
    id = xero.contact("Bon app")
    made = xero.order("late", object="Contact", fields={"Name": "Late"}, stamp="2020-01-01T00:00:00Z")
    assert made["UpdatedDateUTC"] == "/Date(1577836800000+0000)/"
    since = {"If-Modified-Since": "2020-01-01T00:00:01"}
    assert [each["ContactID"] for each in xero.call("GET", "Contacts", headers=since)["Contacts"]] == [id]


def test_equal_stamps(xero: Xero) -> None:
    ids = [xero.contact(name) for name in ("a", "b", "c")]
    xero.order("touch", object="Contact", ids=ids, stamp="2026-11-01T00:00:00Z")
    assert len({_contact(xero, id)["UpdatedDateUTC"] for id in ids}) == 1


def test_a_record_moves_between_two_pages(xero: Xero) -> None:
    ids = [xero.contact(name) for name in ("a", "b", "c", "d")]
    xero.order("shift", object="Contact", id=ids[0], fields={"FirstName": "moved"}, after=1)
    pages = [xero.call("GET", "Contacts", page=page, pageSize=2)["Contacts"] for page in (1, 2)]
    seen = [each["Name"] for page in pages for each in page]
    assert seen == ["a", "b", "d", "a"]  # by stamp the third one is never seen


def test_ignored_field(xero: Xero) -> None:
    id = xero.contact("Bon app")
    xero.order("ignore", object="Contact", field="FirstName")
    answer = xero.raw("POST", f"Contacts/{id}", {"FirstName": "Laurence", "LastName": "L"})
    assert answer.status_code == 200
    assert ("FirstName" in _contact(xero, id), _contact(xero, id)["LastName"]) == (False, "L")
    xero.order("edit", object="Contact", id=id, fields={"FirstName": "By hand"})
    assert _contact(xero, id)["FirstName"] == "By hand"
    xero.order("ignore", object="Contact", field="FirstName", off=True)
    xero.call("POST", f"Contacts/{id}", {"FirstName": "Again"})
    assert _contact(xero, id)["FirstName"] == "Again"


def test_notes_that_fail_leave_the_record_alone(xero: Xero) -> None:
    id = xero.contact("Bon app")
    note = {"HistoryRecords": [{"Details": "called"}]}
    xero.order("switches", notes="failing")
    refused = xero.raw("PUT", f"Contacts/{id}/History", note)
    assert (refused.status_code, refused.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert xero.call("POST", f"Contacts/{id}", {"FirstName": "Laurence"})["Contacts"][0]["FirstName"] == "Laurence"
    xero.order("switches", notes="taken")
    assert xero.raw("PUT", f"Contacts/{id}/History", note).status_code == 200
    told = xero.call("GET", f"Contacts/{id}/History")["HistoryRecords"]
    assert [one["Details"] for one in told if one["Changes"] == "Note"] == ["called"]


def test_ignored_line_field(xero: Xero) -> None:
    xero.order("ignore", object="LineItem", field="DiscountRate")
    line = {"Description": "x", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200", "DiscountRate": 10}
    assert xero.draft(xero.contact("Bon app"), line)["SubTotal"] == 100


def test_invoice_is_approved_paid_unpaid_renumbered_and_voided_by_hand(xero: Xero) -> None:
    id = xero.draft(xero.contact("Bon app"))["InvoiceID"]
    assert xero.order("approve", invoice=id)["Status"] == "AUTHORISED"
    part = xero.order("pay", invoice=id, amount="20.50", date="2026-11-20")
    assert xero.invoice(id)["AmountPaid"] == part["Amount"]
    rest = xero.order("pay", invoice=id)
    assert xero.invoice(id)["Status"] == "PAID"
    for payment in (part, rest):
        xero.order("unpay", payment=payment["PaymentID"])
    assert xero.order("renumber", invoice=id, number="OTHER-1")["InvoiceNumber"] == "OTHER-1"
    xero.order("delete", object="Invoice", id=id)
    assert xero.invoice("OTHER-1")["Status"] == "VOIDED"


def test_hard_deletes(xero: Xero) -> None:
    free, bound = xero.contact("Free"), xero.contact("Bound")
    xero.draft(bound)
    xero.order("delete", object="Contact", id=free)
    assert xero.raw("GET", f"Contacts/{free}").status_code == 404
    refused = xero.http.post("/__sim__/delete", json={"object": "Contact", "id": bound})
    assert (refused.status_code, "archived or merged" in refused.json()["error"]) == (400, True)
    item = xero.call("PUT", "Items", {"Code": "A"})["Items"][0]["ItemID"]
    xero.order("delete", object="Item", id=item)
    assert xero.call("GET", "Items")["Items"] == []


def test_disconnected_and_connected(xero: Xero) -> None:
    xero.order("disconnect")
    assert xero.raw("GET", "Contacts").status_code == 403
    xero.order("connect")
    assert xero.raw("GET", "Contacts").status_code == 200


def test_counters_by_call_effect_and_marker(xero: Xero) -> None:
    id = xero.contact("Bon app", ContactNumber="k1")
    xero.call("POST", f"Contacts/{id}", {"FirstName": "x"})
    draft = xero.draft(id, Url="https://crm.example/1#k2")
    xero.call("POST", f"Invoices/{draft['InvoiceID']}", {"Status": "DELETED"})
    found = xero.counters()
    assert found["calls"] == {
        "PUT /Contacts": 1,
        "POST /Contacts/{}": 1,
        "PUT /Invoices": 1,
        "POST /Invoices/{}": 1,
    }
    assert (found["reads"], found["writes"]) == (0, 4)
    assert found["effects"] == {"Contact": {"created": 1, "updated": 1}, "Invoice": {"created": 1, "deleted": 1}}
    assert found["markers"]["Contact"] == {"k1": {"created": 1, "updated": 1}}
    assert found["markers"]["Invoice"] == {"https://crm.example/1#k2": {"created": 1, "deleted": 1}}
    xero.order("counters/reset")
    assert xero.counters()["effects"] == {}


def test_orders_that_make_no_sense_are_refused(xero: Xero) -> None:
    orders: list[tuple[str, object]] = [
        ("clock", {"advance": -1}),
        ("edit", {"object": "Nope"}),
        ("edit", {"object": "Contact", "id": "nobody", "fields": {}}),
        ("merge", {"winner": "nobody", "loser": "nobody"}),
        ("switches", {"nmaes": "x"}),
        ("switches", {"names": "normalize"}),
        ("switches", {"names": []}),
        ("consent", {"answer": "perhaps"}),
        ("lock", {"period": "soon"}),
        ("touch", {"object": "Contact", "ids": "all"}),
        ("counters", []),
        ("limits", {"tenant": "nobody"}),
    ]
    for name, order in orders:
        answer = xero.http.post(f"/__sim__/{name}", json=order)
        assert (answer.status_code, bool(answer.json()["error"])) == (400, True), name
    assert xero.http.post("/__sim__/nope").status_code == 404
    assert xero.http.get("/__sim__/merge").status_code == 404
