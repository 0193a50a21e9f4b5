"""The vendor's own SDK drives every operation and error that a sync relies on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from xero_python.accounting import (
    Account,
    AccountingApi,
    Address,
    Contact,
    Contacts,
    CurrencyCode,
    HistoryRecord,
    HistoryRecords,
    Invoice,
    Invoices,
    Item,
    Items,
    LineItem,
    Payment,
    PaymentDelete,
    Payments,
    Purchase,
    TaxComponent,
    TaxRate,
    TaxRates,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import (
    AccountingBadRequestException,
    HTTPStatusException,
    NotFoundException,
    RateLimitException,
)
from xero_python.identity import IdentityApi

from contract.xero_sim.world import Xero


@dataclass
class Sdk:
    """The SDK's two APIs for one tenant, with the token it holds."""

    books: Any
    identity: Any
    client: Any
    tenant: str
    token: dict[str, Any]


def _sdk(xero: Xero, token: dict[str, Any]) -> Sdk:
    access = xero.simulator.access(xero.url)
    oauth = OAuth2Token(client_id=access["client_id"], client_secret=access["client_secret"])
    configuration = Configuration()
    configuration.oauth2_token = oauth  # every Configuration() is a copy of the first one ever made
    client = ApiClient(configuration, pool_threads=1)
    held = dict(token)
    client.oauth2_token_getter(lambda: held)
    client.oauth2_token_saver(held.update)
    books = AccountingApi(client, base_url=f"{xero.url}/api.xro/2.0")
    return Sdk(books, IdentityApi(client, base_url=xero.url), client, access["tenant_id"], held)


@pytest.fixture
def sdk(xero: Xero) -> Sdk:
    token = {
        "access_token": xero.simulator.access(xero.url)["access_token"],
        "expires_in": 1800,
        "expires_at": (datetime.now(UTC) + timedelta(minutes=30)).timestamp(),
        "token_type": "Bearer",
        "scope": ["accounting.contacts"],
    }
    return _sdk(xero, token)


def _made_contact(sdk: Sdk, name: str, **fields: Any) -> Any:
    return sdk.books.create_contacts(sdk.tenant, Contacts(contacts=[Contact(name=name, **fields)])).contacts[0]


def _line(**fields: Any) -> LineItem:
    given: dict[str, Any] = {"description": "Work", "quantity": 2, "unit_amount": 50, "account_code": "200", **fields}
    return LineItem(**given)


def _made_invoice(sdk: Sdk, contact: str, *lines: LineItem, **fields: Any) -> Any:
    invoice = Invoice(type="ACCREC", contact=Contact(contact_id=contact), line_items=list(lines) or [_line()], **fields)
    return sdk.books.create_invoices(sdk.tenant, Invoices(invoices=[invoice]), unitdp=4).invoices[0]


def _approved(sdk: Sdk, contact: str, *lines: LineItem) -> Any:
    due = {"date": date(2026, 11, 2), "due_date": date(2026, 12, 2)}
    return _made_invoice(sdk, contact, *lines, status="AUTHORISED", **due)


def test_connections(sdk: Sdk) -> None:
    found = sdk.identity.get_connections()
    assert [each.tenant_id for each in found] == [sdk.tenant]
    assert found[0].tenant_type == "ORGANISATION"


def test_settings_are_read(sdk: Sdk) -> None:
    organisation = sdk.books.get_organisations(sdk.tenant).organisations[0]
    assert (organisation.base_currency.value, organisation.version, organisation.organisation_id) == (
        "GBP",
        "UK",
        sdk.tenant,
    )
    accounts = {each.code: each for each in sdk.books.get_accounts(sdk.tenant).accounts}
    assert accounts["200"].type.value == "REVENUE"
    assert accounts["610"].system_account == "DEBTORS"
    assert accounts["200"].tax_type == "OUTPUT2"
    rates = {each.tax_type: each for each in sdk.books.get_tax_rates(sdk.tenant).tax_rates}
    assert rates["OUTPUT2"].effective_rate == 20
    assert (rates["OUTPUT2"].can_apply_to_revenue, rates["OUTPUT2"].can_apply_to_expenses) == (True, False)
    codes = {getattr(each.code, "value", each.code) for each in sdk.books.get_currencies(sdk.tenant).currencies}
    assert {"GBP", "EUR", "VES"} <= codes
    actions = sdk.books.get_organisation_actions(sdk.tenant).actions
    assert {each.name: each.status for each in actions}["UseMulticurrency"] == "ALLOWED"
    assert sdk.books.get_branding_themes(sdk.tenant).branding_themes[0].name == "Standard"


