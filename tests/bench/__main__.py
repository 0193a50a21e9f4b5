"""`python -m bench [PAIRS …]`: the engine's phases beside the bare loop, ratios first; 10,000 and 100,000 pairs."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(count: int) -> Iterator[str]:
    """Run the peer in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.server", str(count)], cwd=ROOT / "tests", stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def run(module: str, *arguments: str) -> dict[str, Any]:
    """Run one measurement in a process of its own and give its figures."""
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{module}", *arguments],
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(pairs: int) -> dict[str, Any]:
    """Measure all phases at one size."""
    with tempfile.TemporaryDirectory() as folder, serving(pairs) as url:
        store = str(Path(folder) / "state.db")
        phases = {}
        for phase in ("first", "settle", "incremental"):
            phases[phase] = run("engine", phase, url, store)
        for side in ("left", "right"):
            httpx.post(f"{url}/touch/{side}?every=100")
        phases["change"] = run("engine", "change", url, store)
        phases["full"] = run("engine", "full", url, store)
        phases["incremental"] = run("engine", "incremental", url, store)
        bare = run("bare", url, str(Path(folder) / "bare.db"))
    return {"pairs": pairs, "phases": phases, "bare": bare, "ratios": ratios(pairs, phases, bare)}


def ratios(pairs: int, phases: dict[str, Any], bare: dict[str, Any]) -> dict[str, float]:
    """Set the engine against the bare loop."""
    per_record = bare["cpu"] / bare["records"]
    return {
        "full pass with 1 % changed, CPU per record, times the bare loop": phases["change"]["cpu"]
        / (2 * pairs)
        / per_record,
        "full pass without changes, likewise": phases["full"]["cpu"] / (2 * pairs) / per_record,
        "first load, writes a second": pairs / phases["first"]["seconds"],
        "incremental pass without changes, milliseconds of CPU, two calls included": phases["incremental"]["cpu"]
        * 1000,
        "peak memory, MB": max(phase["peak_mb"] for phase in phases.values()),
    }


def main() -> None:
    """Measure and print."""
    sizes = [int(text) for text in sys.argv[1:]] or [10_000, 100_000]
    for pairs in sizes:
        found = measure(pairs)
        print(f"\n{pairs} pairs")
        for name, figure in found["ratios"].items():
            print(f"  {name:70} {figure:10.1f}")
        for name, phase in found["phases"].items():
            print(f"  {name:12} {phase['seconds']:8.2f} s  {phase['cpu']:8.2f} s CPU  {phase['peak_mb']:6.0f} MB  "
                  f"{phase['calls']:6} calls  {phase['endings']}")  # fmt: skip
        bare = found["bare"]
        print(f"  {'bare loop':12} {bare['seconds']:8.2f} s  {bare['cpu']:8.2f} s CPU  {bare['peak_mb']:6.0f} MB")


if __name__ == "__main__":
    main()
