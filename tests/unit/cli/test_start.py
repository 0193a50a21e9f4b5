from __future__ import annotations

import subprocess
import sys

import pytest

from tieout.exits import worst

HEAVY = ("sqlalchemy", "httpx", "rich", "structlog", "cryptography", "jsonschema", "ruamel", "uvicorn", "alembic",
         "rapidfuzz", "pluggy")  # fmt: skip


def imported(words: list[str]) -> set[str]:
    code = f"""
import sys
from tieout.cli import main
try:
    main({words!r})
except SystemExit:
    print("imported", *sorted(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_the_help_imports_no_command_and_nothing_heavy(words: list[str]) -> None:
    modules = imported(words)
    assert modules.isdisjoint(HEAVY)
    assert {name for name in modules if name.startswith("tieout.cli.")} == {
        "tieout.cli.asked",
        "tieout.cli.group",
        "tieout.cli.outcome",
        "tieout.cli.show",
        "tieout.cli.table",
    }


@pytest.mark.parametrize(
    ("codes", "wins"),
    [
        ([], 0),
        ([0, 4], 4),
        ([4, 75], 75),
        ([75, 3], 3),
        ([3, 5], 5),
        ([5, 6], 6),
        ([6, 2], 2),
        ([2, 1], 1),
        ([1, 130], 130),
        ([0, 99], 0),
        ([99], 99),
    ],
)
def test_the_exit_code_that_wins(codes: list[int], wins: int) -> None:
    assert worst(codes) == wins
    assert worst(reversed(codes)) == wins


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tieout"], env={"_TIEOUT_COMPLETE": f"{shell}_source", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "_TIEOUT_COMPLETE" in done.stdout