def test_what_a_chart_reads_of_another_edition(sdk: Sdk, xero: Xero) -> None:
    xero.order("organisation", country="NZ", base_currency="NZD", currencies=["USD"])
    organisation = sdk.books.get_organisations(sdk.tenant).organisations[0]
    assert (organisation.version, organisation.country_code.value) == ("NZ", "NZ")
    rates = {one.tax_type: one for one in sdk.books.get_tax_rates(sdk.tenant).tax_rates}
    assert (rates["OUTPUT2"].effective_rate, rates["OUTPUT2"].can_apply_to_expenses) == (15, False)
    assert (rates["INPUT"].status, rates["GSTONIMPORTS"].can_apply_to_revenue) == ("DELETED", False)
    account = sdk.books.get_accounts(sdk.tenant, where='Code=="200"').accounts[0]
    assert (account.tax_type, account._class, account.status) == ("OUTPUT2", "REVENUE", "ACTIVE")
    plain = TaxComponent(name="A", rate=6, is_compound=False, is_non_recoverable=False)
    compound = TaxComponent(name="B", rate=4, is_compound=True, is_non_recoverable=False)
    own = TaxRate(name="Both", report_tax_type="OUTPUT", tax_components=[plain, compound])
    made = sdk.books.create_tax_rates(sdk.tenant, TaxRates(tax_rates=[own])).tax_rates[0]
    assert (made.tax_type, made.display_tax_rate, made.effective_rate) == ("TAX001", 10, Decimal("10.24"))


def test_a_foreign_document_and_what_the_ledger_warns_of(sdk: Sdk, xero: Xero) -> None:
    rate = xero.order("rates", currency="USD", date="2026-11-02", rate="1.25")["rate"]
    contact = _made_contact(sdk, "Bon app").contact_id
    common = {"date": date(2026, 11, 2), "currency_code": CurrencyCode.USD}
    assert _made_invoice(sdk, contact, **common).currency_rate == rate
    wrong = Invoice(
        type="ACCREC",
        contact=Contact(contact_id=contact),
        line_items=[_line()],
        currency_rate=Decimal("0.8"),
        **common,
    )
    fine = sdk.books.create_invoices(sdk.tenant, Invoices(invoices=[wrong]), summarize_errors=False).invoices[0]
    assert (fine.status_attribute_string, fine.warnings) == ("OK", None)  # inverted, and yet near
    wrong.currency_rate = Decimal(1)
    warned = sdk.books.create_invoices(sdk.tenant, Invoices(invoices=[wrong]), summarize_errors=False).invoices[0]
    assert (warned.status_attribute_string, warned.has_errors, warned.currency_rate) == ("WARNING", False, 1)
    assert [one.message for one in warned.warnings] == [
        "The exchange rate of 1 is suspicious: USD is not the base currency."
    ]


def test_contact_is_created_read_changed_and_archived(sdk: Sdk) -> None:
    address = Address(address_type="POBOX", address_line1="Mataderos 2312", city="México D.F.", country="Mexico")
    made = _made_contact(sdk, "Antonio Moreno Taquería", contact_number="ANTON", addresses=[address])
    read = sdk.books.get_contact(sdk.tenant, made.contact_id).contacts[0]
    box = next(each for each in read.addresses if each.address_type == "POBOX")
    assert (read.name, box.city, box.country, len(read.phones)) == (
        "Antonio Moreno Taquería",
        "México D.F.",
        "Mexico",
        4,
    )
    sdk.books.update_contact(sdk.tenant, made.contact_id, Contacts(contacts=[Contact(email_address="a@moreno.mx")]))
    again = sdk.books.get_contact_by_contact_number(sdk.tenant, "ANTON").contacts[0]
    assert (again.email_address, again.name) == ("a@moreno.mx", "Antonio Moreno Taquería")
    gone = Contacts(contacts=[Contact(contact_id=made.contact_id, contact_status="ARCHIVED")])
    sdk.books.update_or_create_contacts(sdk.tenant, gone)
    assert sdk.books.get_contacts(sdk.tenant).contacts == []
    archived = sdk.books.get_contacts(sdk.tenant, include_archived=True, page=1).contacts
    assert [each.contact_status for each in archived] == ["ARCHIVED"]


