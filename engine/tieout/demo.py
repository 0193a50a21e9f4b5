"""The whole story on the simulators: what `tieout demo` shows, chapter by chapter, with the commands a person types.

It starts a sandbox of its own, makes a project folder, acts as the people at both systems, and runs the real commands.
The folder stays, to be explored.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tieout.errors import TieoutError, UsageError

Run = Callable[[Sequence[str]], int]
"""Runs a command line (without `tieout`) and gives its exit code."""
Say = Callable[[str], None]

PROJECT = """\
# yaml-language-server: $schema=schemas/project.schema.json
tieout: 1
project: demo
environment: dev
store: sqlite:.tieout/state.db

connections:
  salesforce:
    adapter: salesforce
    organisation: {crm_organisation}
    options: {{url: "{crm_url}"}}
    credentials: {{client_id: "{crm_id}", client_secret: "${{file:.tieout/salesforce-secret}}"}}
  xero:
    adapter: xero
    organisation: {books_organisation}
    options: {{url: "{books_url}", grant: custom_connection, calls_per_minute: 6000}}   # Xero itself allows 60
    credentials: {{client_id: "{books_id}", client_secret: "${{file:.tieout/xero-secret}}"}}
    settings: {{revenue_code: "200"}}

mappings:
  - use: salesforce-xero            # the pack, unedited
"""


@contextmanager
def sandbox() -> Iterator[Mapping[str, Mapping[str, str]]]:
    """Run `tieout sandbox` as a process of its own and give what it prints: how to reach both systems."""
    command = [sys.executable, "-m", "tieout", "sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  our own command
        try:
            line = process.stdout.readline() if process.stdout is not None else ""
            if not line:
                raise TieoutError("the sandbox did not start", mend="tieout sandbox")
            yield json.loads(line)
        finally:
            process.terminate()


# --- the people at both systems -------------------------------------------------------------------------------------


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
        return str(_checked(answer)["id"])

    def edit(self, name: str, id: str, **fields: object) -> None:
        """Change a record."""
        _checked(self.http.patch(f"/sobjects/{name}/{id}", json=fields))

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Look something up."""
        return list(_checked(self.http.get("/query", params={"q": query}))["records"])

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


@dataclass
class Books:
    """A bookkeeper at the ledger: its public API, and what only its own screens can do."""

    http: httpx.Client

    @classmethod
    def at(cls, access: Mapping[str, str]) -> Books:
        """Reach it."""
        headers = {
            "Authorization": f"Bearer {access['access_token']}",
            "xero-tenant-id": access["tenant_id"],
            "Accept": "application/json",
        }
        return cls(httpx.Client(base_url=access["url"], headers=headers))

    def contact(self, **fields: object) -> str:
        """Make a contact and give its id."""
        answer = _checked(self.http.put("/api.xro/2.0/Contacts", json={"Contacts": [fields]}))
        return str(answer["Contacts"][0]["ContactID"])

    def find(self, what: str, name: str, value: str) -> dict[str, Any]:
        """Find one record by a field's value."""
        rows = _checked(self.http.get(f"/api.xro/2.0/{what}", params={"page": "1", "pageSize": "100"}))[what]
        return next(row for row in rows if row.get(name) == value)

    def screen(self, action: str, **body: object) -> None:
        """Do what a person does on the ledger's own screens."""
        _checked(self.http.post(f"/__sim__/{action}", json=body))


