"""run --metrics: OpenMetrics text whose figures are the systems' own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from system.cli.desk import Desk
from system.northwind.stage import sandbox
from tieout.report.metrics import _HELP

SAMPLE = re.compile(r'([a-z_]+)\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)*)\} (-?\d+(?:\.\d+)?)')
Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def figures(desk: Desk) -> Figures:
    """Read the file as the standard says: one block a metric, type and help first, no sample twice, an end."""
    lines = (desk.folder / "figures.prom").read_text("utf-8").split("\n")
    assert lines[-2:] == ["# EOF", ""]
    found: Figures = {}
    blocks: list[str] = []
    for number, line in enumerate(lines[:-2]):
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind == "gauge"
            assert lines[number + 1].startswith(f"# HELP {name} ")
            blocks.append(name)
        elif not line.startswith("# HELP "):
            match = SAMPLE.fullmatch(line)
            assert match is not None, line
            assert match[1] == blocks[-1]
            labels = re.findall(r'([a-z]+)="((?:[^"\\]|\\.)*)"', match[2])
            assert {"project", "environment"} <= dict(labels).keys()
            key = (match[1], frozenset(pair for pair in labels if pair[0] not in {"project", "environment"}))
            assert key not in found
            found[key] = float(match[3])
    assert len(blocks) == len(set(blocks))
    return found


def one(found: Figures, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def test_sx54_the_figures_are_the_systems_own(desk: Desk) -> None:
    desk.account("Acme", "A1")
    desk.account("Twin Ltd", "T1")
    desk.contact("Twin Ltd")
    seen: set[str] = set()
    stopped = desk.run("run", "--metrics", "figures.prom")
    assert stopped.code == 5
    first = figures(desk)
    seen |= {name for name, _ in first}
    assert one(first, "tieout_run_exit_code") == 5
    assert one(first, "tieout_run_stopped") == 1
    assert ("tieout_run_success_timestamp_seconds", frozenset()) not in first
    assert one(first, "tieout_reviews") == 1

    assert desk.run(*desk.run("run", "--json").report["stopped"]["command"].split()[1:]).code in {0, 3}
    assert desk.run("run").code in {0, 3}
    desk.account("Brook", "B1")
    desk.stage.reset()
    ended = desk.run("run", "--json", "--metrics", "figures.prom")
    assert ended.code == 0, ended
    found = figures(desk)
    seen |= {name for name, _ in found}
    assert one(found, "tieout_operations", mapping="customers", verb="create", end="done") == 1
    assert one(found, "tieout_links", mapping="customers") == 2
    assert one(found, "tieout_run_stopped") == 0
    assert one(found, "tieout_unsettled") == 0
    assert one(found, "tieout_connection_up", connection="xero") == 1
    assert one(found, "tieout_audit_entries") == int(ended.report["head"].partition(":")[0])
    for name, system in (("xero", desk.stage.xero), ("salesforce", desk.stage.salesforce)):
        # Salesforce's own counters count writes once more, beside the calls that made them.
        calls = {path: many for path, many in system.calls().items() if path != "writes" and "token" not in path}
        assert one(found, "tieout_calls", connection=name) == sum(calls.values()), str(calls)
    began = one(found, "tieout_run_started_timestamp_seconds")
    assert began <= one(found, "tieout_run_success_timestamp_seconds") <= began + 300
    assert one(found, "tieout_review_oldest_timestamp_seconds") < began
    assert seen <= set(_HELP)
    assert set(_HELP) - seen <= {"tieout_held", "tieout_calls_left"}  # of what holds, and of systems that say
