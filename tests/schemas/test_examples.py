"""Drop a file in `positive/` or `negative/`, and it is a test.

A file may say, in comments, which other files of `positive/` stand in the same project (`# with: customers.yaml`). Each
line `# expect: LINE:COLUMN SEVERITY[CODE] …words` names one problem; the words must be in its message, mend or nearest.
All expected problems are found, and no other. A file named `trap-…` in `negative/` has its mended form under the same
name in `positive/`; `# mended: TEXT` is what the checker offers and what the mended file holds.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas.world import check
from tieout.finding import Severity
from tieout.problems import Problem

HERE = Path(__file__).parent
POSITIVE = sorted((HERE / "positive").glob("*.yaml"))
NEGATIVE = sorted((HERE / "negative").glob("*.yaml"))
EXPECT = re.compile(
    r"^# expect: (?P<place>\d+:\d+) (?P<severity>\w+)\[(?P<code>[\w-]+)\](?: (?P<words>.*))?$", re.MULTILINE
)


def companions(text: str) -> list[str]:
    named = re.findall(r"^# with: (.*)$", text, re.MULTILINE)
    return [(HERE / "positive" / name.strip()).read_text("utf-8") for line in named for name in line.split(",")]


def found_in(path: Path) -> list[Problem]:
    text = path.read_text("utf-8")
    checked = check(text, *companions(text))
    return [problem for problem in checked.problems if problem.at is None or problem.at.file == "mapping.yaml"]


def shown(problem: Problem) -> tuple[str, str, str]:
    place = f"{problem.at.line}:{problem.at.column}" if problem.at else "-"
    return place, problem.severity.value, problem.code


@pytest.mark.parametrize("path", POSITIVE, ids=lambda path: path.stem)
def test_a_right_file_has_no_problem_but_those_it_names(path: Path) -> None:
    expected = [(one["place"], one["severity"], one["code"]) for one in EXPECT.finditer(path.read_text("utf-8"))]
    found = found_in(path)
    assert [shown(problem) for problem in found] == expected, found
    assert not any(problem.severity is Severity.ERROR for problem in found)


@pytest.mark.parametrize("path", NEGATIVE, ids=lambda path: path.stem)
def test_a_wrong_file_has_exactly_the_problems_it_names(path: Path) -> None:
    expected = list(EXPECT.finditer(path.read_text("utf-8")))
    assert expected, "a negative file names what is wrong with it"
    found = found_in(path)
    assert [shown(problem) for problem in found] == [
        (one["place"], one["severity"], one["code"]) for one in expected
    ], found
    for problem, one in zip(found, expected, strict=True):
        said = " ".join([problem.message, problem.mend, *problem.nearest])
        assert (one["words"] or "") in said


@pytest.mark.parametrize("path", NEGATIVE, ids=lambda path: path.stem)
def test_every_problem_shows_its_place_and_its_mend(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    for problem in found_in(path):
        assert problem.message
        assert problem.at is not None
        assert problem.at.line <= len(lines)
        assert problem.at.column <= len(lines[problem.at.line - 1]) + 1


@pytest.mark.parametrize(
    "path", [path for path in NEGATIVE if path.stem.startswith("trap-")], ids=lambda path: path.stem
)
def test_the_mend_of_a_trap_is_what_the_mended_file_says(path: Path) -> None:
    offered = re.findall(r"^# mended: (.*)$", path.read_text("utf-8"), re.MULTILINE)
    mended = (HERE / "positive" / path.name).read_text("utf-8")
    said = " ".join(f"{problem.message} {problem.mend} {' '.join(problem.nearest)}" for problem in found_in(path))
    assert offered
    for text in offered:
        assert text in said
        assert text in mended
