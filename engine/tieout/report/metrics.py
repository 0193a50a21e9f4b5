"""The figures of a run in OpenMetrics text, which Prometheus and its node exporter read: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tieout.store.instants import unstamp
from tieout.sync.faults import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tieout.report.run_view import Outcome, Standing
    from tieout.store.overview import PairRow

_HELP = {
    "tieout_build_info": "Version of Tieout; always 1.",
    "tieout_run_exit_code": "Exit code of the last run.",
    "tieout_run_started_timestamp_seconds": "When the last run started.",
    "tieout_run_duration_seconds": "How long it took.",
    "tieout_run_success_timestamp_seconds": "When a run last ended with exit code 0; missing: never.",
    "tieout_run_passes": "Passes that it made.",
    "tieout_run_converged": "1 if its last pass had nothing left to write.",
    "tieout_run_stopped": "1 if a guard stopped its plan.",
    "tieout_operations": "Operations of the last run by mapping, verb and end.",
    "tieout_links": "Active links of a mapping.",
    "tieout_fields_differing": "Fields that are stored differently on the two sides, by mapping.",
    "tieout_holds": "Holds that stand, waiting ones apart.",
    "tieout_holds_waiting": "Holds that wait for something normal: no person is needed.",
    "tieout_held": "Holds that stand, waiting ones apart, by mapping and code.",
    "tieout_reviews": "Questions that are open.",
    "tieout_review_oldest_timestamp_seconds": "Since when the oldest open question waits; missing: none is open.",
    "tieout_new": "New failures, holds and questions.",
    "tieout_unsettled": "Writes whose fate is not known yet.",
    "tieout_connection_up": "1 if the connection worked.",
    "tieout_calls": "Calls of the last run to a connection, tokens apart.",
    "tieout_calls_left": "Calls that the system says are left to us in the window of so many seconds.",
    "tieout_audit_entries": "Entries of the audit log.",
}

Sample = tuple[str, dict[str, str], str]


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known beside a run's outcome."""

    version: str
    started: float
    """Seconds since 1970."""
    connections: tuple[str, ...]
    calls: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[tuple[str, int], int] = field(default_factory=dict)
    """(Connection, seconds of the window) -> calls."""
    pairs: Sequence[PairRow] = ()
    unsettled: int | None = None
    succeeded: str | None = None


def metrics_text(outcome: Outcome, figures: Figures) -> str:
    """Write OpenMetrics text, of the kind that readers of Prometheus' older format take, too."""
    lines: list[str] = []
    last = ""
    for name, labels, value in _samples(outcome, figures):
        if name != last:
            lines += [f"# TYPE {name} gauge", f"# HELP {name} {_HELP[name]}"]
            last = name
        all_labels = {"project": outcome.project, "environment": outcome.environment, **labels}
        told = ",".join(f'{key}="{_escaped(text)}"' for key, text in all_labels.items())
        lines.append(f"{name}{{{told}}} {value}")
    return "\n".join([*lines, "# EOF"]) + "\n"


def _samples(outcome: Outcome, figures: Figures) -> Iterator[Sample]:
    yield "tieout_build_info", {"version": figures.version}, "1"
    yield from _of_run(outcome, figures)
    yield from _of_state(outcome, figures)
    for name in figures.connections if outcome.run else ():  # of a run that could not begin nothing is known of them
        yield "tieout_connection_up", {"connection": name}, str(int(Place(name) not in outcome.faults))
    for name in figures.connections:
        yield "tieout_calls", {"connection": name}, str(figures.calls.get(name, 0))
    for (name, seconds), left in figures.left.items():
        yield "tieout_calls_left", {"connection": name, "window": str(seconds)}, str(left)
    if outcome.head:
        yield "tieout_audit_entries", {}, outcome.head.partition(":")[0]


def _of_run(outcome: Outcome, figures: Figures) -> Iterator[Sample]:
    yield "tieout_run_exit_code", {}, str(outcome.exit_code)
    yield "tieout_run_started_timestamp_seconds", {}, f"{figures.started:.3f}"
    yield "tieout_run_duration_seconds", {}, f"{outcome.seconds:.3f}"
    if figures.succeeded is not None:
        yield "tieout_run_success_timestamp_seconds", {}, _seconds(figures.succeeded)
    yield "tieout_run_passes", {}, str(len(outcome.report.passes))
    yield "tieout_run_converged", {}, str(int(outcome.report.converged))
    yield "tieout_run_stopped", {}, str(int(outcome.report.stopped is not None))
    ended: Counter[tuple[str, str, str]] = Counter()
    for one in outcome.report.passes:
        ended += one.applying.by_mapping
    for (mapping, verb, end), many in sorted(ended.items()):
        yield "tieout_operations", {"mapping": mapping, "verb": verb, "end": end}, str(many)


def _of_state(outcome: Outcome, figures: Figures) -> Iterator[Sample]:
    for row in figures.pairs:
        yield "tieout_links", {"mapping": row.label}, str(row.links)
    for row in figures.pairs:
        yield "tieout_fields_differing", {"mapping": row.label}, str(row.differs)
    if outcome.run:
        yield from _of_standing(outcome)
    if figures.unsettled is not None:
        yield "tieout_unsettled", {}, str(figures.unsettled)


def _of_standing(outcome: Outcome) -> Iterator[Sample]:
    """Give what stands; a run that could not begin has not looked, and nought would be no figure but a claim."""
    loud = [one for one in outcome.holds if not one.quiet]
    yield "tieout_holds", {}, str(len(loud))
    yield "tieout_holds_waiting", {}, str(len(outcome.holds) - len(loud))
    for (mapping, code), many in sorted(Counter(_kind(one) for one in loud).items()):
        yield "tieout_held", {"mapping": mapping, "code": code}, str(many)
    yield "tieout_reviews", {}, str(len(outcome.reviews))
    if oldest := min((one.since for one in outcome.reviews if one.since), default=""):
        yield "tieout_review_oldest_timestamp_seconds", {}, _seconds(oldest)
    yield "tieout_new", {}, str(outcome.report.new)


def _kind(one: Standing) -> tuple[str, str]:
    return one.record.partition("/")[0], one.code


def _seconds(at: str) -> str:
    return f"{unstamp(at).timestamp():.3f}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have a failure to write a file name that file, and not the draft beside it; raises OSError."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never a half; raises OSError.

    A link stays: what it points to is replaced.
    """
    with naming(path):
        _write_whole(path.resolve(), text)


def _write_whole(path: Path, text: str) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(draft).unlink()
        raise
