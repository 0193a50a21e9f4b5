"""The story of Salesforce and Xero: a plan, edits on both sides, a conflict, a won deal, payments, an edit too late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tieout.demo import Run, Say
from tieout.demo.stage import Access, Books, Teller, checked, project, sandbox, write_project

CONNECTION = """\
  salesforce:
    adapter: salesforce
    organisation: {crm_organisation}
    options: {{url: "{crm_url}"}}
    credentials: {{client_id: "{crm_id}", client_secret: "${{file:.tieout/salesforce-secret}}"}}
"""


@dataclass
class Crm:
    """A sales rep at the CRM: its public REST API, with a token of her own."""

    http: httpx.Client
    entries: dict[str, str] = field(default_factory=dict)
    """Product code -> price book entry."""

    @classmethod
    def at(cls, access: Mapping[str, str]) -> Crm:
        """Reach it."""
        headers = {"Authorization": f"Bearer {access['user_token']}"}
        return cls(httpx.Client(base_url=access["url"] + "/services/data/v66.0", headers=headers))

    def new(self, name: str, **fields: object) -> str:
        """Make a record and give its id."""
        answer = self.http.post(f"/sobjects/{name}", json=fields)
        return str(checked(answer)["id"])

    def edit(self, name: str, id: str, **fields: object) -> None:
        """Change a record."""
        checked(self.http.patch(f"/sobjects/{name}/{id}", json=fields))

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Look something up."""
        return list(checked(self.http.get("/query", params={"q": query}))["records"])

    def product(self, code: str, name: str, price: float) -> None:
        """Make a product with a price in pounds."""
        book = self.ask("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
        product = self.new("Product2", Name=name, ProductCode=code, IsActive=True)
        self.entries[code] = self.new(
            "PricebookEntry", Pricebook2Id=book, Product2Id=product, UnitPrice=price, IsActive=True,
            CurrencyIsoCode="GBP",
        )  # fmt: skip

    def deal(self, account: str, name: str, stage: str, lines: Sequence[tuple[str, float, float, float]]) -> str:
        """Make a deal with lines (code, quantity, price, discount in percent)."""
        book = self.ask("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
        deal = self.new(
            "Opportunity", Name=name, AccountId=account, StageName=stage, CloseDate="2026-11-02",
            CurrencyIsoCode="GBP", Pricebook2Id=book,
        )  # fmt: skip
        for code, quantity, price, discount in lines:
            self.new(
                "OpportunityLineItem", OpportunityId=deal, PricebookEntryId=self.entries[code], Quantity=quantity,
                UnitPrice=price, Discount=discount,
            )  # fmt: skip
        return deal


# --- the story --------------------------------------------------------------------------------------------------------


@dataclass
class _Story:
    """The story, told chapter by chapter."""

    teller: Teller
    crm: Crm
    books: Books
    accounts: dict[str, str] = field(default_factory=dict)
    deals: dict[str, str] = field(default_factory=dict)

    def tell(self) -> None:
        """Tell all chapters."""
        self.teller.story(
            [
                self._strangers,
                self._first_plan,
                self._both_sides,
                self._conflict,
                self._won,
                self._payments,
                self._approved,
            ]
        )

    def _strangers(self) -> None:
        self.teller.say("1. Two systems that know nothing of each other")
        self.teller.say(
            "   A CRM with customers, products and a won deal; a ledger in which one of the customers exists."
        )
        crm, books = self.crm, self.books
        crm.product("TEA", "Chai tea, 24 boxes", 18.0)
        crm.product("SYR", "Aniseed syrup, 12 bottles", 10.0)
        customers = [
            ("ALFKI", "Alfreds Futterkiste", "Berlin", "Germany"),
            ("AROUT", "Around the Horn", "London", "UK"),
        ]
        for number, name, city, country in [*customers, ("BERGS", "Berglunds snabbköp", "Luleå", "Sweden")]:
            self.accounts[number] = crm.new(
                "Account", Name=name, AccountNumber=number, Type="Customer - Direct", Phone="+44 20 7946 0001",
                BillingStreet="1 Harbour Road", BillingCity=city, BillingCountry=country, BillingPostalCode="AB1 2CD",
            )  # fmt: skip
        lines = [("TEA", 10, 18.0, 5.0), ("SYR", 4, 10.0, 0.0)]
        self.deals["first"] = crm.deal(self.accounts["ALFKI"], "Spring order", "Closed Won", lines)
        books.contact(Name="Around the Horn Ltd", AccountNumber="AROUT", EmailAddress="accounts@aroundthehorn.example")

    def _first_plan(self) -> None:
        self.teller.first_plan("\n2. The first plan: nothing is written until somebody has looked at it")
        self.teller.say("   What the ledger answered (numbers, links, totals) goes back to the CRM in the next run.")
        self.teller.command("run", expect=(0, 3))

    def _both_sides(self) -> None:
        self.teller.say("\n3. An edit on each side: both survive")
        self.teller.say("   The rep changes a phone number in the CRM, the bookkeeper a city in the ledger.")
        self.crm.edit("Account", self.accounts["ALFKI"], Phone="+49 30 0074321")
        contact = self.books.find("Contacts", "AccountNumber", "ALFKI")
        addresses = [
            {**address, "City": "Potsdam"} if address["AddressType"] == "POBOX" else address
            for address in contact["Addresses"]
        ]
        self.books.screen("edit", object="Contact", id=contact["ContactID"], fields={"Addresses": addresses})
        self.teller.command("run", expect=(0, 3))

    def _conflict(self) -> None:
        self.teller.say("\n4. A conflict: both sides change the same name, and the mapping's rule is `review`")
        self.crm.edit("Account", self.accounts["BERGS"], Name="Berglunds snabbköp AB")
        contact = self.books.find("Contacts", "AccountNumber", "BERGS")
        fields = {"Name": "Berglunds Snabbkop Aktiebolag"}
        self.books.screen("edit", object="Contact", id=contact["ContactID"], fields=fields)
        self.teller.command("run", expect=(3,))
        self.teller.command("review", "list")
        self.teller.say("   The CRM is right. The answer is remembered with who gave it and why.")
        self.teller.command(
            "review", "answer", self.teller.last("review", "id", "id"), "crm", "--why", "the registered name"
        )
        self.teller.command("run", expect=(0, 3))

    def _won(self) -> None:
        self.teller.say("\n5. A deal is won: it becomes one draft invoice")
        lines = [("SYR", 20, 9.5, 0.0)]
        self.deals["second"] = self.crm.deal(self.accounts["AROUT"], "Summer order", "Negotiation/Review", lines)
        self.crm.edit("Opportunity", self.deals["second"], StageName="Closed Won")
        self.teller.command("run", expect=(0, 3))

    def _payments(self) -> None:
        self.teller.say("\n6. The invoice is approved and paid in two parts; the deal shows it")
        invoice = self.books.find("Invoices", "Reference", "Spring order")
        self.books.screen("approve", invoice=invoice["InvoiceID"])
        self.books.screen("pay", invoice=invoice["InvoiceID"], amount=100, date="2026-11-10")
        self.teller.command("run", expect=(0, 3))
        self._show_payment()
        self.books.screen("pay", invoice=invoice["InvoiceID"], date="2026-11-20")
        self.teller.command("run", expect=(0, 3))
        self._show_payment()

    def _show_payment(self) -> None:
        fields = "Payment_Status__c, Amount_Paid__c, Amount_Due__c"
        deal = self.deals["first"]
        row = self.crm.ask(f"SELECT Name, {fields} FROM Opportunity WHERE Id = '{deal}'")[0]  # noqa: S608  our own id
        told = f"{row['Payment_Status__c']}, paid {row['Amount_Paid__c']}, due {row['Amount_Due__c']}"
        self.teller.say(f"   In the CRM now: {row['Name']}: {told}")

    def _approved(self) -> None:
        self.teller.say("\n7. An edit of a deal whose invoice is paid: held, with the legal ways out")
        deal = self.deals["first"]
        where = f"WHERE OpportunityId = '{deal}'"
        line = self.crm.ask(f"SELECT Id FROM OpportunityLineItem {where}")[0]  # noqa: S608  our own id
        self.crm.edit("OpportunityLineItem", line["Id"], Quantity=12)
        self.teller.command("run", expect=(3,))
        self.teller.command("status")


def _project(access: Access, organisation: str) -> str:
    crm = access["salesforce"]
    connection = CONNECTION.format(crm_organisation=organisation, crm_url=crm["url"], crm_id=crm["client_id"])
    return project(connection, "salesforce-xero", access["xero"])


def tell(folder: Path, run: Run, say: Say) -> None:
    """Tell it. Raises UsageError for a folder that is somebody's, TieoutError if it fails."""
    with sandbox("salesforce", "xero") as access:
        crm, books = Crm.at(access["salesforce"]), Books.at(access["xero"])
        with crm.http, books.http:
            organisation = str(crm.ask("SELECT Id FROM Organization")[0]["Id"])
            secrets = {f"{name}-secret": access[name]["client_secret"] for name in ("salesforce", "xero")}
            write_project(folder, _project(access, organisation), secrets)
            books.screen("limits", off=True)  # the story makes more calls than Xero allows in a minute
            _Story(Teller(folder, run, say), crm, books).tell()
