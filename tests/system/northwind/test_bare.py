"""An org that nobody prepared: the pack leaves out what it lacks, and finds everything again by the ledger's keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from system.northwind import crm
from system.northwind.conftest import GUARDS, printed
from system.northwind.ledger import ledger
from system.northwind.shop import DATA, read_shop
from system.northwind.stage import Project, Stage, sandbox

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}"),
    pytest.mark.extended,
]
METADATA = Path(__file__).resolve().parents[3] / "mappings/salesforce-xero/metadata"


def test_without_our_fields_nothing_is_made_twice_though_the_state_is_lost(tmp_path: Path) -> None:
    shop = read_shop(customers=4, orders=8)
    with sandbox() as stage:
        remove_our_fields(stage)
        crm.load(stage.salesforce, shop)
        project = Project(tmp_path, stage)
        project.write(GUARDS)
        checked = project.tieout("check", "--online")
        assert checked.code == 0, checked
        assert "Account.Tieout_Key__c is missing" in checked.out
        assert project.tieout(*printed(project.tieout("run"))).code == 0
        project.converge()
        stage.reset()
        project.forget()
        passes = project.converge().report["passes"]
        planned = {what for one in passes for counts in one["planned"].values() for what in counts}
        assert planned == {"link", "agree"}
        assert (stage.salesforce.effects(), stage.xero.effects()) == ({}, {})
        books = ledger(stage.xero)
        found = (len(books.contacts()), len(books.items()), {one.reference for one in books.invoices()})
        assert found == (4, len({product for product, _ in shop.sold}), set(shop.orders))


def remove_our_fields(stage: Stage) -> None:
    files = sorted(METADATA.glob("*/main/default/objects/*/fields/*.field-meta.xml"))
    assert files
    for file in files:
        field = file.name.removesuffix(".field-meta.xml")
        stage.salesforce.order("field/remove", object=file.parts[-3], field=field)
