"""A project as a new user has it, and the console script in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from system.forked import HUNG, TIEOUT, Ended, command, started
from system.northwind.stage import Project, sandbox

BASE = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


def run_tieout(
    words: Sequence[str],
    folder: Path,
    env: Mapping[str, str] | None = None,
    *,
    stdin: str | None = None,
    before: Callable[[], object] | None = None,
) -> Ended:
    """Run one command with few variables and no terminal; `before` is called in its process first."""
    told = {**BASE, **(env or {})}
    if before is not None:
        return started(words, folder, told, stdin or "", before=before)
    return command(words, folder, told, stdin or "")


@dataclass(frozen=True)
class Desk(Project):
    """A project on the sandbox, whose files a test may spoil."""

    more: Mapping[str, str] = field(default_factory=dict)
    """Further environment variables."""

    @property
    def yaml(self) -> Path:
        return self.folder / "tieout.yaml"

    @property
    def database(self) -> Path:
        return self.folder / ".tieout" / "state.db"

    def replace(self, old: str, new: str, path: Path | None = None) -> None:
        """Change a file as a person with an editor does."""
        where = path or self.yaml
        text = where.read_text("utf-8")
        assert old in text
        where.write_text(text.replace(old, new), "utf-8")

    def run(
        self,
        *words: str,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        before: Callable[[], object] | None = None,
    ) -> Ended:
        """Run one command in the project."""
        return run_tieout(
            words, self.folder, {**self.stage.secrets, **self.more, **(env or {})}, stdin=stdin, before=before
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start one command in the project and do not wait for it."""
        return subprocess.Popen(
            [TIEOUT, *words],
            cwd=self.folder,
            env={**BASE, **self.stage.secrets, **self.more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def account(self, name: str, number: str, **fields: Any) -> str:
        """Make a customer in the CRM."""
        values = {"Name": name, "Type": "Customer - Direct", "AccountNumber": number, **fields}
        answer = self.stage.salesforce.http.post("/services/data/v66.0/sobjects/Account", json=values)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def deal(self, name: str, account: str, **fields: Any) -> str:
        """Win a deal in the CRM."""
        values = {
            "Name": name,
            "AccountId": account,
            "StageName": "Closed Won",
            "CloseDate": "2026-11-02",
            "Amount": 100,
        }
        answer = self.stage.salesforce.http.post("/services/data/v66.0/sobjects/Opportunity", json={**values, **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def contact(self, name: str, **fields: Any) -> str:
        """Make a contact in the ledger as a person does."""
        answer = self.stage.xero.http.put("/api.xro/2.0/Contacts", json={"Contacts": [{"Name": name, **fields}]})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["Contacts"][0]["ContactID"])

    def use_own(self, mapping: str, more: str = "") -> None:
        """Have the project use one small mapping of its own in place of the pack; `more` is put below it."""
        (self.folder / "mappings").mkdir()
        (self.folder / "mappings" / "people.yaml").write_text(mapping, "utf-8")
        self.replace("  - use: salesforce-xero\n", f"  - use: mappings/\n{more}")

    def let_through(self) -> None:
        """Run, and let the plan through as the report says."""
        first = self.run("run", "--json")
        assert first.code == 5, first
        applied = self.run(*first.report["stopped"]["command"].split()[1:])
        assert applied.code == 0, applied


@contextmanager
def with_customer(folder: Path) -> Iterator[Desk]:
    """Run a sandbox of its own for a project with one customer, who is in both systems."""
    with sandbox() as running:
        made = Desk(folder, running)
        made.write()
        made.account("Acme", "A1")
        made.let_through()
        yield made


def interrupted(process: subprocess.Popen[str], number: int, seen: str) -> Ended:
    """Send a signal once a text has appeared in the log, and wait for the end."""
    assert process.stderr is not None
    told = []
    for line in process.stderr:
        told.append(line)
        if seen in line:
            break
    process.send_signal(number)
    out, err = process.communicate(timeout=HUNG)
    return Ended(process.returncode, out, "".join(told) + err)


def wait_for(path: Path) -> str:
    """Wait until another process has written a file."""
    until = time.monotonic() + HUNG
    while not (path.exists() and path.read_text("utf-8")):
        assert time.monotonic() < until
        time.sleep(0.02)
    return path.read_text("utf-8")


SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
