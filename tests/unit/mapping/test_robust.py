"""Whatever a person writes into a project, the answer is a list of problems; mappings are in `tests/fuzz`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fuzz.spoiling import spoilt
from tieout.problems import Position
from tieout.project import load_project

EXAMPLES = Path(__file__).parents[2] / "schemas"
PROJECT = (EXAMPLES / "full" / "tieout.yaml").read_text("utf-8")


@pytest.mark.parametrize("seed", range(80))
def test_a_spoilt_project_gives_problems(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311  # a replayable test, no secret
    (tmp_path / "tieout.yaml").write_text(spoilt(PROJECT, chance), "utf-8")
    project, problems = load_project(tmp_path, None, {"SF_ID": "x"})
    assert problems, "its folder of mappings is missing at the least"
    assert all(isinstance(problem.at, Position) for problem in problems)
    assert project is None or project.name
