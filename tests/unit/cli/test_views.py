from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path

import click
import pytest

from tieout.cli.show import clean
from tieout.errors import ObjectForbidden, Unreachable
from tieout.http.redact import Redaction
from tieout.logs import NORMAL, QUIET, make_log
from tieout.report.metrics import Figures, metrics_text, write_whole
from tieout.report.plan_text import operation_lines, plain_json, shown
from tieout.report.run_text import MOST, Styles, run_lines
from tieout.report.run_view import Outcome, Standing, as_json
from tieout.report.tables import table
from tieout.secrets import Secret
from tieout.sync.faults import Place
from tieout.sync.figures import Planning
from tieout.sync.guard import Stop
from tieout.sync.passes import Pass, Report

PLAIN = Styles(str, str, str, str, str)


def outcome(**given: object) -> Outcome:
    planning = Planning(digest="d" * 64, counts={"customers": Counter({"create in books": 2})}, wire=2)
    planning.effect = {"receivables": {"GBP": Decimal("1234.5")}, "revenue": {"200 GBP": Decimal(-3)}}
    one = Pass("d" * 64, planning)
    one.applying.endings = Counter({("create", "done"): 1, ("create", "stale"): 1})
    one.applying.by_mapping = Counter({("customers", "create", "done"): 1, ("customers", "create", "stale"): 1})
    values: dict[str, object] = {
        "run": "r1",
        "command": "run",
        "environment": "dev",
        "project": 'ac"me\\',
        "started": "2026-01-31T12:00:00Z",
        "seconds": 1.25,
        "report": Report(passes=[one]),
        "faults": {},
        "refused": {},
        "dormant": (),
        "holds": (),
        "reviews": (),
        "failures": (),
        "exit_code": 0,
    }
    return Outcome(**{**values, **given})  # type: ignore[arg-type]  # names checked by the call itself


def text(made: Outcome) -> str:
    return "\n".join(run_lines(made, PLAIN))


def test_a_report_counts_passes_ends_and_the_books() -> None:
    told = text(outcome())
    assert "create in books 2" in told
    assert "done 1, stale 1" in told
    assert "GBP  +1,234.50" in told
    assert "GBP      -3.00" in told
    assert told.splitlines()[-1] == "done: 1 done, 0 held, 0 questions"


def test_a_stopped_plan_names_the_way_on() -> None:
    stops = [Stop("creates", "customers", "60 creates"), Stop("first-run", "customers", "look")]
    made = outcome(report=Report(stopped=("e" * 64, stops)), exit_code=5)
    assert "tieout apply eeeeeeeeeeee --allow creates,first-run" in text(made)
    assert as_json(made)["stopped"] == {
        "plan": "e" * 64,
        "guards": [
            {"guard": "creates", "mapping": "customers", "message": "60 creates"},
            {"guard": "first-run", "mapping": "customers", "message": "look"},
        ],
        "command": "tieout apply eeeeeeeeeeee --allow creates,first-run",
        "count": 0,
        "operations": [],
    }


def test_what_stands_is_told_once_and_then_counted() -> None:
    new = Standing("customers/crm:1", "books.Name", "locked", "it is paid", ("void it",), new=True)
    old = Standing("customers/crm:2", "books.Name", "locked", "it is paid")
    quiet = Standing("customers/crm:3", "", "waiting", "for a request", quiet=True, new=True)
    asked = Standing(
        "customers/crm:4", "match", "match", "which one?", id=7, new=True, choices={"a": "A", "none": "no"}
    )
    told = text(outcome(holds=(new, old, quiet), reviews=(asked,), exit_code=3))
    assert "customers/crm:1 books.Name [locked]  it is paid" in told
    assert "way out: void it" in told
    assert "customers/crm:2" not in told
    assert "1 held since earlier" in told
    assert "customers/crm:3" not in told
    assert "tieout review answer 7 a|none" in told
    assert told.splitlines()[-1] == "exit 3: 1 done, 2 held, 1 question"


def test_what_was_carried_out_with_a_warning_is_told_as_far_as_anybody_reads() -> None:
    one = Standing("customers/books:1", "", "done", "the note in its history failed: 500", partner="customers/crm:1")
    made = outcome(warned=(one,))
    assert "warned  customers/books:1  the note in its history failed: 500" in text(made).splitlines()
    assert as_json(made)["warnings"] == [
        {"record": one.record, "partner": "customers/crm:1", "message": "the note in its history failed: 500"}
    ]
    many = text(outcome(warned=(one,) * (MOST + 2)))
    assert many.count("warned  customers/books:1") == MOST
    assert "… and 2 more warnings: --json lists all" in many


def test_faults_and_what_they_leave_out_are_told() -> None:
    fault = Unreachable("no answer", mend="try later")
    made = outcome(
        faults={Place("xero"): fault}, refused={"customers": "xero: no answer"}, dormant=(("old", 1),), exit_code=75
    )
    told = text(made)
    assert "Unreachable  xero: no answer\n  next: try later" in told
    assert "left out  customers: xero: no answer" in told
    assert "old: no mapping any more; its 1 link rest" in told


