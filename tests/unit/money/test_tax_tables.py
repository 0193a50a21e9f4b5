"""Tax tables: which ship, for whom, from when until when, and what is wrong with one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from tieout.finding import Severity
from tieout.money import tax_files
from tieout.money.tax import Entry, TaxTable, table_for
from tieout.money.tax_files import read_tax_file, shipped
from tieout.problems import Position
from tieout.resources import schemas

FILES = sorted(Path(tax_files.__file__).with_name("tax_tables").glob("*.yaml"))
AT = Position("tieout.yaml", 3, 5)
GOOD = """\
tax_table: ours
version: 1
adapter: xero
sources: {list: our own list of tax rates}
classes:
  standard:
    - {type: TAX001, percent: "19", until: "2026-06-30", source: list}
    - {type: TAX002, percent: "21", from: "2026-07-01", source: list}
  zero_rated:
    - {type: TAX003, percent: "0", source: list}
"""


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_table_that_ships_is_right_by_the_schema_that_ships(file: Path) -> None:
    schema = json.loads((schemas() / "tax-table.schema.json").read_text("utf-8"))
    assert list(Draft7Validator(schema).iter_errors(YAML(typ="safe").load(file.read_text("utf-8")))) == []


def test_the_tables_that_ship_are_read() -> None:
    assert [table.name for table in shipped()] == ["au", "global", "nz", "sg", "uk", "za"]
    assert {file.stem for file in FILES} == {table.name for table in shipped()}


@pytest.mark.parametrize(
    ("edition", "country", "name"),
    [
        ("UK", "GB", "uk"),
        ("UKONRAMP", "GB", "uk"),
        ("AU", "AU", "au"),
        ("NZ", "NZ", "nz"),
        ("GLOBAL", "IE", "global"),
        ("GLOBAL", "ZA", "za"),
        ("GLOBAL", "SG", "sg"),
        ("US", "US", None),
    ],
)
def test_an_organisation_has_the_table_of_its_country_or_else_of_its_edition(
    edition: str, country: str, name: str | None
) -> None:
    found = table_for(shipped(), "xero", edition, country)
    assert (found.name if found else None) == name
    assert table_for(shipped(), "another", edition, country) is None


def named(name: str) -> TaxTable:
    return next(table for table in shipped() if table.name == name)


@pytest.mark.parametrize(
    ("table", "class_", "day", "type_"),
    [
        ("uk", "standard", "2026-04-01", "OUTPUT2"),
        ("uk", "Reverse charge", "2026-04-01", "DRCHARGESUPPLY20"),
        ("uk", " zero ", "2026-04-01", "ZERORATEDOUTPUT"),
        ("nz", "standard", "2026-04-01", "OUTPUT2"),
        ("au", "standard", "2026-04-01", "OUTPUT"),
        ("sg", "standard", "2023-12-31", "OUTPUTY23"),
        ("sg", "standard", "2024-01-01", "OUTPUTY24"),
        ("sg", "standard", "2022-12-31", None),
        ("za", "reduced", "2026-04-01", None),
    ],
)
def test_a_class_has_a_tax_type_by_table_and_day(table: str, class_: str, day: str, type_: str | None) -> None:
    found = named(table).find(class_, day)
    assert (found.type if found else None) == type_


def test_one_code_means_other_rates_in_other_tables() -> None:
    found = [named(table).find("standard", "2026-04-01") for table in ("uk", "nz", "global")]
    told = [(entry.type, None if entry.percent is None else str(entry.percent)) for entry in found if entry is not None]
    assert told == [("OUTPUT2", "20"), ("OUTPUT2", "15"), ("OUTPUT", None)]


def write(folder: Path, text: str) -> tuple[TaxTable | None, list[tuple[str, int | None]]]:
    (folder / "ours.yaml").write_text(text, "utf-8")
    table, problems = read_tax_file(folder, "ours.yaml", AT)
    assert all(problem.severity is Severity.ERROR for problem in problems)
    return table, [(problem.code, problem.at.line if problem.at else None) for problem in problems]


def test_a_table_of_the_projects_own(tmp_path: Path) -> None:
    table, problems = write(tmp_path, GOOD)
    assert problems == []
    assert table is not None
    assert table.fits("xero", "whatever", "XX")
    assert [table.find("standard", day) for day in ("2026-06-30", "2026-07-01")] == list(table.classes["standard"])
    assert isinstance(table.find("zero rated", "2026-01-01"), Entry)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ('from: "2026-07-01"', 'from: "2026-06-30"', "tax-type-twice", 8),
        ('from: "2026-07-01", ', "", "tax-type-twice", 8),
        ("source: list}\n    - {type: TAX002", "source: lost}\n    - {type: TAX002", "unknown-tax-source", 7),
        ('percent: "19"', "percent: 19", "wrong-type", 7),
        ("type: TAX001", "code: TAX001", "unknown-key", 7),
        ("adapter: xero\n", "", "missing-key", 1),
        ("version: 1", "version: 2", "wrong-value", 2),
        ('until: "2026-06-30"', 'until: "2026-06-31"', "wrong-form", 7),
        ('from: "2026-07-01"', 'from: "2027-02-29"', "wrong-form", 8),
        ('from: "2026-07-01"', 'from: "2026-07-01", until: "2026-01-01"', "wrong-form", 8),
        ("zero_rated", "Standard", "tax-type-twice", 10),
    ],
)
def test_what_is_wrong_with_a_table_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, code: str, line: int
) -> None:
    table, problems = write(tmp_path, GOOD.replace(old, new, 1))
    assert table is None
    assert (code, line) in problems


@pytest.mark.parametrize("name", ["missing.yaml", "../outside.yaml"])
def test_a_table_is_a_file_below_the_project(tmp_path: Path, name: str) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "outside.yaml").write_text(GOOD, "utf-8")
    table, (problem,) = read_tax_file(tmp_path / "project", name, AT)
    assert table is None
    assert (problem.code, problem.at) == ("unreadable-file", AT)
