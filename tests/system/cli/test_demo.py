"""`tieout demo`: each pack's story is told to its end, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from system.cli.desk import run_tieout
from tieout.demo import STORIES

TOLD = {
    "salesforce-xero": ("first-run", "paid 100", "way out: ", "the chain holds"),
    "spotlercrm-xero": (
        "pick main_contact",
        "pick revenue_code            260 Other Revenue  asked for",
        "INV-0001, Draft, paid GBP 0.00, due GBP 264.00",
        "12.0 x Chai tea, 24 boxes, account 260",
        "way out: ",
        "INV-0001, Paid, paid GBP 307.20, due GBP 0.00",
        "the chain holds",
    ),
}


@pytest.mark.extended
@pytest.mark.parametrize("pack", STORIES)
def test_the_story_of_a_pack_is_told_to_its_end(tmp_path: Path, pack: str) -> None:
    ended = run_tieout(("demo", "--pack", pack, "--folder", "told"), tmp_path, {})
    assert ended.code == 0, ended
    at = [ended.out.find(words) for words in TOLD[pack]]
    assert -1 not in at, ended.out
    assert at == sorted(at), "in this order"
    assert f"- use: {pack} " in (tmp_path / "told" / "tieout.yaml").read_text("utf-8")


def test_a_folder_that_is_somebody_s_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", "utf-8")
    ended = run_tieout(("demo", "--pack", "spotlercrm-xero", "--folder", "."), tmp_path, {})
    assert (ended.code, [path.name for path in tmp_path.iterdir()]) == (2, ["letter.txt"])
    assert "is not empty and no earlier demo's" in ended.err


def test_a_pack_without_a_story_is_answered_with_the_nearest_and_packs_complete(tmp_path: Path) -> None:
    ended = run_tieout(("demo", "--pack", "spotlercrm-xro"), tmp_path, {})
    assert (ended.code, list(tmp_path.iterdir())) == (2, [])
    assert "did you mean spotlercrm-xero?" in ended.err
    words = {"_TIEOUT_COMPLETE": "bash_complete", "COMP_WORDS": "tieout demo --pack sp", "COMP_CWORD": "3"}
    assert run_tieout((), tmp_path, words).out == "plain,spotlercrm-xero\n"
