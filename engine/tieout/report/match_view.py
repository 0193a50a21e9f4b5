"""What `tieout match` found, as data (schemas/match-report.schema.json) and as lines that a person reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tieout.sync.matching import Verdict

if TYPE_CHECKING:
    from tieout.report.run_text import Styles
    from tieout.sync.duplicates import Group
    from tieout.sync.matching import Found, Party, Tally

MOST = 25
"""Records of each verdict, and groups, of a mapping that are shown; the rest is counted."""


def found_json(mapping: str, found: Found) -> dict[str, object]:
    """Give one record, or two that belong together."""
    return {
        "verdict": str(found.verdict),
        "record": _party(mapping, found.record),
        "others": [_party(mapping, one) for one in found.others],
        "why": found.why,
        "at": found.at,
        "agree": dict(found.agree),
        "review": found.question,
        "question": found.text,
    }


def group_json(mapping: str, group: Group) -> dict[str, object]:
    """Give one group of duplicates."""
    return {
        "side": group.side,
        "why": group.why,
        "at": group.at,
        "agree": dict(group.agree),
        "records": [{**_party(mapping, one), "partner": partner} for one, partner in group.records],
    }


def tally_json(tally: Tally, sides: tuple[str, ...]) -> dict[str, object]:
    """Give the figures of a mapping."""
    return {
        "linked": tally.linked,
        "certain": tally.certain,
        "ambiguous": {side: tally.ambiguous[side] for side in sides},
        "none": {side: tally.none[side] for side in sides},
        "waiting": tally.waiting,
        "complete": tally.complete,
    }


def _party(mapping: str, one: Party) -> dict[str, str]:
    return {"record": f"{mapping}/{one.side}:{one.id}", "name": one.name, "url": one.url}


# --- for a person ---------------------------------------------------------------------------------------------------


class MatchLines:
    """Turns what comes into lines, at most so many of each verdict unless `everything` is wanted."""

    def __init__(self, styles: Styles, *, everything: bool) -> None:
        self._styles = styles
        self._most = None if everything else MOST
        self._shown: Counter[str] = Counter()

    def begin(self, mapping: str) -> Iterator[str]:
        """Head a mapping."""
        self._shown.clear()
        yield f"\n{self._styles.strong(mapping)}"

    def found(self, found: Found) -> Iterator[str]:
        """Show one record, or two that belong together."""
        if not self._goes(str(found.verdict)):
            return
        styles = self._styles
        if found.verdict is Verdict.CERTAIN:
            yield f"  {styles.good('certain')}    {' = '.join(_told(one) for one in (found.record, *found.others))}"
            yield styles.dim(f"             {_because(found.why, found.agree)}")
        elif found.verdict is Verdict.AMBIGUOUS:
            number = "" if found.question is None else f"  question {found.question}"
            yield f"  {styles.warn('ambiguous')}  {_told(found.record)}{number}"
            yield f"             {found.text}"
            yield from (styles.dim(f"             {_told(one)}  {one.url}") for one in (found.record, *found.others))
        else:
            yield f"  {styles.dim('none')}       {_told(found.record)}"

    def group(self, group: Group) -> Iterator[str]:
        """Show one group of duplicates."""
        if self._goes("group"):
            yield f"  {self._styles.warn('the same?')}  {_because(group.why, group.agree)}"
            for one, partner in group.records:
                yield f"             {_told(one)}{f'  linked to {partner}' if partner else ''}  {one.url}".rstrip()

    def _goes(self, verdict: str) -> bool:
        self._shown[verdict] += 1
        return self._most is None or self._shown[verdict] <= self._most

    def more(self) -> Iterator[str]:
        """Say what was counted only."""
        hidden = {name: many - MOST for name, many in self._shown.items() if self._most is not None and many > MOST}
        if hidden:
            told = ", ".join(f"{many} {name}" for name, many in hidden.items())
            yield self._styles.dim(f"  … and {told} more: --all")

    def groups(self) -> int:
        """Count the groups of the mapping."""
        return self._shown["group"]


def tally_line(tally: Tally, sides: tuple[str, ...]) -> str:
    """Give the figures of a mapping in one line."""
    if not tally.complete:
        return "  not read completely: what is not there may only be unseen; look again"
    rest = [f"{many['total']} {word} ({many['told']})" for word, many in _rest(tally, sides).items()]
    waiting = [f"{tally.waiting} waiting for a write that is not settled"] if tally.waiting else []
    return "  " + ", ".join([f"{tally.linked} linked already", f"{tally.certain} certain", *rest, *waiting])


def _rest(tally: Tally, sides: tuple[str, ...]) -> dict[str, Mapping[str, object]]:
    return {
        word: {"total": counted.total(), "told": ", ".join(f"{side} {counted[side]}" for side in sides)}
        for word, counted in (("ambiguous", tally.ambiguous), ("without a match", tally.none))
    }


def _told(one: Party) -> str:
    return f"{one.side} {one.id}" + (f" ({one.name})" if one.name else "")


def _because(why: str, agree: Mapping[str, str]) -> str:
    values = ", ".join(f'{path} "{value}"' for path, value in agree.items())
    return f"{why}: {values}" if values else why
