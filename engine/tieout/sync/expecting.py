"""What a ledger is expected to compute of what it is sent, and the hold of a document of which it computed otherwise.

The figures stand with the operation, in the plan and in the journal, so that an answer, a record that is read after it,
and what a crash left are all compared with the same. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from tieout.mapping.compiled import Side
from tieout.model import Value
from tieout.money.chart import Chart
from tieout.money.figures import Difference, Figure, differences, expected, in_base_currency
from tieout.money.ledgers import LEDGERS, Ledger
from tieout.money.profiles import Profile, profile_of
from tieout.money.totals import predict
from tieout.sync.memory import Memory
from tieout.sync.sight import Sight
from tieout.sync.words import INTERNAL, Decision, Hold, Image, ListWrite, Planned, State, Write

DIFFER = "figures-differ"
"""The code of the hold, and of what keeps it."""
ENDED = frozenset({State.ARCHIVED, State.GONE, State.MERGED})
"""States of a document whose figures count for nothing any more."""
NAMED = 6
"""Differences that a message names, the document's totals before those of lines; the audit log has them all."""
CURRENCY = "the currency of its figures"
"""What the row of the document's currency says of itself."""

Rows = Sequence[Value]
"""Figures as they are stored: [name, amount, what it rests on]."""


def figures_of(
    side: Side, chart: Chart | None, document: Mapping[str, Value], writes: Sequence[Write], rows: Sequence[ListWrite]
) -> list[Value]:
    """Give the figures that a ledger will have of a document that is sent to it; nothing for other records.

    Nor for writes that no figure rests on: they leave the document's figures as they are.
    """
    ledger, profile = LEDGERS.get(side.adapter), _profile(side)
    if ledger is None or profile is None or profile.lines not in document:
        return []
    written = {one.names[0] for one in writes} | {one.names[0] for one in rows}
    if written.isdisjoint(_bearing(profile, ledger)):
        return []
    made = expected(predict(document, profile, chart), document, profile, ledger, chart)
    figures: list[Value] = [[one.name, one.amount, one.rule] for one in made]
    currency = document.get(profile.currency)
    return [*figures, [profile.currency, currency, CURRENCY]] if figures and currency else figures


def _profile(side: Side) -> Profile | None:
    return profile_of(side.adapter, side.rounding, side.object)


def _bearing(profile: Profile, ledger: Ledger) -> set[str]:
    return {profile.lines, profile.basis, profile.currency, ledger.rate}


def unseen(side: Side, rows: Rows, document: Mapping[str, Value]) -> bool:
    """Say whether an answer leaves out figures that were expected, so that the record has to be read."""
    profile = _profile(side)
    return bool(rows) and profile is not None and any(
        not isinstance(document.get(name), Decimal)
        for name in (profile.subtotal, profile.total_tax, profile.total)
        if name in {one.name for one in _figures(rows)}
    )  # fmt: skip


def wrong(side: Side, rows: Rows, document: Mapping[str, Value]) -> list[Difference]:
    """Give the figures that a ledger has otherwise than was expected."""
    ledger, profile = LEDGERS.get(side.adapter), _profile(side)
    if ledger is None or profile is None or not rows:
        return []
    wanted = _figures(rows)
    return differences(wanted, document, profile, ledger, _base(wanted, profile), _currency(rows, profile))


def moved_figures(planned: Rows, now: Rows) -> bool:
    """Say whether a figure that was planned is another one now; one that could not be told then may be."""
    known = {one.name: one.amount for one in _figures(now)}
    return any(known.get(one.name, one.amount) != one.amount for one in _figures(planned))


def _figures(rows: Rows) -> list[Figure]:
    return [
        Figure(str(name), amount, str(rule))
        for name, amount, rule in (row for row in rows if isinstance(row, list | tuple))
        if isinstance(amount, Decimal)
    ]


def _currency(rows: Rows, profile: Profile) -> str:
    """Give the currency that was expected; "" where the ledger was to choose it, or the rows are of an older Tieout."""
    texts = (row for row in rows if isinstance(row, list | tuple))
    return next((str(row[1]) for row in texts if row[0] == profile.currency), "")


def _base(wanted: Sequence[Figure], profile: Profile) -> str:
    """Give the currency of the figure in base currency; "" if none was expected."""
    head = f"{profile.total} in "
    return next((one.name.removeprefix(head) for one in wanted if one.name.startswith(head)), "")


def rule_of(end: int) -> str:
    """Name the hold of the document at an end, in what stands between runs."""
    return f"figures@{end}"


def message(side: Side, record: str, found: Sequence[Difference], document: Mapping[str, Value]) -> str:
    """Name each figure with both amounts and what it rests on."""
    profile = _profile(side)
    currency = "" if profile is None else str(document.get(profile.currency) or "")
    shown = found if len(found) <= NAMED or profile is None else _shown(found, profile)
    told = [one.told("" if in_base_currency(one.figure.name) else currency) for one in shown]
    more = [f"and {len(found) - NAMED} more"] if len(found) > NAMED else []
    return f"{side.name} computed {side.object} {record} otherwise than predicted: {'; '.join([*told, *more])}"


def _shown(found: Sequence[Difference], profile: Profile) -> list[Difference]:
    """Choose those that are named: every total of the document, and of the others the first ones."""
    totals = {profile.subtotal, profile.total_tax, profile.total}
    whole = [one for one in found if one.figure.name.partition(" in ")[0] in totals]
    others = [one for one in found if one not in whole]
    return [*others[: NAMED - len(whole)], *whole]


def ways_of(mapping: str, side: Side, record: str) -> tuple[str, ...]:
    """Give the ways out: correct it there, or let it stand."""
    return (
        f"look at it in {side.name}; once its figures are those predicted, the next run goes on by itself",
        f"or let what {side.name} computed stand, and go on with it: tieout retry {mapping}/{side.name}:{record}",
    )


def held(decision: Decision, sight: Sight, memory: Memory) -> Decision:
    """Hold back every write to a document whose figures are not what was predicted (law 3, money).

    It is let go on once the ledger has the predicted figures; a person who lets it go on has it forgotten.
    """
    operations: Sequence[Planned] = decision.operations
    holds: list[Hold] = []
    released: list[str] = []
    for end, image in enumerate(sight.images):
        kept = memory.suppressed.get(rule_of(end))
        if kept is None or image is None:
            continue
        if _agrees(sight.mapping.sides[end], image, kept.kept):
            released.append(rule_of(end))
            continue
        operations = [one for one in operations if one.kind in INTERNAL or one.end != end]
        holds.append(kept.hold(rule_of(end)))
    if not holds and not released:
        return decision
    return replace(decision, operations=operations, holds=[*decision.holds, *holds],
                   released=[*decision.released, *released])  # fmt: skip


def _agrees(side: Side, image: Image, kept: Mapping[str, Value]) -> bool:
    if image.state in ENDED:
        return True
    rows = kept.get("expected")
    return image.state is State.PRESENT and isinstance(rows, list) and not wrong(side, rows, image.record)
