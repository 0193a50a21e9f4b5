"""The shop, loaded into Salesforce and brought into the ledger from the command line, once for all tests here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from system.forked import Ended
from system.northwind import crm
from system.northwind.ledger import Ledger, ledger
from system.northwind.shop import Shop, read_shop
from system.northwind.stage import Project, Stage, sandbox

GUARDS = "guards: {creates: 1000, updates: 2000, share: 100%}\n"
"""What an operator allows once the first load has been looked at."""
DEALS = """
    SELECT Name, Xero_Invoice_ID__c, Xero_Invoice_Number__c, Xero_Invoice_Status__c, Xero_Subtotal__c, Payment_Status__c
    FROM Opportunity
"""


@dataclass(frozen=True)
class World:
    """The shop in both systems, and what the first load did and left."""

    shop: Shop
    stage: Stage
    project: Project
    ids: crm.Loaded
    salesforce: Any
    first: Ended
    """The first run."""
    applied: Ended
    """The command that its report printed."""
    rest: Ended
    """The next run, under the guards of the project."""
    contacts: dict[str, Any]
    """AccountNumber -> contact, as the first load left them."""
    items: dict[str, Any]
    invoices: dict[str, Any]
    """Reference -> invoice."""
    names: set[str]
    """Of the accounts, as the first load left them."""
    deals: list[dict[str, Any]]

    @property
    def ledger(self) -> Ledger:
        return ledger(self.stage.xero)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    shop = read_shop()
    with sandbox() as stage:
        ids = crm.load(stage.salesforce, shop)
        project = Project(tmp_path_factory.mktemp("northwind"), stage, rated=True)
        project.write()
        first = project.tieout("run")
        applied = project.tieout(*printed(first))
        project.write(GUARDS)
        rest = project.tieout("run", "--json")
        books, salesforce = ledger(stage.xero), crm.sdk(stage.salesforce)
        yield World(
            shop,
            stage,
            project,
            ids,
            salesforce,
            first,
            applied,
            rest,
            {one.account_number: one for one in books.contacts()},
            {one.code: one for one in books.items()},
            {one.reference: one for one in books.invoices()},
            {row["Name"] for row in crm.all_rows(salesforce, "SELECT Name FROM Account")},
            crm.all_rows(salesforce, DEALS),
        )


def printed(ended: Ended) -> list[str]:
    """Give the command that a stopped run tells its reader to type."""
    found = re.search(r"\btieout (apply \S+ --allow \S+)", ended.out)
    assert found is not None, ended
    return found[1].split()