def test_contacts_come_in_pages_and_by_change(sdk: Sdk, xero: Xero) -> None:
    many = Contacts(contacts=[Contact(name=f"Customer {number:03d}") for number in range(25)])
    sdk.books.create_contacts(sdk.tenant, many, summarize_errors=False)
    seen = []
    for page in (1, 2, 3):
        found = sdk.books.get_contacts(sdk.tenant, page=page, page_size=10, order="ContactID ASC")
        seen += [each.contact_id for each in found.contacts]
        assert (found.pagination.item_count, found.pagination.page_count) == (25, 3)
    assert seen == sorted(seen)
    assert len(set(seen)) == 25
    xero.order("clock", advance=10)
    since = datetime.now(UTC) + timedelta(seconds=8)
    late = _made_contact(sdk, "Late Comer")
    changed = sdk.books.get_contacts(sdk.tenant, if_modified_since=since).contacts
    assert [each.contact_id for each in changed] == [late.contact_id]


def test_contact_name_taken_is_a_bad_request(sdk: Sdk) -> None:
    _made_contact(sdk, "Around the Horn")
    with pytest.raises(AccountingBadRequestException) as refused:
        _made_contact(sdk, "around the horn")
    assert "must be unique across all active contacts" in refused.value.reason


def test_element_errors_leave_the_right_ones_saved(sdk: Sdk) -> None:
    _made_contact(sdk, "Around the Horn")
    both = Contacts(contacts=[Contact(name="Around the Horn"), Contact(name="Bon app")])
    refused, saved = sdk.books.create_contacts(sdk.tenant, both, summarize_errors=False).contacts
    assert (refused.has_validation_errors, refused.status_attribute_string) == (True, "ERROR")
    assert "already assigned" in refused.validation_errors[0].message
    assert (saved.has_validation_errors, saved.status_attribute_string) == (False, "OK")
    assert [each.name for each in sdk.books.get_contacts(sdk.tenant, order="Name").contacts] == [
        "Around the Horn",
        "Bon app",
    ]


def test_items(sdk: Sdk) -> None:
    sales = Purchase(unit_price=Decimal("18.00"), account_code="200")
    item = Item(code="1", name="Chai", sales_details=sales, description="10 boxes x 20 bags")
    made = sdk.books.create_items(sdk.tenant, Items(items=[item]), unitdp=4).items[0]
    assert made.sales_details.tax_type == "OUTPUT2"
    sdk.books.update_item(sdk.tenant, made.item_id, Items(items=[Item(code="1", name="Chai tea")]))
    assert [each.name for each in sdk.books.get_items(sdk.tenant).items] == ["Chai tea"]
    assert sdk.books.get_item(sdk.tenant, made.item_id).items[0].sales_details.unit_price == 18
    sdk.books.delete_item(sdk.tenant, made.item_id)
    assert sdk.books.get_items(sdk.tenant).items == []


def test_invoice_lines_are_updated_created_and_deleted(sdk: Sdk) -> None:
    contact = _made_contact(sdk, "Bon app").contact_id
    made = _made_invoice(sdk, contact, _line(description="one"), _line(description="two"), reference="10248")
    assert (made.status, made.invoice_number, made.sub_total, made.total_tax) == ("DRAFT", "INV-0001", 200, 40)
    one = made.line_items[0].line_item_id
    kept = LineItem(line_item_id=one, quantity=3)
    change = Invoices(invoices=[Invoice(line_items=[kept, _line(description="three")])])
    sdk.books.update_invoice(sdk.tenant, made.invoice_id, change, unitdp=4)
    read = sdk.books.get_invoice(sdk.tenant, made.invoice_id, unitdp=4).invoices[0]
    assert [(each.description, each.quantity) for each in read.line_items] == [("one", 3), ("three", 2)]
    assert read.line_items[0].line_item_id == one
    assert read.sub_total == 250


