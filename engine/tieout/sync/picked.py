"""What follows from picks: what the link remembers, what people are asked or told, what an operation carries. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tieout.mapping.pick import PREFIX
from tieout.model import Value
from tieout.sync.picking import Origin, Picked, named, question_print
from tieout.sync.words import Agree, Hold, Planned, Quality, Question
from tieout.values import digest

PICKED = "picks"
"""The evidence under which an operation carries what was picked, for the plan."""
ASK = "pick"
"""Kind of the question."""


def newly(picked: Iterable[Picked]) -> Iterator[Agree]:
    """Give what a link is to remember of these picks and does not yet."""
    return remembering(one for one in picked if one.option is not None and one.option.key != one.was)


def remembering(picked: Iterable[Picked]) -> Iterator[Agree]:
    """Give what a link that is to be made remembers of these picks."""
    for one in picked:
        if one.option is not None:
            key = one.option.key
            yield Agree(one.pick.rule, (key, key), Quality.EQUAL, f"{one.origin}: {one.option}")


def picked_in(operation: Planned) -> list[Agree]:
    """Give what an operation has remembered of its picks, once it is done."""
    return [agree for agree in operation.agrees if agree.rule.startswith(PREFIX)]


def asked_in(operation: Planned) -> dict[str, str]:
    """Give pick -> the key that somebody asked for, of an operation."""
    return {name: str(row["key"]) for name, row in _told_in(operation) if row["from"] == Origin.ASKED}


def keys_in(operation: Planned) -> dict[str, str]:
    """Give pick -> its key, of an operation."""
    return {name: str(row["key"]) for name, row in _told_in(operation)}


def _told_in(operation: Planned) -> Iterator[tuple[str, Mapping[str, Value]]]:
    rows = operation.evidence.get(PICKED)
    for name, row in rows.items() if isinstance(rows, Mapping) else ():
        if isinstance(row, Mapping):
            yield name, row


def told(picked: Iterable[Picked]) -> dict[str, Value]:
    """Give what an operation carries of these picks."""
    rows: dict[str, Value] = {
        one.pick.name: {"key": one.option.key, "label": str(one.option), "from": str(one.origin)}
        for one in picked
        if one.option is not None
    }
    return {PICKED: rows} if rows else {}


def notes(picked: Iterable[Picked], subject: str) -> list[str]:
    """Say of every pick that gave way what is taken instead."""
    return [
        f"{subject}: {one.was} is no option of {one.pick.name} any more; "
        + (f"taken instead, {one.origin}: {one.option}" if one.option is not None else "nothing is taken instead")
        for one in picked
        if one.fell and one.decided
    ]


def lacking(picked: Iterable[Picked]) -> tuple[list[Hold], list[Question]]:
    """Give what a person has to decide, or to mend, before these picks are made."""
    holds: list[Hold] = []
    questions: list[Question] = []
    for one in picked:
        if one.wrong and one.pick.ask and one.offered:
            questions.append(_question(one))
        elif one.wrong:
            holds.append(_hold(one))
        elif one.unread:
            print_ = digest(f"{one.pick.rule}\nunread")
            holds.append(Hold(one.pick.rule, "blocked", one.unread, print_, at=str(one.pick.at), quiet=True))
    return holds, questions


def _question(one: Picked) -> Question:
    fell = f"{one.was} is no option any more; " if one.fell else ""
    text = f"{one.pick.ask} ({fell}{one.wrong})"
    choices = {option.key: option.choice for option in one.offered}
    return Question(one.pick.rule, ASK, text, question_print(one.pick, one.offered), choices, at=str(one.pick.at))


def _hold(one: Picked) -> Hold:
    print_ = digest(f"{one.pick.rule}\n{one.code}\n{one.wrong}")
    there = f"; there are: {named(one.offered)}" if one.offered else ""
    ways = (f"tieout plan RECORD --pick {one.pick.name}=KEY", f"give the pick a `default`, or `ask`: {one.pick.at}")
    ways_out = ways if one.offered else (f"make one that its `where` lets through: {one.pick.at}",)
    return Hold(one.pick.rule, one.code, one.wrong + there, print_, ways_out, str(one.pick.at))
