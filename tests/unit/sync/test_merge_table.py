"""The merge table, exhaustively: every combination of values, base, agreement and options falls into one row.

The rows below are written as a person would read them aloud; they know nothing of how `merge` decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest

from tieout.mapping.compiled import Blank, Drift
from tieout.model import Value
from tieout.sync.merge import (
    Clash,
    Copy,
    Drifted,
    OneWayVerdict,
    PairVerdict,
    Settle,
    Stand,
    blank,
    merge_one_way,
    merge_pair,
)
from tieout.sync.words import Base, Quality

VALUES: tuple[Value, ...] = (None, "", "a", "b", "c")
BASES: tuple[Base | None, ...] = (None, *(Base((one, other)) for one in VALUES for other in VALUES))
AGREEMENTS = (None, Quality.EQUAL, Quality.NORMALISED)
ANY = None

Shape = tuple[str, ...]
Rows = Sequence[tuple[tuple[object, ...], Shape]]


def shape(verdict: PairVerdict | OneWayVerdict) -> Shape:
    match verdict:
        case Stand():
            return ("nothing",)
        case Settle(quality):
            return ("base moves", str(quality))
        case Copy(to, _, overrides):
            return ("write", str(to), "overrides" if overrides else "")
        case Clash(first):
            return ("conflict", "at the first link" if first else "")
        case Drifted():
            return ("ask",)


# base?  0 changed?  1 changed?  agree?  0 blank?  1 blank?  clears?  -> verdict
PAIR_ROWS = [
    ((True, False, False, ANY, ANY, ANY, ANY), ("nothing",)),
    ((True, True, ANY, True, ANY, ANY, ANY), ("base moves", "agreed")),
    ((True, False, True, True, ANY, ANY, ANY), ("base moves", "agreed")),
    ((True, True, True, False, ANY, ANY, ANY), ("conflict", "")),
    ((True, True, False, False, False, ANY, ANY), ("write", "1", "")),
    ((True, True, False, False, True, ANY, True), ("write", "1", "")),
    ((True, True, False, False, True, ANY, False), ("base moves", "differs")),
    ((True, False, True, False, ANY, False, ANY), ("write", "0", "")),
    ((True, False, True, False, ANY, True, True), ("write", "0", "")),
    ((True, False, True, False, ANY, True, False), ("base moves", "differs")),
    ((False, ANY, ANY, True, ANY, ANY, ANY), ("base moves", "agreed")),
    ((False, ANY, ANY, False, True, False, ANY), ("write", "0", "")),
    ((False, ANY, ANY, False, False, True, ANY), ("write", "1", "")),
    ((False, ANY, ANY, False, False, False, ANY), ("conflict", "at the first link")),
    ((False, ANY, ANY, False, True, True, ANY), ("conflict", "at the first link")),
]

# base?  source changed?  target changed?  agree?  source blank?  target blank?  clears?  drift  always?  -> verdict
# T: the target. `blank: always` goes with `drift: restore` alone, and clears like `blank: clear`.
ONE_WAY_ROWS = [
    ((True, False, False, ANY, ANY, ANY, ANY, ANY, ANY), ("nothing",)),
    ((True, True, ANY, True, ANY, ANY, ANY, ANY, ANY), ("base moves", "agreed")),
    ((True, False, True, True, ANY, ANY, ANY, ANY, ANY), ("base moves", "agreed")),
    ((True, True, ANY, False, True, ANY, False, ANY, ANY), ("base moves", "differs")),
    ((True, False, True, False, True, ANY, ANY, ANY, False), ("base moves", "differs")),
    ((True, False, True, False, True, True, ANY, ANY, True), ("base moves", "differs")),
    ((True, False, True, False, True, False, ANY, ANY, True), ("write", "T", "overrides")),
    ((True, True, False, False, False, ANY, ANY, ANY, ANY), ("write", "T", "")),
    ((True, True, False, False, True, ANY, True, ANY, ANY), ("write", "T", "")),
    ((True, True, True, False, False, ANY, ANY, Drift.RESTORE, ANY), ("write", "T", "overrides")),
    ((True, True, True, False, False, ANY, ANY, Drift.KEEP, ANY), ("write", "T", "overrides")),
    ((True, True, True, False, False, ANY, ANY, Drift.REVIEW, ANY), ("ask",)),
    ((True, True, True, False, True, ANY, True, Drift.RESTORE, ANY), ("write", "T", "overrides")),
    ((True, True, True, False, True, ANY, True, Drift.KEEP, ANY), ("write", "T", "overrides")),
    ((True, True, True, False, True, ANY, True, Drift.REVIEW, ANY), ("ask",)),
    ((True, False, True, False, False, ANY, ANY, Drift.RESTORE, ANY), ("write", "T", "overrides")),
    ((True, False, True, False, False, ANY, ANY, Drift.KEEP, ANY), ("base moves", "differs")),
    ((True, False, True, False, False, ANY, ANY, Drift.REVIEW, ANY), ("ask",)),
    ((False, ANY, ANY, True, ANY, ANY, ANY, ANY, ANY), ("base moves", "agreed")),
    ((False, ANY, ANY, False, True, ANY, ANY, ANY, False), ("base moves", "differs")),
    ((False, ANY, ANY, False, True, True, ANY, ANY, True), ("base moves", "differs")),
    ((False, ANY, ANY, False, True, False, ANY, ANY, True), ("write", "T", "overrides")),
    ((False, ANY, ANY, False, False, True, ANY, ANY, ANY), ("write", "T", "")),
    ((False, ANY, ANY, False, False, False, ANY, Drift.RESTORE, ANY), ("write", "T", "overrides")),
    ((False, ANY, ANY, False, False, False, ANY, Drift.KEEP, ANY), ("base moves", "differs")),
    ((False, ANY, ANY, False, False, False, ANY, Drift.REVIEW, ANY), ("ask",)),
]


def only_row(rows: Rows, facts: tuple[object, ...]) -> Shape:
    fitting = [
        verdict
        for row, verdict in rows
        if all(wanted is ANY or wanted == fact for wanted, fact in zip(row, facts, strict=True))
    ]
    assert len(fitting) == 1, f"{facts} is in {len(fitting)} rows"
    return fitting[0]


def filled(verdict: Shape, agreement: Quality | None, target: int) -> Shape:
    return tuple(str(agreement) if word == "agreed" else str(target) if word == "T" else word for word in verdict)


def facts_of(values: tuple[Value, Value], base: Base | None) -> tuple[bool, bool, bool]:
    if base is None:
        return False, False, False
    return True, values[0] != base.values[0], values[1] != base.values[1]


def cases() -> Iterator[tuple[tuple[Value, Value], Base | None, Quality | None, bool]]:
    return product(product(VALUES, VALUES), BASES, AGREEMENTS, (True, False))


def blanks_of(drift: Drift, *, clears: bool) -> Sequence[Blank]:
    """Give the words of `blank` that clear, or the one that does not."""
    if not clears:
        return (Blank.KEEP,)
    return (Blank.CLEAR, Blank.ALWAYS) if drift is Drift.RESTORE else (Blank.CLEAR,)


def test_every_case_of_a_both_ways_field_is_in_one_row_and_decided_as_it_says() -> None:
    for values, base, agreement, clears in cases():
        known, first, second = facts_of(values, base)
        facts = (known, first, second, agreement is not None, blank(values[0]), blank(values[1]), clears)
        expected = filled(only_row(PAIR_ROWS, facts), agreement, 1)
        made = merge_pair(values, base, lambda found=agreement: found, clears=clears)  # type: ignore[misc]
        assert shape(made) == expected, (values, base, agreement, clears)


@pytest.mark.parametrize("end", [0, 1])
@pytest.mark.parametrize("drift", list(Drift))
def test_every_case_of_a_one_way_field_is_in_one_row_and_decided_as_it_says(end: int, drift: Drift) -> None:
    for values, base, agreement, clears in cases():
        source, target = values[1 - end], values[end]
        known, first, second = facts_of(values, base)
        moved, touched = (second, first) if end == 0 else (first, second)
        facts = (known, moved, touched, agreement is not None, blank(source), blank(target), clears, drift)
        for blanks in blanks_of(drift, clears=clears):
            expected = filled(only_row(ONE_WAY_ROWS, (*facts, blanks is Blank.ALWAYS)), agreement, end)
            made = merge_one_way(
                source,
                target,
                base,
                lambda found=agreement: found,  # type: ignore[misc]
                end=end,
                drift=drift,
                blanks=blanks,
            )
            assert shape(made) == expected, (values, base, agreement, blanks)


@pytest.mark.parametrize("rows", [PAIR_ROWS, ONE_WAY_ROWS])
def test_every_row_is_reached(rows: Rows) -> None:
    reached: set[int] = set()
    for (values, base, agreement, clears), drift in product(cases(), Drift):
        known, first, second = facts_of(values, base)
        facts = (known, first, second, agreement is not None, blank(values[0]), blank(values[1]), clears, drift)
        for blanks in blanks_of(drift, clears=clears):
            reached |= {
                place
                for place, (row, _) in enumerate(rows)
                if all(
                    wanted is ANY or wanted == fact
                    for wanted, fact in zip(row, (*facts, blanks is Blank.ALWAYS), strict=False)
                )
            }
    assert reached == set(range(len(rows)))


def test_mirrored_values_give_the_mirrored_verdict() -> None:
    for values, base, agreement, clears in cases():
        turned = None if base is None else Base((base.values[1], base.values[0]))
        one = shape(merge_pair(values, base, lambda found=agreement: found, clears=clears))  # type: ignore[misc]
        other = shape(
            merge_pair((values[1], values[0]), turned, lambda found=agreement: found, clears=clears)  # type: ignore[misc]
        )
        mirrored = tuple({"0": "1", "1": "0"}.get(word, word) for word in other)
        assert one == mirrored


def test_nothing_is_compared_across_the_transform_where_nothing_changed() -> None:
    def never() -> Quality | None:
        pytest.fail("a side is judged against its own base")

    assert merge_pair(("a", "b"), Base(("a", "b")), never, clears=True) == Stand()
    assert merge_one_way("a", "b", Base(("a", "b")), never, end=1, drift=Drift.RESTORE, blanks=Blank.ALWAYS) == Stand()