def test_metrics_are_prometheus_text() -> None:
    figures = Figures("1.2", 12.5, ("salesforce", "xero"), {"xero": 7}, {("xero", 86400): 4990}, unsettled=0)
    faults = {Place("xero"): Unreachable("x"), Place("salesforce", "Task"): ObjectForbidden("y")}
    lines = metrics_text(outcome(faults=faults), figures).splitlines()
    assert lines[-1] == "# EOF"
    samples = [line for line in lines if not line.startswith("#")]
    labels = 'project="ac\\"me\\\\",environment="dev"'
    assert f"tieout_run_exit_code{{{labels}}} 0" in samples
    assert f'tieout_operations{{{labels},mapping="customers",verb="create",end="stale"}} 1' in samples
    assert f'tieout_calls_left{{{labels},connection="xero",window="86400"}} 4990' in samples
    assert f'tieout_connection_up{{{labels},connection="xero"}} 0' in samples
    assert f'tieout_connection_up{{{labels},connection="salesforce"}} 1' in samples, "one object is not the connection"
    names = [line.split("{")[0] for line in samples]
    assert [line.split()[2] for line in lines if line.startswith("# TYPE")] == list(dict.fromkeys(names))


def test_a_run_that_could_not_begin_claims_nothing_of_what_stands() -> None:
    told = metrics_text(outcome(run="", exit_code=1), Figures("1.2", 12.5, ("xero",), unsettled=2))
    for name in ("tieout_holds", "tieout_reviews", "tieout_new", "tieout_connection_up"):
        assert name not in told
    assert "tieout_unsettled" in told
    assert "tieout_run_exit_code" in told


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "figures.prom"
    write_whole(target, "one")
    write_whole(target, "two")
    assert target.read_text() == "two"
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(UnicodeEncodeError):
        write_whole(target, "\ud800")
    assert target.read_text() == "two"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_cannot_be_written_is_named_and_not_its_draft(tmp_path: Path) -> None:
    target = tmp_path / "gone" / "figures.prom"
    with pytest.raises(OSError, match="No such file") as refused:
        write_whole(target, "one")
    assert refused.value.filename == str(target)


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    elsewhere, target = tmp_path / "shared.prom", tmp_path / "figures.prom"
    elsewhere.write_text("old")
    target.symlink_to(elsewhere)
    write_whole(target, "new")
    assert target.is_symlink()
    assert elsewhere.read_text() == "new"


def test_an_operation_is_shown_field_by_field() -> None:
    view = {
        "do": "update in books",
        "source": "customers/crm:1",
        "record": "customers/books:2",
        "title": "Acme",
        "why": "it changed",
        "fields": {
            "Name": {"before": "Acme", "after": "Acme Ltd", "why": "crm changed", "overrides": "ACME"},
            "Due": {"after": Decimal("10.50"), "why": "new", "currency": "GBP"},
        },
        "lists": {"Lines": {"rows": "2", "why": "x", "added": [{"Quantity": Decimal(1), "Code": None}], "changed": [
            {"id": "a", "Price": {"before": Decimal(1), "after": Decimal(2)}}], "removed": "1"}},
    }  # fmt: skip
    lines = list(operation_lines(view, strong=str, dim=str))  # type: ignore[arg-type]  # a view is JSON
    assert lines[0] == "update in books  customers/books:2  Acme  it changed"
    assert lines[1].split() == ["Name", "Acme", "→", "Acme", "Ltd", "crm", "changed;", "overrides", "ACME"]
    assert lines[2].split() == ["Due", "10.50", "GBP", "new"]
    assert lines[3].split() == ["Lines", "2", "rows:", "1", "added,", "1", "changed,", "1", "removed"]
    assert lines[4:] == ["      + Quantity 1", "      ~ Price 1 → 2"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "(blank)"),
        ("", "(blank)"),
        (Decimal("5.10"), "5.1"),
        (True, "true"),
        ({"a": Decimal(1)}, '{"a":1}'),
        ("one\ntwo", "one ⏎ two"),
        ("x" * 100, "x" * 69 + "…"),
    ],
)
def test_a_value_is_shown_in_one_line(value: object, told: str) -> None:
    assert shown(value) == told  # type: ignore[arg-type]  # every kind of value


def test_amounts_are_text_for_programs() -> None:
    assert plain_json({"a": Decimal("0.10"), "b": [Decimal("1E+2")]}) == {"a": "0.1", "b": ["100"]}


def test_a_table_keeps_a_row_in_a_line_where_nobody_looks() -> None:
    rows = [["a", "x" * 200], ["long name", click.style("y", fg="red")]]
    lines = table(["one", "two"], rows, width=None, colour=False).splitlines()
    assert len(lines) == 3
    assert all("\x1b" not in line and line == line.rstrip() for line in lines)
    assert lines[2].index("y") == lines[0].index("two")


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_fits_a_terminal(width: int) -> None:
    rows = [["name", "word " * 60]]
    lines = table(["one", "two"], rows, width=width, colour=True).splitlines()
    assert len(lines) > 2
    assert all(len(click.unstyle(line)) <= width for line in lines)


def test_strangers_text_commands_no_terminal() -> None:
    told = clean("a\x1b]0;title\x07b\x9bc")
    assert told.split("\N{REPLACEMENT CHARACTER}") == ["a", "]0;title", "b", "c"]
    assert clean("\x1b[31mred\x1b[0m") == "\x1b[31mred\x1b[0m"
    assert clean("Çafé\tx") == "Çafé\tx"


def test_logs_are_json_lines_without_secrets() -> None:
    out = StringIO()
    log = make_log(Redaction([Secret("hush-hush-hush")]), NORMAL, out).bind(run="r1")
    log.info("request", path="/a?token=hush-hush-hush", connection="xero")
    log.bind(mapping="customers").warning("again", why="hush-hush-hush")
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert "hush" not in out.getvalue()
    assert list(first)[:4] == ["timestamp", "level", "event", "run"]
    assert (second["run"], second["mapping"], second["level"]) == ("r1", "customers", "warning")


def test_a_quiet_log_keeps_warnings() -> None:
    out = StringIO()
    log = make_log(Redaction(), QUIET, out)
    log.info("request")
    log.warning("again")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["again"]
