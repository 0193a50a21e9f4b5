"""Whatever a person writes, the answer is a list of problems: no exception, no endless loop."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from schemas.world import check
from tieout.problems import Position
from tieout.project import load_project

EXAMPLES = Path(__file__).parents[2] / "schemas"
TEXTS = [
    *((EXAMPLES / "positive" / f"{name}.yaml").read_text("utf-8") for name in ("customers", "invoices", "products")),
    (EXAMPLES / "full" / "mapping.yaml").read_text("utf-8"),
]
PROJECT = (EXAMPLES / "full" / "tieout.yaml").read_text("utf-8")
PIECES = [
    "{", "}", "[", "]", ":", ",", '"', "'", "!", "&", "*", "#", "|", "\t", "\n", "0", "null", "true", "crm.",
    "books.", "crm", "books", "from: ", "when: ", "link: ", "as: ", "x", "~", "`5`", "5", "-", "settings.",
    "parent.crm.Id", "\u00e9",
]  # fmt: skip


def spoilt(text: str, chance: random.Random) -> str:
    """Damage a text in one to four places."""
    for _ in range(chance.randint(1, 4)):
        lines = text.splitlines()
        place = chance.randrange(len(text))
        match chance.randrange(6):
            case 0:
                text = text[:place] + chance.choice(PIECES) + text[place:]
            case 1:
                text = text[:place] + text[place + chance.randint(1, 6) :]
            case 2:
                del lines[chance.randrange(len(lines))]
                text = "\n".join(lines) + "\n"
            case 3:
                lines.insert(chance.randrange(len(lines)), chance.choice(lines))
                text = "\n".join(lines) + "\n"
            case 4:
                one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
                lines[one], lines[other] = lines[other], lines[one]
                text = "\n".join(lines) + "\n"
            case _:
                words = text.split(" ")
                words[chance.randrange(len(words))] = chance.choice(PIECES)
                text = " ".join(words)
    return text


@pytest.mark.parametrize("seed", range(120))
def test_a_spoilt_mapping_gives_problems_at_places(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a replayable test, no secret
    text = spoilt(chance.choice(TEXTS), chance)
    count = len(text.splitlines()) + 1
    for problem in check(text).problems:
        assert problem.message
        assert problem.at is None or 1 <= problem.at.line <= count


@pytest.mark.parametrize("seed", range(80))
def test_a_spoilt_project_gives_problems(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311  # as above
    (tmp_path / "tieout.yaml").write_text(spoilt(PROJECT, chance), "utf-8")
    project, problems = load_project(tmp_path, None, {"SF_ID": "x"})
    assert problems, "its folder of mappings is missing at the least"
    assert all(isinstance(problem.at, Position) for problem in problems)
    assert project is None or project.name
