"""What every story needs: running systems, a project folder, the bookkeeper, and a voice that runs what it shows."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tieout.demo import Run, Say
from tieout.errors import TieoutError, UsageError

Access = Mapping[str, Mapping[str, str]]
"""System -> how to reach it, as `tieout sandbox` prints it."""

PROJECT = """\
# yaml-language-server: $schema=schemas/project.schema.json
tieout: 1
project: demo
environment: dev
store: sqlite:.tieout/state.db

connections:
{crm}\
  xero:
    adapter: xero
    organisation: {organisation}
    options: {{url: "{url}", grant: custom_connection, calls_per_minute: 6000}}   # Xero itself allows 60
    credentials: {{client_id: "{client_id}", client_secret: "${{file:.tieout/xero-secret}}"}}
    settings: {{revenue_code: "200"}}

mappings:
  - use: {pack:<27}# the pack, unedited
"""

END = """\

The project stays in {folder}. Look at tieout.yaml, then try there:
   tieout status            what is held, and why
   tieout review list       what a person must decide
   tieout help guards       what stops a plan, and how it is let through
The two systems end with this command. To go on with living ones, see docs/tutorial.md."""


@contextmanager
def sandbox(*systems: str) -> Iterator[Access]:
    """Run `tieout sandbox` as a process of its own and give what it prints."""
    command = [sys.executable, "-m", "tieout", "sandbox", "--only", ",".join(systems)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  our own command
        try:
            line = process.stdout.readline() if process.stdout is not None else ""
            if not line:
                raise TieoutError("the sandbox did not start", mend="tieout sandbox")
            yield json.loads(line)
        finally:
            process.terminate()


def project(crm: str, pack: str, books: Mapping[str, str]) -> str:
    """Give the text of a project of a pack: `crm`, the connection of its CRM as written, and the ledger."""
    return PROJECT.format(
        crm=crm, pack=pack, organisation=books["tenant_id"], url=books["url"], client_id=books["client_id"]
    )


def write_project(folder: Path, text: str, secrets: Mapping[str, str]) -> None:
    """Write the project folder; secrets go into files that only the owner can read (`.tieout/NAME`)."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / ".tieout" / "demo").exists():
            raise UsageError(f"{folder} is not empty and no earlier demo's", mend="tieout demo --folder OTHER")
        for old in sorted(folder.rglob("*"), reverse=True):
            old.rmdir() if old.is_dir() else old.unlink()
    hidden = folder / ".tieout"
    hidden.mkdir(parents=True, exist_ok=True)
    (hidden / "demo").write_text("made by tieout demo\n", encoding="utf-8")
    for name, secret in secrets.items():
        (hidden / name).write_text(secret, encoding="utf-8")
        (hidden / name).chmod(0o600)
    (folder / "tieout.yaml").write_text(text, encoding="utf-8")


def checked(answer: httpx.Response) -> Any:
    """Give what a system answered; a refusal ends the demo."""
    if answer.is_error:
        raise TieoutError(f"the sandbox refused {answer.request.method} {answer.request.url.path}: {answer.text[:300]}")
    return answer.json() if answer.content else {}


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
        answer = checked(self.http.put("/api.xro/2.0/Contacts", json={"Contacts": [fields]}))
        return str(answer["Contacts"][0]["ContactID"])

    def find(self, what: str, name: str, value: str) -> dict[str, Any]:
        """Find one record by a field's value."""
        rows = checked(self.http.get(f"/api.xro/2.0/{what}", params={"page": "1", "pageSize": "100"}))[what]
        return next(row for row in rows if row.get(name) == value)

    def screen(self, action: str, **body: object) -> None:
        """Do what a person does on the ledger's own screens."""
        checked(self.http.post(f"/__sim__/{action}", json=body))


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells a story in a project folder."""

    folder: Path
    run: Run
    say: Say

    def command(self, *arguments: str, expect: Sequence[int] = (0,)) -> None:
        """Show a command and run it; another exit code than the story needs ends the demo."""
        self.say(f"\n$ tieout {' '.join(arguments)}\n")
        code = self.run(["-C", str(self.folder), *arguments])
        if code not in expect:
            raise TieoutError(f"tieout {' '.join(arguments)} ended with {code}, and the story needs {expect[0]}")

    def story(self, chapters: Sequence[Callable[[], None]]) -> None:
        """Tell all chapters, and the last one."""
        for chapter in chapters:
            chapter()
        self.quiet(len(chapters) + 1)

    def first_plan(self, title: str) -> None:
        """Tell the chapter of the first plan, which a person lets through."""
        self.say(title)
        self.command("plan")
        self.say("   The first plan of a mapping always stops, and the report says how it is let through.")
        self.command("run", expect=(5,))
        self.let_through()

    def let_through(self) -> None:
        """Let the plan through that was made last."""
        digest = self.last("plan", "digest", "made")[:12]
        self.command("apply", digest, "--allow", "first-run", expect=(0, 3))

    def last(self, table: str, column: str, order: str) -> str:
        """Look up what the command before it printed: the newest plan, the newest question."""
        where = f"file:{self.folder / '.tieout' / 'state.db'}?mode=ro"
        with closing(sqlite3.connect(where, uri=True)) as store:
            row = store.execute(f"SELECT {column} FROM {table} ORDER BY {order} DESC LIMIT 1").fetchone()  # noqa: S608  our own names
        return str(row[0])

    def quiet(self, number: int) -> None:
        """Tell the last chapter."""
        self.say(f"\n{number}. Nothing changed: an empty plan; and the audit chain is whole")
        self.command("plan")
        self.command("audit", "verify")
        self.say(END.format(folder=self.folder))
