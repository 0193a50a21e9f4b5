"""One trial: people act, a run is killed, frozen or starved of disk, and the next runs must make good of it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from system.crash.machine import Commit, Deed, Machine
from system.crash.story import Story
from system.crash.wire import Phase, Wire, before
from system.forked import HUNG, TIEOUT, Ended
from system.northwind.stage import Project, Stage, System, sandbox, told_apart

GUARDS = "guards: {creates: 1000, updates: 2000, share: 100%}\n"
HORIZON = 16 * 60
"""Seconds until no request of a dead run may still take effect, and a minute."""
OVERDUE = 11 * 60
"""Seconds after which a run that stands still has lost its lease; with `HORIZON` less than a token of ours lives."""
BETWEEN = 130 * 60
"""Seconds between two rounds: every token has ended, so that every round makes the same requests."""
FENCED = 75
Effects = Mapping[str, Mapping[str, Mapping[str, int]]]


@dataclass
class Bench:
    """A project on a machine, a wire to both systems, and the people at these."""

    project: Project
    stage: Stage
    wire: Wire
    machine: Machine
    story: Story
    process: subprocess.Popen[str] | None = None

    # --- runs ---------------------------------------------------------------------------------------------------------

    def start(
        self, at: int = 0, phase: Commit = "unwritten", do: Deed = "kill", *, words: Sequence[str] = ()
    ) -> subprocess.Popen[str]:
        """Start a run, as a scheduler does, that something may befall at a commit; `words` follow its name."""
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **self.stage.secrets}
        self.process = subprocess.Popen(
            [TIEOUT, "run", "--json", *words],
            cwd=self.project.folder,
            env={**env, **self.machine.env(at, phase, do)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.process

    def wait(self, process: subprocess.Popen[str]) -> Ended:
        """Wait for a run's end."""
        out, err = process.communicate(timeout=HUNG)
        assert "Traceback" not in err, err
        return Ended(process.returncode, out, err)

    def run(self) -> Ended:
        """Run once, with nothing in its way."""
        self.wire.expect()
        return self.wait(self.start())

    def kill(self) -> bool:
        """Kill the process that runs; nobody is left at its end of the wire."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        return True

    # --- what befalls a run -------------------------------------------------------------------------------------------

    def killed_at_request(self, number: int, phase: Phase) -> bool:
        """Kill a run at a request; say whether it came so far."""
        self.wire.expect((number, phase), self.kill)
        return self.wait(self.start()).code == -signal.SIGKILL

    def killed_at_commit(self, number: int, phase: Commit) -> bool:
        """Kill a run at a commit; say whether it came so far."""
        self.wire.expect()
        return self.wait(self.start(number, phase)).code == -signal.SIGKILL

    def killed_after(self, seconds: float) -> bool:
        """Kill a run after so many seconds of processor time, at whatever it does; say whether it still ran."""
        self.wire.expect()
        process = self.start()
        while process.poll() is None and _worked(process) < seconds:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        return self.wait(process).code == -signal.SIGKILL

    def full_at_commit(self, number: int) -> bool:
        """Let the disk be full from a commit on; say whether a run came so far."""
        self.wire.expect()
        ended = self.wait(self.start(number, "unwritten", "full"))
        assert ended.code in {0, 1}, ended
        if ended.code == 1:
            assert "full" in ended.err, ended
        return ended.code == 1

    def frozen_at_commit(self, number: int) -> bool:
        """Freeze a run after a commit until another has replaced it, and let it go on.

        Says whether it came so far. Nothing that it does afterwards changes anything.
        """
        self.wire.expect()
        process = self.start(number, "done", "freeze")
        if not _stopped(process):
            assert self.wait(process).code == 0
            return False
        self.machine.advance(OVERDUE)
        other = self.run()
        if other.code == FENCED:  # frozen within its next transaction: nothing can be taken from it
            assert "another process is writing" in other.err, other
            process.send_signal(signal.SIGCONT)
            assert self.wait(process).code == 0
            return True
        assert other.code == 0, other
        settled = self.effects()
        process.send_signal(signal.SIGCONT)
        late = self.wait(process)
        assert self.effects() == settled, late
        assert late.code in {0, FENCED}, late  # 0: it was through already
        return True

    # --- and then -----------------------------------------------------------------------------------------------------

    def round(self) -> None:
        """Let time pass and people act, and count from nought."""
        self.machine.advance(BETWEEN)
        self.story.enter()
        self.story.go_on()
        self.stage.reset()
        self.wire.done.clear()

    def made_good(self) -> Effects:
        """Let the horizon pass, run once, and compare everything; gives what both systems count."""
        self.machine.advance(HORIZON)
        ended = self.run()
        assert ended.code == 0, ended
        assert ended.report["converged"], ended
        assert self.open_intents() == 0
        assert told_apart(self.project.folder) == []
        wanted = self.story.expected()
        assert self.story.in_salesforce() == wanted
        assert self.story.in_xero() == wanted
        self.made_once()
        assert self.sent_twice() == []
        return self.effects()

    def open_intents(self) -> int:
        """How many writes are still of unknown fate."""
        with closing(sqlite3.connect(self.project.folder / ".tieout" / "state.db")) as store:
            return int(store.execute("SELECT count(*) FROM intent").fetchone()[0])

    def effects(self) -> Effects:
        """What requests changed for good since the round began."""
        return {"salesforce": self.stage.salesforce.effects(), "xero": self.stage.xero.effects()}

    def sent_twice(self) -> list[str]:
        """Give the changes of records that a system carried out more than once, by what went over the wire."""
        writes = {
            (one.key or number, row)
            for number, one in enumerate(self.wire.done)
            if one.body.startswith(b"{") and "/query" not in one.path
            for row in _rows(one.body)
        }
        counts = Counter(row for _, row in writes)
        return [row for row, count in counts.items() if count > 1]

    def made_once(self) -> None:
        """No record that a key stands on was created twice, by the ledger's own count."""
        markers = self.stage.xero.read("/__sim__/counters")["markers"]
        made = {mark: counts.get("created", 0) for each in markers.values() for mark, counts in each.items()}
        assert max(made.values()) == 1, made


