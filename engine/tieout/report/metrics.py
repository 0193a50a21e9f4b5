"""The figures of a run for Prometheus' textfile collector: the whole file appears at once or not at all."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tieout.report.run_view import Outcome

_HELP = {
    "tieout_run_exit_code": "Exit code of the last run.",
    "tieout_run_started_timestamp_seconds": "When the last run started.",
    "tieout_run_duration_seconds": "How long it took.",
    "tieout_run_passes": "Passes that it made.",
    "tieout_run_converged": "1 if its last pass had nothing left to write.",
    "tieout_operations": "Operations of the last run by mapping, verb and end.",
    "tieout_holds": "Holds that stand, waiting ones apart.",
    "tieout_reviews": "Questions that are open.",
    "tieout_new": "New failures, holds and questions.",
    "tieout_connection_up": "1 if the connection worked.",
}


def metrics_text(outcome: Outcome, started: float, connections: tuple[str, ...]) -> str:
    """Write the exposition format 0.0.4; `started`: seconds since 1970."""
    lines: list[str] = []
    last = ""
    for name, labels, value in _samples(outcome, started, connections):
        if name != last:
            lines += [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} gauge"]
            last = name
        all_labels = {"project": outcome.project, "environment": outcome.environment, **labels}
        told = ",".join(f'{key}="{_escaped(text)}"' for key, text in all_labels.items())
        lines.append(f"{name}{{{told}}} {value}")
    return "\n".join(lines) + "\n"


def _samples(
    outcome: Outcome, started: float, connections: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, str], str]]:
    yield "tieout_run_exit_code", {}, str(outcome.exit_code)
    yield "tieout_run_started_timestamp_seconds", {}, f"{started:.3f}"
    yield "tieout_run_duration_seconds", {}, f"{outcome.seconds:.3f}"
    yield "tieout_run_passes", {}, str(len(outcome.report.passes))
    yield "tieout_run_converged", {}, str(int(outcome.report.converged))
    ended: Counter[tuple[str, str]] = outcome.report.endings
    for (verb, end), many in sorted(ended.items()):
        yield "tieout_operations", {"verb": verb, "end": end}, str(many)
    yield "tieout_holds", {}, str(sum(not one.quiet for one in outcome.holds))
    yield "tieout_reviews", {}, str(len(outcome.reviews))
    yield "tieout_new", {}, str(outcome.report.new)
    for name in connections:
        yield "tieout_connection_up", {"connection": name}, str(int(name not in outcome.faults))


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never a half; raises OSError."""
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
