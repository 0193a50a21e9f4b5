"""A project to write mapping tests for, and what tests of it share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from schemas.systems import describe
from schemas.world import Installed
from tieout.mapping_sources import lines_of
from tieout.model import ObjectType
from tieout.project import load_project
from tieout.testing.mapping_tests import Report, run_tests

PROJECT = """
tieout: 1
project: sample
connections:
  salesforce: {adapter: salesforce, options: {url: "http://127.0.0.1:1"}, settings: {terms: 30}}
  xero: {adapter: xero, options: {url: "http://127.0.0.1:2"}}
mappings:
  - use: mappings/
"""

MAPPINGS = {
    "customers.yaml": """
        mapping: customers
        version: 1
        between:
          crm: {connection: salesforce, object: Account, where: crm.Type == 'Prospect' || crm.AccountNumber}
          books: {connection: xero, object: Contact}
        settings: {terms: 14, greeting: Hello}
        remember: {crm: Xero_Contact_ID__c}
        match:
          - {crm: AccountNumber, books: AccountNumber}
        create: {books: {when: crm.AccountNumber}, crm: review}
        delete: {books: {do: archive, ask: true}}
        fields:
          - {crm: Name, books: Name}
          - {crm: AccountNumber, books: AccountNumber}
          - {crm: Xero_Link__c, from: link.books.url, optional: true}
          - books: TaxNumber
            first:
              - {when: crm.Type == 'Prospect', from: settings.greeting}
              - {value: none}
            only: create
        checks:
          - that: crm.Phone
            otherwise: warn
            say: There is no phone number.
    """,
    "invoices.yaml": """
        mapping: invoices
        version: 1
        between:
          crm: {connection: salesforce, object: Opportunity}
          books: {connection: xero, object: Invoice}
        create: {books: {when: crm.IsWon}}
        fields:
          - {books: Type, value: ACCREC, only: create}
          - {books: Contact.ContactID, from: crm.AccountId, link: customers}
          - {books: DueDate, from: crm.CloseDate, as: {add_days: settings.terms}}
          - {books: CurrencyCode, from: crm.CurrencyIsoCode}
          - {crm: Xero_Total__c, from: books.Total, as: money}
        lists:
          - books: LineItems
            from: crm.OpportunityLineItems
            key: {crm: Id, books: LineItemID}
            fields:
              - {books: Description, from: crm.Name}
              - {books: Quantity, from: crm.Quantity}
    """,
}


class Sample:
    """A project folder with test files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tieout.yaml").write_text(PROJECT, "utf-8")
        self.write("mappings", MAPPINGS)

    def write(self, below: str, files: dict[str, str]) -> None:
        (self.folder / below).mkdir(exist_ok=True)
        for name, text in files.items():
            (self.folder / below / name).write_text(dedent(text).lstrip(), "utf-8")

    def run(self, text: str | None = None, only: Sequence[str] = ()) -> Report:
        if text is not None:
            self.write("tests", {"cases.yaml": text})
        project, problems = load_project(self.folder, None, {})
        assert project is not None, problems
        return run_tests(project, Installed(), one_of_each, only=only)

    def text(self, report: Report) -> str:
        return report.text(lines_of(self.folder, {}))


def one_of_each(connection: str, name: str) -> ObjectType:
    """Describe a system; a second ledger (`xero_eu`) has what the first one has."""
    return describe(connection.partition("_")[0], name)


def failures(report: Report) -> list[tuple[str, str, str]]:
    return [(one.what, one.expected, one.got) for result in report.results for one in result.failures]


def customer(expect: str) -> str:
    return dedent(
        f"""
        test: customers
        cases:
          - case: one
            crm: {{Name: Acme, AccountNumber: A1}}
            expect: {expect}
        """
    )