def test_invoice_is_approved_paid_and_unpaid(sdk: Sdk) -> None:
    contact = _made_contact(sdk, "Bon app").contact_id
    draft = _made_invoice(sdk, contact, date=date(2026, 11, 2))
    approval = Invoices(invoices=[Invoice(status="AUTHORISED", due_date=date(2026, 12, 2))])
    assert sdk.books.update_invoice(sdk.tenant, draft.invoice_id, approval).invoices[0].status == "AUTHORISED"
    given: dict[str, Any] = {"invoice": Invoice(invoice_id=draft.invoice_id), "account": Account(code="090")}
    part = Payments(payments=[Payment(amount=20, date=date(2026, 11, 3), reference="one", **given)])
    sdk.books.create_payments(sdk.tenant, part)
    rest = sdk.books.create_payment(sdk.tenant, Payment(amount=100, date=date(2026, 11, 4), **given)).payments[0]
    paid = sdk.books.get_invoice(sdk.tenant, draft.invoice_id).invoices[0]
    assert (paid.status, paid.amount_due, paid.amount_paid, paid.fully_paid_on_date) == (
        "PAID",
        0,
        120,
        date(2026, 11, 4),
    )
    assert [each.amount for each in paid.payments] == [20, 100]
    gone = sdk.books.delete_payment(sdk.tenant, rest.payment_id, PaymentDelete(status="DELETED")).payments[0]
    assert gone.status == "DELETED"
    again = sdk.books.get_invoice(sdk.tenant, draft.invoice_id).invoices[0]
    assert (again.status, again.amount_due, again.fully_paid_on_date) == ("AUTHORISED", 100, None)
    assert sdk.books.get_payment(sdk.tenant, rest.payment_id).payments[0].status == "DELETED"
    listed = sdk.books.get_payments(sdk.tenant, page=1, where='Status=="AUTHORISED"').payments
    assert [each.reference for each in listed] == ["one"]


def test_overpayment_is_refused(sdk: Sdk) -> None:
    approved = _approved(sdk, _made_contact(sdk, "Bon app").contact_id)
    payment = Payment(invoice=Invoice(invoice_id=approved.invoice_id), account=Account(code="090"), amount=121)
    with pytest.raises(AccountingBadRequestException) as refused:
        sdk.books.create_payment(sdk.tenant, payment)
    assert refused.value.reason == "Payment amount exceeds the amount outstanding on this document"


def test_void_and_delete(sdk: Sdk) -> None:
    contact = _made_contact(sdk, "Bon app").contact_id
    draft, approved = _made_invoice(sdk, contact), _approved(sdk, contact)
    both = [
        Invoice(invoice_id=draft.invoice_id, status="DELETED"),
        Invoice(invoice_id=approved.invoice_id, status="VOIDED"),
    ]
    sdk.books.update_or_create_invoices(sdk.tenant, Invoices(invoices=both), summarize_errors=False)
    found = sdk.books.get_invoices(sdk.tenant, statuses=["DELETED", "VOIDED"]).invoices
    assert {each.status for each in found} == {"DELETED", "VOIDED"}


def test_refused_transition_echoes_the_requested_status(sdk: Sdk) -> None:
    approved = _approved(sdk, _made_contact(sdk, "Bon app").contact_id)
    wish = Invoices(invoices=[Invoice(invoice_id=approved.invoice_id, status="DELETED")])
    refused = sdk.books.update_or_create_invoices(sdk.tenant, wish, summarize_errors=False).invoices[0]
    assert (refused.status, refused.has_errors, refused.status_attribute_string) == ("DELETED", True, "ERROR")
    assert refused.validation_errors[0].message == "Invoice not of valid status for modification"
    assert sdk.books.get_invoice(sdk.tenant, approved.invoice_id).invoices[0].status == "AUTHORISED"


