"""The engine over the bench's peer, in a process of its own: one phase a run, figures as JSON on standard output."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import structlog

from bench.peer import BenchAdapter, described
from bench.server import row
from tieout.adapter import Tools
from tieout.http.client import Client
from tieout.http.clock import SystemClock
from tieout.http.memory import MemoryTokens, MemoryWindows
from tieout.http.ports import Ports
from tieout.mapping.canonical import identity
from tieout.mapping.compiled import (
    Act,
    CompiledMapping,
    Drift,
    MatchPair,
    MatchRule,
    Pair,
    Policy,
    Position,
    Side,
)
from tieout.mapping.compiled import (
    Path as FieldPath,
)
from tieout.secrets import Secret
from tieout.store import lease
from tieout.store.database import Database
from tieout.sync.guard import Limits
from tieout.sync.passes import Reading, Report, apply_plan, run_passes
from tieout.sync.run import Peer, Run, join
from tieout.transform import End

AT = Position("bench.yaml", 1, 1)
WIDE = Limits(10**9, 10**9, 10**9, share=Decimal(10))


def mapping() -> CompiledMapping:
    """Map thirteen fields both ways."""
    names = [name for name in row("R", 0) if name not in {"Id", "Stamp", "Key"}]
    rules = tuple(_pair(name) for name in names)
    paths = frozenset(names)
    keep = Policy(Act.KEEP, otherwise=Act.KEEP)
    always, update = Policy(Act.ALWAYS), Policy(Act.ALWAYS, otherwise=Act.HOLD)
    left, right = (
        Side(name, name, "bench", name, described(name), None, False, None, made, update, keep, keep, paths)  # noqa: FBT003  fields in the class's order
        for name, made in (("left", Policy(Act.NEVER)), ("right", always))
    )
    code = FieldPath("Code", ("Code",))
    match = MatchRule((MatchPair({"left": code, "right": code}, None, None),), "link", False, AT)  # noqa: FBT003  likewise
    return CompiledMapping(
        "bench", "", (left, right), {}, (match,), rules, (), (), "left", "review", Drift.RESTORE, "digest", AT
    )


def _pair(name: str) -> Pair:
    path = FieldPath(name, (name,))
    ends = [End(side, "bench", described(side).fields[name]) for side in ("left", "right")]
    return Pair(
        key=f"left.{name}=right.{name}", paths={"left": path, "right": path}, conversion=identity(*ends),
        conflict="left", clears=True, default=None, when=None, link=None, pii=False, note="", digest=name, at=AT,
    )  # fmt: skip


@dataclass
class Bench:
    """One open store and both peers."""

    url: str
    database: Database
    peers: dict[str, Peer]

    def run(self, *, full: bool = False) -> Report:
        """Make one run, letting the first plan through."""
        epoch = lease.acquire(self.database, "run", "bench", timedelta(hours=1))
        joined, endpoints = join(self.database, epoch, self.peers, (mapping(),))
        run = Run(
            f"run{epoch}", epoch, "bench", "bench", self.database, joined, endpoints, structlog.get_logger(),
            "2026-01-01", self.database.now(),
        )  # fmt: skip
        try:
            report = run_passes(run, WIDE, Reading(full=full))
            if report.stopped is not None:
                report = apply_plan(run, report.stopped[0], WIDE, allow=["first-run"], who="bench")
            return report
        finally:
            with self.database.write() as tx:
                lease.release(tx, "run", epoch)


def opened(url: str, store: Path) -> Bench:
    """Open the store and both peers."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    clock = SystemClock()
    peers = {}
    for side in ("left", "right"):
        ports = Ports(MemoryTokens(), MemoryWindows(), clock, structlog.get_logger())
        adapter = BenchAdapter(url, side)
        client = Client(side, adapter.service({}, None), {"token": Secret("t")}, ports)
        connection = adapter.open({}, Tools(client, clock.now, structlog.get_logger()))
        peers[side] = Peer(side, "bench", connection, connection.organisation())
    database = Database.open(f"sqlite:///{store}", clock=lambda: datetime.now(UTC), project_folder=store.parent)
    return Bench(url, database, peers)


def main() -> None:
    """Run one phase: first, settle, change (after an outside edit of 1 %), full, incremental."""
    phase, url, store = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    bench = opened(url, store)
    if phase == "incremental":
        bench.run()  # statements are compiled once a process, as in a worker that runs again and again
    calls = _calls(url)
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    report = bench.run(full=phase in {"change", "full"})
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    done = {f"{verb} {end}": count for (verb, end), count in report.endings.items()}
    figures = {
        "phase": phase,
        "seconds": seconds,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_mb": after.ru_maxrss / 1024,
        "calls": _calls(url) - calls - 1,
        "endings": done,
    }
    print(json.dumps(figures))
    bench.database.close()


def _calls(url: str) -> int:
    return int(httpx.get(f"{url}/calls").json()["calls"])


if __name__ == "__main__":
    main()
