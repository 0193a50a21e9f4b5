"""What a scenario may say: whatever else stands there is named with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.reading import FILE, PACKS, UnreadableError, called, folders, read

GOOD = """\
row: SX-30
title: A deal becomes an invoice
story: Acme buys something, and somebody sends an invoice for it in the other system.
before:
  salesforce:
    Account:
      acme: {Name: Acme}
  xero: empty
steps:
  - type: tieout plan customers/crm:<acme>
    exit: 0
after:
  salesforce:
    Account:
      acme: {}
  xero:
    Contact: none
"""
PLAN = "  - type: tieout plan customers/crm:<acme>\n    exit: 0\n"
EXIT = "    exit: 0\n"
BOOKS = "  xero: empty\n"
WRONG = {
    "a key that there is not": (EXIT, f"{EXIT}    show: [x]\n", "12:5: there is no key 'show' here"),
    "a command that expects nothing": (EXIT, "", "10:5: 'exit' is a dependency of 'type'"),
    "a step of two kinds": (EXIT, f"{EXIT}    project: {{a: b}}\n", "a step is of one kind, not 2: type, project"),
    "a step of no kind": (PLAN, f"  - say: Nothing happens.\n{PLAN}", "10:5: this step does nothing"),
    "a name that nothing has": ("crm:<acme>", "crm:<acne>", "10:37: nothing is named 'acne' here (nearest: acme)"),
    "a name twice": (BOOKS, "  xero: {Contact: {acme: {Name: A}}}\n", "8:20: there is a record 'acme' already"),
    "a record of nothing": ("    Contact: none", "    Contact: {beta: {}}", "17:15: by what is 'beta' found?"),
    "a side that is not there": (BOOKS, f"{BOOKS}  spotlercrm: empty\n", "9:3: this scenario has no spotlercrm"),
    "a side that is missing": (BOOKS, "", "xero is missing before"),
    "another row": ("row: SX-30", "row: SX-31", "1:6: the folder's name does not begin with sx-31-"),
    "output that is not there": (EXIT, f"{EXIT}    output: plan.txt\n", "10:5: there is no plan.txt"),
    "no command": (PLAN, "  - xero: [{lock: {}}]\n", "nobody types a command here"),
}


def written(folder: Path, text: str) -> Path:
    path = folder / "salesforce-xero" / "sx-30-something"
    path.mkdir(parents=True)
    (path / FILE).write_text(text, "utf-8")
    return path


def test_a_scenario_is_read(tmp_path: Path) -> None:
    scenario = read(written(tmp_path, GOOD))
    assert (scenario.pack, scenario.row, len(scenario.steps)) == ("salesforce-xero", "SX-30", 1)
    assert called(scenario.folder) == "sx30-something"


@pytest.mark.parametrize(("old", "new", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    folder = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(UnreadableError) as caught:
        read(folder)
    assert f"salesforce-xero/sx-30-something/{FILE}:" in str(caught.value)
    assert told in str(caught.value)


def test_a_file_that_no_step_prints_is_named(tmp_path: Path) -> None:
    folder = written(tmp_path, GOOD)
    (folder / "old.txt").write_text("nothing to do\n", "utf-8")
    with pytest.raises(UnreadableError, match=r"no step has old\.txt as its output"):
        read(folder)


def numbered(kind: str, *spans: tuple[int, int]) -> set[str]:
    return {f"{kind}-{number:02}" for first, last in spans for number in range(first, last + 1)}


SHOWN = {
    "salesforce-xero": numbered("SX", (1, 8), (10, 11), (20, 23), (30, 35), (60, 63), (66, 66))
    | numbered("PX", (1, 2), (10, 13), (20, 22), (30, 35)),
}
"""Pack -> the rows that have a folder."""


@pytest.mark.parametrize("pack", SHOWN)
def test_every_row_of_a_pack_has_a_folder(pack: str) -> None:
    assert {read(folder).row for folder in folders(pack)} >= SHOWN[pack]


@pytest.mark.parametrize("pack", PACKS)
def test_every_folder_can_be_read(pack: str) -> None:
    assert [read(folder).pack for folder in folders(pack)] == [pack] * len(folders(pack))