def _checked(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise TieoutError(f"the sandbox refused {answer.request.method} {answer.request.url.path}: {answer.text[:300]}")
    return answer.json() if answer.content else {}


# --- the story --------------------------------------------------------------------------------------------------------


@dataclass
class Demo:
    """The story, told in a project folder."""

    folder: Path
    run: Run
    say: Say
    crm: Crm
    books: Books
    accounts: dict[str, str] = field(default_factory=dict)
    deals: dict[str, str] = field(default_factory=dict)

    def tell(self) -> None:
        """Tell all chapters."""
        for chapter in (
            self._strangers,
            self._first_plan,
            self._both_sides,
            self._conflict,
            self._won,
            self._payments,
            self._approved,
            self._quiet,
        ):
            chapter()

    def _command(self, *arguments: str, expect: Sequence[int] = (0,)) -> None:
        """Show a command and run it; another exit code than the story needs ends the demo."""
        self.say(f"\n$ tieout {' '.join(arguments)}\n")
        code = self.run(["-C", str(self.folder), *arguments])
        if code not in expect:
            raise TieoutError(f"tieout {' '.join(arguments)} ended with {code}, and the story needs {expect[0]}")

    def _last(self, table: str, column: str, order: str) -> str:
        """Look up what the command before it printed: the newest plan, the newest question."""
        where = f"file:{self.folder / '.tieout' / 'state.db'}?mode=ro"
        with closing(sqlite3.connect(where, uri=True)) as store:
            row = store.execute(f"SELECT {column} FROM {table} ORDER BY {order} DESC LIMIT 1").fetchone()  # noqa: S608  our own names
        return str(row[0])

    def _strangers(self) -> None:
        self.say("1. Two systems that know nothing of each other")
        self.say("   A CRM with customers, products and a won deal; a ledger in which one of the customers exists.")
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
        self.say("\n2. The first plan: nothing is written until somebody has looked at it")
        self._command("plan")
        self.say("   The first plan of a mapping always stops, and the report says how it is let through.")
        self._command("run", expect=(5,))
        self._command("apply", self._last("plan", "digest", "made")[:12], "--allow", "first-run", expect=(0, 3))
        self.say("   What the ledger answered (numbers, links, totals) goes back to the CRM in the next run.")
        self._command("run", expect=(0, 3))

    def _both_sides(self) -> None:
        self.say("\n3. An edit on each side: both survive")
        self.say("   The rep changes a phone number in the CRM, the bookkeeper a city in the ledger.")
        self.crm.edit("Account", self.accounts["ALFKI"], Phone="+49 30 0074321")
        contact = self.books.find("Contacts", "AccountNumber", "ALFKI")
        addresses = [
            {**address, "City": "Potsdam"} if address["AddressType"] == "POBOX" else address
            for address in contact["Addresses"]
        ]
        self.books.screen("edit", object="Contact", id=contact["ContactID"], fields={"Addresses": addresses})
        self._command("run", expect=(0, 3))

    def _conflict(self) -> None:
        self.say("\n4. A conflict: both sides change the same name, and the mapping's rule is `review`")
        self.crm.edit("Account", self.accounts["BERGS"], Name="Berglunds snabbköp AB")
        contact = self.books.find("Contacts", "AccountNumber", "BERGS")
        fields = {"Name": "Berglunds Snabbkop Aktiebolag"}
        self.books.screen("edit", object="Contact", id=contact["ContactID"], fields=fields)
        self._command("run", expect=(3,))
        self._command("review", "list")
        self.say("   The CRM is right. The answer is remembered with who gave it and why.")
        self._command("review", "answer", self._last("review", "id", "id"), "crm", "--why", "the registered name")
        self._command("run", expect=(0, 3))

    def _won(self) -> None:
        self.say("\n5. A deal is won: it becomes one draft invoice")
        lines = [("SYR", 20, 9.5, 0.0)]
        self.deals["second"] = self.crm.deal(self.accounts["AROUT"], "Summer order", "Negotiation/Review", lines)
        self.crm.edit("Opportunity", self.deals["second"], StageName="Closed Won")
        self._command("run", expect=(0, 3))

    def _payments(self) -> None:
        self.say("\n6. The invoice is approved and paid in two parts; the deal shows it")
        invoice = self.books.find("Invoices", "Reference", "Spring order")
        self.books.screen("approve", invoice=invoice["InvoiceID"])
        self.books.screen("pay", invoice=invoice["InvoiceID"], amount=100, date="2026-11-10")
        self._command("run", expect=(0, 3))
        self._show_payment()
        self.books.screen("pay", invoice=invoice["InvoiceID"], date="2026-11-20")
        self._command("run", expect=(0, 3))
        self._show_payment()

    def _show_payment(self) -> None:
        fields = "Payment_Status__c, Amount_Paid__c, Amount_Due__c"
        deal = self.deals["first"]
        row = self.crm.ask(f"SELECT Name, {fields} FROM Opportunity WHERE Id = '{deal}'")[0]  # noqa: S608  our own id
        told = f"{row['Payment_Status__c']}, paid {row['Amount_Paid__c']}, due {row['Amount_Due__c']}"
        self.say(f"   In the CRM now: {row['Name']}: {told}")

    def _approved(self) -> None:
        self.say("\n7. An edit of a deal whose invoice is paid: held, with the legal ways out")
        deal = self.deals["first"]
        where = f"WHERE OpportunityId = '{deal}'"
        line = self.crm.ask(f"SELECT Id FROM OpportunityLineItem {where}")[0]  # noqa: S608  our own id
        self.crm.edit("OpportunityLineItem", line["Id"], Quantity=12)
        self._command("run", expect=(3,))
        self._command("status")

    def _quiet(self) -> None:
        self.say("\n8. Nothing changed: an empty plan; and the audit chain is whole")
        self._command("plan")
        self._command("audit", "verify")
        self.say(f"\nThe project stays in {self.folder}. Look at tieout.yaml, then try there:")
        self.say("   tieout status            what is held, and why")
        self.say("   tieout review list       what a person must decide")
        self.say("   tieout help guards       what stops a plan, and how it is let through")
        self.say("The two systems end with this command. To go on with living ones, see docs/tutorial.md.")


def write_project(folder: Path, access: Mapping[str, Mapping[str, str]], organisation: str) -> None:
    """Write the project folder; secrets go into files that only the owner can read."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / ".tieout" / "demo").exists():
            raise UsageError(f"{folder} is not empty and no earlier demo's", mend="tieout demo --folder OTHER")
        for old in sorted(folder.rglob("*"), reverse=True):
            old.rmdir() if old.is_dir() else old.unlink()
    hidden = folder / ".tieout"
    hidden.mkdir(parents=True, exist_ok=True)
    (hidden / "demo").write_text("made by tieout demo\n", encoding="utf-8")
    crm, books = access["salesforce"], access["xero"]
    for name, secret in (("salesforce-secret", crm["client_secret"]), ("xero-secret", books["client_secret"])):
        (hidden / name).write_text(secret, encoding="utf-8")
        (hidden / name).chmod(0o600)
    text = PROJECT.format(
        crm_organisation=organisation,
        crm_url=crm["url"],
        crm_id=crm["client_id"],
        books_organisation=books["tenant_id"],
        books_url=books["url"],
        books_id=books["client_id"],
    )
    (folder / "tieout.yaml").write_text(text, encoding="utf-8")


def demo(folder: Path, run: Run, say: Say) -> None:
    """Tell the whole story in a folder. Raises UsageError for a folder that is somebody's, TieoutError if it fails."""
    with sandbox() as access:
        crm, books = Crm.at(access["salesforce"]), Books.at(access["xero"])
        with crm.http, books.http:
            organisation = str(crm.ask("SELECT Id FROM Organization")[0]["Id"])
            write_project(folder, access, organisation)
            books.screen("limits", off=True)  # the story makes more calls than Xero allows in a minute
            Demo(folder, run, say, crm, books).tell()
