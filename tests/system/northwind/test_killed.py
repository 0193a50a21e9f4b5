"""The process is killed between a request and its answer, again and again: nothing is lost, nothing is made twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from decimal import Decimal
from pathlib import Path

import pytest

from system.forked import TIEOUT
from system.northwind import crm
from system.northwind.conftest import GUARDS, printed
from system.northwind.ledger import ledger
from system.northwind.shop import DATA, read_shop
from system.northwind.stage import Project, Stage, sandbox

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}"),
    pytest.mark.extended,
]


def test_creates_whose_answer_was_never_read_are_neither_lost_nor_doubled(tmp_path: Path) -> None:
    shop = read_shop(customers=12, orders=110)
    with sandbox() as stage:
        crm.load(stage.salesforce, shop)
        project = Project(tmp_path, stage)
        project.write(GUARDS)
        command = printed(project.tieout("run"))
        for puts in (1, 2, 4):  # contacts; then items; then a batch of invoices
            kill_after(project, command, puts)
            ended = project.tieout("run")
            if ended.code == 5:
                command = printed(ended)
        if ended.code == 5:
            assert project.tieout(*command).code == 0
        project.converge()
        books = ledger(stage.xero)
        assert (len(books.contacts()), len(books.items())) == (12, len({product for product, _ in shop.sold}))
        invoices = books.invoices()
        assert {one.reference for one in invoices} == shop.orders.keys()
        assert len(invoices) == len(shop.orders)
        assert sum((Decimal(str(one.sub_total)) for one in invoices), Decimal(0)) == shop.total
        assert made_once(stage)


def kill_after(project: Project, command: list[str], puts: int) -> None:
    """Kill a command as soon as the ledger has taken so many creates from it."""
    before = creates(project.stage)
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **project.stage.secrets}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([TIEOUT, *command], cwd=project.folder, env=env, stdout=quiet, stderr=quiet)
    while process.poll() is None and creates(project.stage) < before + puts:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()


def creates(stage: Stage) -> int:
    return sum(count for call, count in stage.xero.calls().items() if call.startswith("PUT "))


def made_once(stage: Stage) -> bool:
    markers = stage.xero.http.get("/__sim__/counters").json()["markers"]
    counts = [made.get("created", 0) for each in markers.values() for made in each.values()]
    return len(counts) > 0 and max(counts) == 1
