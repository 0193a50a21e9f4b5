"""The process is killed between a request and its answer, again and again: nothing is lost, nothing is made twice."""

from __future__ import annotations

import signal
import time
from decimal import Decimal
from pathlib import Path

import pytest

from system.cli.desk import Desk
from system.crash.machine import LACKING, Machine
from system.northwind import crm
from system.northwind.conftest import GUARDS, printed
from system.northwind.ledger import ledger
from system.northwind.shop import DATA, read_shop
from system.northwind.stage import Stage, sandbox, told_apart

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}"),
    pytest.mark.skipif(bool(LACKING), reason=LACKING or ""),
    pytest.mark.extended,
]
HORIZON = 1000
"""Seconds after which nothing that was sent can take effect any more."""


def test_creates_whose_answer_was_never_read_are_neither_lost_nor_doubled(tmp_path: Path) -> None:
    shop = read_shop(customers=12, orders=110)
    with sandbox() as stage:
        crm.load(stage.salesforce, shop)
        machine = Machine.build(tmp_path)
        project = Desk(tmp_path, stage, more=machine.env())
        project.write(GUARDS)
        command = printed(project.run("run"))
        for puts in (1, 2, 4):  # contacts; then items; then a batch of invoices
            kill_after(project, command, puts)
            machine.advance(HORIZON)
            ended = project.run("run")
            if ended.code == 5:
                command = printed(ended)
        if ended.code == 5:
            assert project.run(*command).code == 0
        ended = project.run("run", "--json")
        assert ended.code == 0, ended
        assert told_apart(project.folder) == []
        books = ledger(stage.xero)
        assert (len(books.contacts()), len(books.items())) == (12, len({product for product, _ in shop.sold}))
        invoices = books.invoices()
        assert {one.reference for one in invoices} == shop.orders.keys()
        assert len(invoices) == len(shop.orders)
        assert sum((Decimal(str(one.sub_total)) for one in invoices), Decimal(0)) == shop.total
        assert made_once(stage)


def kill_after(project: Desk, command: list[str], puts: int) -> None:
    """Kill a command as soon as the ledger has taken so many creates from it."""
    before = creates(project.stage)
    process = project.start(*command)
    while process.poll() is None and creates(project.stage) < before + puts:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def creates(stage: Stage) -> int:
    return sum(count for call, count in stage.xero.calls().items() if call.startswith("PUT "))


def made_once(stage: Stage) -> bool:
    markers = stage.xero.http.get("/__sim__/counters").json()["markers"]
    counts = [made.get("created", 0) for each in markers.values() for made in each.values()]
    return len(counts) > 0 and max(counts) == 1
