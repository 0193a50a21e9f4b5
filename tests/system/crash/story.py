"""What people do at both systems, round after round, and what both must show once all of it has travelled.

The figures are worked out here from what the people typed; both systems are read over plain HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from system.northwind import crm
from system.northwind.stage import System

CENT = Decimal("0.01")
STANDING = "Standing order"
"""The deal whose invoice stays a draft, and whose quantity changes every round."""
Shown = dict[str, dict[str, str]]


@dataclass
class Customer:
    """One account and its contact, by the account's number."""

    id: str
    city: str
    region: str = ""


@dataclass
class Deal:
    """One won deal and its invoice."""

    id: str
    lines: list[tuple[Decimal, Decimal, Decimal]]
    """Quantity, price, discount in percent."""
    rows: list[str] = field(default_factory=list)
    paid: bool = False

    @property
    def subtotal(self) -> Decimal:
        """Each line rounded half up to the cent."""
        amounts = (
            (number * price * (100 - off) / 100).quantize(CENT, ROUND_HALF_UP) for number, price, off in self.lines
        )
        return sum(amounts, Decimal(0))


@dataclass
class Story:
    """The people, and all that they have typed so far."""

    salesforce: System
    """With a person's token."""
    xero: System
    customers: dict[str, Customer] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    """Code -> price book entry."""
    deals: dict[str, Deal] = field(default_factory=dict)
    rounds: int = 0
    _book: str = ""

    def enter(self) -> None:
        """Log in to the ledger again: its tokens end after half an hour."""
        names = {name: self.xero.access[name] for name in ("client_id", "client_secret")}
        form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": ""}
        content = urlencode({"grant_type": "client_credentials", **names})
        answer = self.xero.http.post("/connect/token", content=content, headers=form)
        self.xero.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    # --- typing -------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Make what every round needs."""
        self._book = self._ask("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
        self.come("C0")
        self._product("P0")
        self._deal("C0", STANDING, [("P0", 1)])
        self._deal("C0", "Order 0", [("P0", 2)])

    def go_on(self) -> None:
        """Play one round: a customer, a product and a won deal are new; older ones change on either side."""
        self.rounds = now = self.rounds + 1
        earlier = self.customers[f"C{now - 1}"]
        earlier.city, earlier.region = f"Town {now}", f"Region {now}"
        self._edit("Account", earlier.id, BillingCity=earlier.city)
        contact = self._contacts()[f"C{now - 1}"]
        addresses = [
            {**one, "Region": earlier.region} if one["AddressType"] == "POBOX" else one for one in contact["Addresses"]
        ]
        self.xero.order("edit", object="Contact", id=contact["ContactID"], fields={"Addresses": addresses})
        standing = self.deals[STANDING]
        standing.lines = [(Decimal(now + 1), *standing.lines[0][1:])]
        self._edit("OpportunityLineItem", standing.rows[0], Quantity=now + 1)
        paid = f"Order {now - 1}"
        invoice = self._invoices()[paid]["InvoiceID"]
        self.xero.order("approve", invoice=invoice)
        self.xero.order("pay", invoice=invoice)
        self.deals[paid].paid = True
        self.come(f"C{now}")
        self._product(f"P{now}")
        self._deal(f"C{now}", f"Order {now}", [(f"P{now}", 1 + now % 5), ("P0", 3)])

    def come(self, *numbers: str) -> None:
        """Make customers."""
        rows = [
            {
                "Name": f"Customer {number}",
                "AccountNumber": number,
                "Type": "Customer - Direct",
                "BillingCity": f"City {number}",
                "CurrencyIsoCode": "GBP",
            }
            for number in numbers
        ]
        for number, id in zip(numbers, crm.create(self.salesforce, "Account", rows), strict=True):
            self.customers[number] = Customer(id, f"City {number}")

    def _product(self, code: str) -> None:
        (product,) = crm.create(
            self.salesforce, "Product2", [{"Name": f"Product {code}", "ProductCode": code, "IsActive": True}]
        )
        entry = {"Pricebook2Id": self._book, "Product2Id": product, "UnitPrice": 1, "IsActive": True}
        (self.products[code],) = crm.create(self.salesforce, "PricebookEntry", [{**entry, "CurrencyIsoCode": "GBP"}])

    def _deal(self, customer: str, name: str, sold: list[tuple[str, int]]) -> None:
        values = {"Name": name, "StageName": "Closed Won", "CloseDate": "2030-01-31", "CurrencyIsoCode": "GBP"}
        account = {"AccountId": self.customers[customer].id, "Pricebook2Id": self._book}
        (id,) = crm.create(self.salesforce, "Opportunity", [{**values, **account}])
        deal = self.deals[name] = Deal(id, [])
        lines = []
        for code, quantity in sold:
            price, off = Decimal("10.01") + int(code[1:]), Decimal(5)
            deal.lines.append((Decimal(quantity), price, off))
            entry = {"OpportunityId": id, "PricebookEntryId": self.products[code]}
            lines.append({**entry, "Quantity": quantity, "UnitPrice": float(price), "Discount": float(off)})
        deal.rows = crm.create(self.salesforce, "OpportunityLineItem", lines)

    def _edit(self, name: str, id: str, **values: Any) -> None:
        answer = self.salesforce.http.patch(f"{crm.ROOT}/sobjects/{name}/{id}", json=values)
        assert answer.status_code == 204, answer.text

    # --- looking ------------------------------------------------------------------------------------------------------

    def expected(self) -> dict[str, Shown]:
        """What people want to see."""
        parties = {number: {"city": one.city, "region": one.region} for number, one in self.customers.items()}
        deals = {
            name: {
                "subtotal": str(deal.subtotal),
                "status": "PAID" if deal.paid else "DRAFT",
                "payment": "Paid" if deal.paid else "Unpaid",
            }
            for name, deal in self.deals.items()
        }
        codes: Shown = {code: {} for code in self.products}
        return {"parties": parties, "deals": deals, "products": codes}

    def in_salesforce(self) -> dict[str, Shown]:
        """What Salesforce shows."""
        accounts = self._ask("SELECT AccountNumber, BillingCity, BillingState FROM Account")
        rows = self._ask(
            "SELECT Name, Xero_Subtotal__c, Xero_Invoice_Status__c, Payment_Status__c, Xero_Invoice_ID__c"
            " FROM Opportunity"
        )
        ours = {row["Name"]: row["Xero_Invoice_ID__c"] for row in rows}
        assert ours == {name: one["InvoiceID"] for name, one in self._invoices().items()}
        return {
            "parties": _by(accounts, "AccountNumber", city="BillingCity", region="BillingState"),
            "deals": _by(
                rows, "Name", subtotal="Xero_Subtotal__c", status="Xero_Invoice_Status__c", payment="Payment_Status__c"
            ),
            "products": _by(self._ask("SELECT ProductCode FROM Product2"), "ProductCode"),
        }

    def in_xero(self) -> dict[str, Shown]:
        """What Xero shows."""
        post = {
            number: next(one for one in contact["Addresses"] if one["AddressType"] == "POBOX")
            for number, contact in self._contacts().items()
        }
        parties = {number: {"city": one["City"], "region": one.get("Region") or ""} for number, one in post.items()}
        deals = {
            name: {
                "subtotal": str(one["SubTotal"].quantize(CENT)),
                "status": one["Status"],
                "payment": "Paid" if one["AmountPaid"] == one["Total"] else "Unpaid",
            }
            for name, one in self._invoices().items()
        }
        items = self._listed("Items")
        return {"parties": parties, "deals": deals, "products": _by(items, "Code")}

    def _ask(self, query: str) -> list[dict[str, Any]]:
        return crm.all_rows(crm.sdk(self.salesforce), query)

    def _listed(self, name: str) -> list[dict[str, Any]]:
        return self.xero.read(f"/api.xro/2.0/{name}", pageSize="1000", page="1")[name]  # type: ignore[no-any-return]  # JSON

    def _contacts(self) -> dict[str, dict[str, Any]]:
        return _only(self._listed("Contacts"), "AccountNumber")

    def _invoices(self) -> dict[str, dict[str, Any]]:
        return _only(self._listed("Invoices"), "Reference")


def _only(rows: list[dict[str, Any]], name: str) -> dict[str, dict[str, Any]]:
    found = {row[name]: row for row in rows}
    assert len(found) == len(rows), f"twins: {sorted(row[name] for row in rows)}"
    return found


def _by(rows: list[dict[str, Any]], key: str, **names: str) -> Shown:
    return {
        number: {ours: _text(row[theirs]) for ours, theirs in names.items()} for number, row in _only(rows, key).items()
    }


def _text(value: Any) -> str:
    return str(value.quantize(CENT)) if isinstance(value, Decimal) else str(value or "")
