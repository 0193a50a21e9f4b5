"""Tables of rates as people write them: what is wrong is told at its line, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tieout.money.rate_sources.files import read_rate_file
from tieout.problems import Position

HEAD = "date,currency,base,rate\n"


def problems(folder: Path, *lines: str) -> list[tuple[int, str]]:
    (folder / "rates.csv").write_text(HEAD + "".join(f"{line}\n" for line in lines), "utf-8")
    _, found = read_rate_file(folder, "rates.csv", Position("tieout.yaml", 1, 1))
    return [(one.at.line if one.at else 0, one.message) for one in found]


@pytest.mark.parametrize("turned", ["2026-11-03,GBP,ARS,1834.25", "2026-11-03,ARS,GBP,0.000545"])
def test_a_rate_the_wrong_way_round_is_told(tmp_path: Path, turned: str) -> None:
    ((line, message),) = problems(tmp_path, "2026-11-02,ARS,GBP,1834.25", turned)
    assert line == 3
    assert message.endswith("is the other way round than in line 2")


@pytest.mark.parametrize(
    "lines",
    [
        ("2026-11-02,ARS,GBP,1834.25", "2026-11-03,GBP,ARS,0.000545"),
        ("2000-01-03,BRL,USD,0.3", "2026-11-02,BRL,USD,3.3"),
        ("2026-11-02,EUR,USD,0.9", "2026-11-03,EUR,USD,1.1"),
        ("1990-01-02,ARS,USD,0.9", "2026-11-02,ARS,USD,1400"),
    ],
)
def test_a_rate_that_has_moved_a_long_way_is_none_of_these(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert problems(tmp_path, *lines) == []


def test_gold_and_no_currency_at_all_have_no_rates(tmp_path: Path) -> None:
    told = problems(tmp_path, "2026-11-02,XXX,GBP,3", "2026-11-02,XAU,GBP,3000", "2026-11-02,EUX,GBP,1.2")
    assert told == [
        (2, "'XXX' is no currency that amounts can be in"),
        (3, "'XAU' is no currency that amounts can be in"),
        (4, "'EUX' is no currency of ISO 4217"),
    ]
