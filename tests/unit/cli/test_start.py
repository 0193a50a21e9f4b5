from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tieout.exits import worst
from tieout.session import Session, load

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


PROJECT = """
tieout: 1
project: small
store: sqlite:state.db
connections:
  crm: {adapter: salesforce, organisation: 00D000000000001AAA}
  books: {adapter: xero, organisation: none}
mappings: [{use: salesforce-xero}]
"""
OF_SYSTEMS = {
    "httpx",
    "cryptography",
    "tieout.http.client",
    "tieout.vault",
    "tieout.sync.passes",
    "tieout.mapping.check",
}
OF_LATE = {"structlog", "rich", "rapidfuzz", "babel"}
"""Of a line of the log, of a table, of a word that nothing answers to, of an amount."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project whose store is made."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "tieout.yaml").write_text(PROJECT, "utf-8")
    with Session(load(folder, None, {}), {}):
        return folder


@pytest.mark.parametrize("words", [["review", "list"], ["audit", "log"], ["audit", "verify"]])
def test_who_looks_at_the_store_alone_imports_nothing_of_the_systems(project: Path, words: list[str]) -> None:
    modules = imported(["-C", str(project), *words])
    assert "sqlalchemy" in modules
    assert modules & (OF_SYSTEMS | OF_LATE) == set()


@pytest.mark.parametrize("words", [["status"], ["audit", "access"]])
def test_what_is_needed_late_is_imported_late(project: Path, words: list[str]) -> None:
    modules = imported(["-C", str(project), *words])
    assert "tieout.session" in modules
    assert modules & {"httpx", "structlog", "rapidfuzz", "tieout.http.client", "tieout.sync.passes"} == set()


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
