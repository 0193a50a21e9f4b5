"""What a rule calls personal is shown nowhere, and reaches the system as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.cli.desk import Desk
from system.northwind.stage import sandbox

RULE = "{crm: Name, books: Name, as: xero_name, pii: true}"
MASKED = f"  - use: salesforce-xero\n    change: {{customers: {{fields: [{RULE}]}}}}\n"
SECRET = "Frida Kahlo"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, for these tests write."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def test_a_name_that_is_personal_does_not_title_its_record(desk: Desk) -> None:
    desk.replace("  - use: salesforce-xero\n", MASKED)
    desk.account(SECRET, "A1")
    planned = desk.run("plan", "--out", "plan.json")
    assert "(masked)" in planned.out
    applied = desk.run("apply", "plan.json", "--allow", "first-run", "--verbose")
    assert applied.code == 0, applied
    shown = [planned.out, planned.err, (desk.folder / "plan.json").read_text("utf-8"), applied.out, applied.err]
    assert not any(SECRET in text for text in [*shown, desk.run("status", "--json").out])
    stored = desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
    assert [contact["Name"] for contact in stored] == [SECRET]