def _worked(process: subprocess.Popen[str]) -> float:
    """Give the processor time of a process so far."""
    try:
        return int(Path(f"/proc/{process.pid}/schedstat").read_text("ascii").split()[0]) / 10**9
    except FileNotFoundError:
        return 0.0


def _stopped(process: subprocess.Popen[str]) -> bool:
    """Wait until a process is frozen; False: it has ended."""
    while process.poll() is None:
        state = Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
        if state == "T":
            return True
        time.sleep(0.01)
    return False


def _rows(body: bytes) -> Iterator[str]:
    """Give each record of a request, without the one field that is another every time: when it was written."""
    for value in json.loads(body).values():
        for row in value if isinstance(value, list) else []:
            yield json.dumps({name: row[name] for name in row if name != "Xero_Synced_At__c"}, sort_keys=True)


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Set everything up: both systems on a machine of their own clock, the wire, a project that has run once."""
    machine = Machine.build(folder)
    wire = Wire(commits=lambda: machine.commits)
    with (
        sandbox(machine.env()) as direct,
        before(wire, direct.salesforce.access["url"]) as crm_url,
        before(wire, direct.xero.access["url"]) as books_url,
    ):
        through = Stage(_at(direct.salesforce, crm_url), _at(direct.xero, books_url))
        project = Project(folder / "project", through)
        project.folder.mkdir()
        project.write(GUARDS)
        made = Bench(project, direct, wire, machine, Story(_person(direct.salesforce), direct.xero))
        made.story.begin()
        stopped = made.run()
        assert stopped.code == 5, stopped
        applied = project.tieout(*stopped.report["stopped"]["command"].split()[1:])
        assert applied.code == 0, applied
        made.made_good()
        yield made


def _at(system: System, url: str) -> System:
    return System({**system.access, "url": url}, system.http)


def _person(system: System) -> System:
    """Reach Salesforce as one of its people: what they change is nobody's but theirs."""
    system.http.headers["Authorization"] = f"Bearer {system.access['user_token']}"
    return system
