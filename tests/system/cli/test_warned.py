"""What a ledger warns of while it does what it is told: the write stands, and people can read the warning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import query
from system.cli.test_running import valid
from system.northwind.stage import sandbox

FAR_OFF = "date,currency,base,rate\n2026-11-01,USD,GBP,9.5\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project whose own table has a rate that no ledger would believe, with one customer in both systems."""
    with sandbox() as running:
        made = Desk(tmp_path, running, rated=True)
        made.write()
        (made.folder / "rates.csv").write_text(FAR_OFF, encoding="utf-8")
        made.account("Acme", "A1")
        made.let_through()
        yield made


@pytest.mark.extended
def test_sx41_what_the_ledger_doubts_is_said_in_the_plan_and_in_the_log(desk: Desk) -> None:
    (account,) = query(desk, "SELECT Id FROM Account")
    desk.deal("Far off", account["Id"], CurrencyIsoCode="USD")
    ended = desk.run("run", "--json")
    assert ended.code == 0, ended
    (line,) = (line for line in ended.err.splitlines() if '"event": "warned"' in line)
    assert "xero warns: The exchange rate of 9.500000 is suspicious" in line
    (warning,) = valid("run-report", ended.report)["warnings"]
    assert warning["record"].startswith("invoices/crm:")
    assert warning["message"].startswith("xero warns: The exchange rate of 9.500000 is suspicious")
    (invoice,) = desk.stage.xero.read("/api.xro/2.0/Invoices")["Invoices"]
    assert invoice["CurrencyRate"] == 9.5
    plans = {
        one["about"]["plan"]
        for one in desk.run("audit", "log", "--last", "0", "--json").report
        if "plan" in one["about"]
    }
    told = [
        operation["detail"]
        for plan in plans
        for operation in desk.run("plan", "--show", plan[:12], "--json").report["operations"]
        if operation.get("detail")
    ]
    assert [words.partition(" is suspicious")[0] for words in told] == ["xero warns: The exchange rate of 9.500000"]
    assert desk.run("status", "--json").report["holds"] == []
