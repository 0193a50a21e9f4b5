"""A project over two organisations of one ledger, as it is written into a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

from schemas.systems import describe
from schemas.world import Installed
from tieout.mapping.check import Checked, check_project
from tieout.mapping.compiled import CompiledMapping
from tieout.mapping_sources import lines_of
from tieout.model import ObjectType
from tieout.problems import errors, in_order, render
from tieout.project import Project, load_project

PROJECT = """
tieout: 1
project: two
connections:
  salesforce: {adapter: salesforce, options: {url: "http://127.0.0.1:1"}}
  xero_uk: {adapter: xero, organisation: u, options: {url: "http://127.0.0.1:2"}, settings: {region: UK}}
  xero_eu: {adapter: xero, organisation: e, options: {url: "http://127.0.0.1:3"}, settings: {region: EU}}
mappings:
  - use: mappings/
"""
CUSTOMERS = """
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account, where: crm.AccountNumber}
  books: {connection: [xero_uk, xero_eu], object: Contact, route: crm.Type == settings.region}
remember: {crm: Xero_Contact_ID__c}
fields:
  - {crm: Name, books: Name}
"""
INVOICES = """
mapping: invoices
version: 1
between:
  crm: {connection: salesforce, object: Opportunity}
  books: {connection: [xero_uk, xero_eu], object: Invoice, route: crm.StageName == settings.region}
fields:
  - {books: Contact.ContactID, from: crm.AccountId, link: customers}
"""


def peers(connection: str, name: str) -> ObjectType:
    return describe(connection.partition("_")[0], name)


class Written:
    """A project in a folder, with mappings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "mappings").mkdir()
        self.project(PROJECT)
        self.mapping(CUSTOMERS)

    def project(self, text: str) -> None:
        (self.folder / "tieout.yaml").write_text(text.lstrip(), "utf-8")

    def change(self, text: str) -> None:
        self.project(PROJECT + f"    change: {text}\n")

    def mapping(self, text: str, name: str = "customers") -> None:
        (self.folder / "mappings" / f"{name}.yaml").write_text(dedent(text).lstrip(), "utf-8")

    def load(self, environment: str | None = None) -> Project:
        project, problems = load_project(self.folder, environment, {})
        assert project is not None, problems
        return project

    def check(self) -> Checked:
        project, problems = load_project(self.folder, None, {})
        assert project is not None, problems
        checked = check_project(project, Installed(), peers)
        return replace(checked, problems=tuple(in_order([*problems, *checked.problems])))

    def good(self) -> dict[str, CompiledMapping]:
        checked = self.check()
        assert not errors(checked.problems), checked.problems
        return {one.name: one for one in checked.mappings}

    def told(self) -> list[str]:
        """Give the errors as a person sees them."""
        lines = lines_of(self.folder, {})
        return [render(problem, lines) for problem in errors(self.check().problems)]