def test_history_is_written_and_read(sdk: Sdk) -> None:
    contact = _made_contact(sdk, "Bon app").contact_id
    note = HistoryRecords(history_records=[HistoryRecord(details="Made from deal 42")])
    sdk.books.create_contact_history(sdk.tenant, contact, note)
    invoice = _made_invoice(sdk, contact).invoice_id
    sdk.books.create_invoice_history(sdk.tenant, invoice, note)
    for found in (
        sdk.books.get_contact_history(sdk.tenant, contact),
        sdk.books.get_invoice_history(sdk.tenant, invoice),
    ):
        assert [each.details for each in found.history_records] == ["Made from deal 42"]
        assert found.history_records[0].changes == "Note"


def test_unknown_id_is_not_found(sdk: Sdk) -> None:
    with pytest.raises(NotFoundException):
        sdk.books.get_contact(sdk.tenant, "00000000-0000-0000-0000-00000000abcd")


def test_rate_limit(sdk: Sdk, xero: Xero) -> None:
    # of the four problems only this one comes without Retry-After, through which the SDK would sleep
    xero.order("limits", off=False, concurrent=0)
    with pytest.raises(RateLimitException) as refused:
        sdk.books.get_currencies(sdk.tenant)
    assert (refused.value.status, refused.value.rate_limit) == (429, "concurrent")
    xero.order("limits", concurrent=5)
    assert sdk.books.get_currencies(sdk.tenant).currencies


def test_wrong_tenant_is_forbidden(sdk: Sdk) -> None:
    with pytest.raises(HTTPStatusException) as refused:
        sdk.books.get_currencies("00000000-0000-0000-0000-000000000009")
    assert refused.value.status == 403


def test_custom_connection_and_refresh(sdk: Sdk, xero: Xero, monkeypatch: pytest.MonkeyPatch) -> None:
    # the SDK keeps its addresses in class attributes; this is how it is pointed elsewhere
    monkeypatch.setattr(TokenApi, "client_credentials_token_url", f"{xero.url}/connect/token")
    monkeypatch.setattr(TokenApi, "refresh_token_url", f"{xero.url}/connect/token")
    monkeypatch.setattr(TokenApi, "revoke_token_url", f"{xero.url}/connect/revocation")
    access = xero.simulator.access(xero.url)
    api = TokenApi(sdk.client, access["client_id"], access["client_secret"])
    granted = api.get_client_credentials_token(app_store_billing=False)
    assert "refresh_token" not in granted
    one = _sdk(xero, {**granted, "scope": granted["scope"].split(), "expires_at": 4e9})
    assert one.books.get_organisations(one.tenant).organisations[0].name == "Harbour Supplies Ltd"

    code = xero.consented("offline_access accounting.contacts")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost:9/done"}
    first = xero.token(**form, client_id=access["client_id"], client_secret=access["client_secret"]).json()
    second = api.refresh_token(first["refresh_token"], ["offline_access", "accounting.contacts"])
    assert second["refresh_token"] != first["refresh_token"]
    two = _sdk(xero, {**second, "scope": second["scope"].split(), "expires_at": 4e9})
    assert two.books.get_contacts(two.tenant).contacts == []
    assert api.revoke_token(second["refresh_token"]) == 200
    with pytest.raises(HTTPStatusException) as refused:
        two.books.get_contacts(two.tenant)
    assert refused.value.status == 401


def test_expired_token_is_refreshed_by_the_sdk(sdk: Sdk, xero: Xero, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenApi, "refresh_token_url", f"{xero.url}/connect/token")
    access = xero.simulator.access(xero.url)
    code = xero.consented("offline_access accounting.contacts")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost:9/done"}
    first = xero.token(**form, client_id=access["client_id"], client_secret=access["client_secret"]).json()
    xero.order("clock", advance=1900)
    old = _sdk(xero, {**first, "scope": first["scope"].split(), "expires_at": 0})
    assert old.books.get_contacts(old.tenant).contacts == []
    assert old.token["access_token"] != first["access_token"]
