"""The story of SpotlerCRM and Xero: accounts and invoices on request, a draft that follows, an edit too late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tieout.demo import Run, Say
from tieout.demo.stage import Access, Books, Teller, checked, project, sandbox, write_project

CONNECTION = """\
  spotlercrm:
    adapter: spotlercrm
    organisation: demo
    options: {{url: "{crm_url}", account: demo, currency: GBP, calls_per_second: 100}}   # 2 where nothing is said
    credentials: {{token: "${{file:.tieout/spotlercrm-token}}"}}
    full_read: 6h
"""


@dataclass
class Crm:
    """A sales rep at the CRM's own screens, and its public API for what shows there."""

    http: httpx.Client

    @classmethod
    def at(cls, access: Mapping[str, str]) -> Crm:
        """Reach it."""
        headers = {"Authorization": f"Bearer {access['access_token']}"}
        return cls(httpx.Client(base_url=access["url"], headers=headers))

    def put(self, what: str, record: str = "", /, **fields: object) -> str:
        """Make a record, or change the one with this id; give its id."""
        which = {"id": record} if record else {}
        return str(checked(self.http.post("/__sim__/edit", json={"object": what, "fields": fields, **which}))["id"])

    def look(self, name: str, id: str) -> dict[str, Any]:
        """Give a record as it shows."""
        return dict(checked(self.http.get(f"/{name}/{id}"))["record"])

    def deal(self, account: str, name: str, lines: Sequence[tuple[str, float, float]]) -> tuple[str, list[str]]:
        """Make an opportunity with lines (product, quantity, price) and give its id and theirs."""
        deal = self.put("opportunities", name=name, accountid=int(account))
        rows = [{"product": product, "quantity": quantity, "unitprice": price} for product, quantity, price in lines]
        return deal, [self.put("opportunity_lines", opportunityid=int(deal), **row) for row in rows]


@dataclass
class _Story:
    """The story, told chapter by chapter."""

    teller: Teller
    crm: Crm
    books: Books
    ids: dict[str, str] = field(default_factory=dict)

    def tell(self) -> None:
        """Tell all chapters."""
        self.teller.story(
            [self._strangers, self._first_plan, self._account, self._invoice, self._draft, self._approved, self._paid]
        )

    def _strangers(self) -> None:
        self.teller.say("1. Two systems that know nothing of each other")
        self.teller.say("   A CRM with two accounts; a ledger in which one of them is a contact, spelt otherwise.")
        home = {"addresscity": "Berlin", "addresspostcode/zip": "12209", "addresscountry": "Germany"}
        self.ids["alfreds"] = self.crm.put("accounts", name="Alfreds Futterkiste", type="Client", **home)
        for first, last, decides in (("Maria", "Anders", 1), ("Hanna", "Moos", 0)):
            self.ids[first] = self.crm.put(
                "contacts", accountid=int(self.ids["alfreds"]), first=first, last=last, decisionmaker=decides,
                email=f"{first.lower()}@alfreds.example", phone="+49 30 0074321",
            )  # fmt: skip
        self.ids["horn"] = self.crm.put("accounts", name="Around the Horn", type="Client", ledgercode="AROUT")
        self.books.contact(Name="Around the Horn Ltd", AccountNumber="AROUT")

    def _first_plan(self) -> None:
        self.teller.first_plan(
            "\n2. The first plan: what is the same on both sides is linked, and nothing else is made"
        )

    def _account(self) -> None:
        self.teller.say("\n3. An account goes to the ledger when somebody asks, with the main contact that is chosen")
        account, person = self.ids["alfreds"], self.ids["Hanna"]
        wanted = f"customers/crm:{account}"
        self.teller.command("plan", wanted, "--create", "--pick", f"main_contact={person}", "--yes")
        self.teller.say("   What the ledger answered goes back to the CRM in the next run.")
        self.teller.command("run")
        row = self.crm.look("accounts", account)
        self.teller.say(f"   In the CRM now: {row['name']}: ledger code {row['ledgercode']}")

    def _invoice(self) -> None:
        self.teller.say("\n4. A draft invoice on request, with the revenue account that is chosen")
        lines = [("Chai tea, 24 boxes", 10, 18.0), ("Aniseed syrup, 12 bottles", 4, 10.0)]
        self.ids["deal"], (self.ids["line"], _) = self.crm.deal(self.ids["alfreds"], "Spring order", lines)
        wanted = f"invoices/crm:{self.ids['deal']}"
        self.teller.command("plan", wanted, "--create", "--pick", "revenue_code=260", "--yes")
        self.teller.say("   Its number and its link come back.")
        self.teller.command("run")
        self._show()

    def _show(self) -> None:
        row = self.crm.look("opportunities", self.ids["deal"])
        told = f"{row['xeroinvoice']}, {row['xerostatus']}, paid {row['xeropaid']}, due {row['xerodue']}"
        self.teller.say(f"   In the CRM now: {row['name']}: {told}\n   {row['xerolink']}")

    def _draft(self) -> None:
        self.teller.say("\n5. The order grows: the draft follows when somebody asks, and not before")
        self.crm.put("opportunity_lines", self.ids["line"], quantity=12)
        self.teller.command("run", "--full")
        self.teller.command("plan", f"invoices/crm:{self.ids['deal']}", "--update", "--yes")
        lines = self.books.find("Invoices", "Reference", "Spring order")["LineItems"]
        for line in lines:
            told = f"{line['Quantity']} x {line['Description']}, account {line['AccountCode']}"
            self.teller.say(f"   In the ledger now: {told}")

    def _approved(self) -> None:
        self.teller.say("\n6. The invoice is approved, and the order changes again: held, with the legal ways out")
        invoice = self.books.find("Invoices", "Reference", "Spring order")
        self.books.screen("approve", invoice=invoice["InvoiceID"])
        self.crm.put("opportunities", self.ids["deal"], name="Spring order, enlarged")
        self.teller.command("run", expect=(3,))
        self.teller.command("status")

    def _paid(self) -> None:
        self.teller.say("\n7. The invoice is paid; the opportunity shows it")
        invoice = self.books.find("Invoices", "Reference", "Spring order")
        self.books.screen("pay", invoice=invoice["InvoiceID"])
        self.teller.command("run", expect=(0, 3))
        self._show()


def _project(access: Access) -> str:
    connection = CONNECTION.format(crm_url=access["spotlercrm"]["url"])
    return project(connection, "spotlercrm-xero", access["xero"])


def tell(folder: Path, run: Run, say: Say) -> None:
    """Tell it. Raises UsageError for a folder that is somebody's, TieoutError if it fails."""
    with sandbox("spotlercrm", "xero") as access:
        crm, books = Crm.at(access["spotlercrm"]), Books.at(access["xero"])
        with crm.http, books.http:
            secrets = {
                "spotlercrm-token": access["spotlercrm"]["access_token"],
                "xero-secret": access["xero"]["client_secret"],
            }
            write_project(folder, _project(access), secrets)
            books.screen("limits", off=True)  # the story makes more calls than Xero allows in a minute
            _Story(Teller(folder, run, say), crm, books).tell()
