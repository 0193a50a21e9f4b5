"""What verifying came to, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tieout.report.amounts import DEFAULT, written
from tieout.report.plan_text import shown
from tieout.report.verify_view import mismatches
from tieout.sync.causes import ACCEPTED
from tieout.sync.comparing import by_cause

if TYPE_CHECKING:
    from tieout.report.run_text import Styles
    from tieout.report.verify_view import Verified
    from tieout.sync.comparing import Comparison, Mismatch
    from tieout.sync.verifying import Scope

MOST = 50
"""Mismatches that are shown; the rest is counted."""


def scope_line(scope: Scope) -> str:
    """Say what is about to be read, before it is."""
    names = ", ".join(scope.names)
    if not names:
        return "verify: nothing can be read"
    if scope.whole:
        return f"verify: everything of {names}, about {scope.calls} calls, at most {scope.limit}"
    parts = ", ".join(f"{many} links of {name}" for name, (_, many) in sorted(scope.slices.items()))
    return f"verify: {parts} (everything takes more calls), at most {scope.limit}; the next time goes on behind them"


def verify_lines(verified: Verified, styles: Styles, *, everything: bool, locale: str = DEFAULT) -> Iterator[str]:
    """Show the report: totals by mapping, then every mismatch with its cause; sums as `locale` writes them."""
    yield styles.strong(f"verify {verified.run}") + styles.dim(
        f"  {verified.project}, {verified.environment}, {verified.used} calls, {verified.seconds:.1f} s"
    )
    for made in verified.verification.comparisons:
        yield from _comparison(made, styles, locale)
    begun = {made.mapping for made in verified.verification.comparisons}
    for name, why in sorted(verified.refused.items()):
        yield f"{styles.warn('stopped' if name in begun else 'left out')}  {name}: {why}"
    for place, fault in sorted(verified.faults.items()):
        yield f"{styles.bad('object' if place.object else 'connection')}  {place}: {fault}"
        if fault.mend:
            yield f"  next: {fault.mend}"
    found = mismatches(verified)
    if found:
        yield ""
    shown_ones = found if everything else found[:MOST]
    for one in shown_ones:
        yield from _mismatch(one, styles)
    if len(shown_ones) < len(found):
        yield styles.dim(f"… and {len(found) - len(shown_ones)} more: --all")
    yield ""
    yield _verdict(verified, styles)


def _comparison(made: Comparison, styles: Styles, locale: str) -> Iterator[str]:
    part = "" if made.compared == made.links else f" of {made.links}"
    told = [f"{made.compared}{part} links compared"]
    told += [f"{made.out_of_scope} left the scope"] if made.out_of_scope else []
    told += [
        f"{many} of {side} without a partner" for side, many in zip(made.sides, made.unlinked, strict=True) if many
    ]
    yield f"\n{styles.strong(made.mapping)}  {', '.join(told)}"
    for name, total in sorted(made.totals.items()):
        sums = {currency: amounts for currency, amounts in sorted(total.sums.items()) if any(amounts)}
        if not total.differs and not sums:
            continue
        counted = f"{total.equal} equal, {total.normalised} spelt otherwise, {total.differs} differ"
        yield f"  {name:<44} {styles.warn(counted) if total.differs else styles.dim(counted)}"
        for currency, amounts in sums.items():
            pairs = zip(made.sides, amounts, strict=True)
            both = " · ".join(f"{side} {written(sum_, currency, locale)}" for side, sum_ in pairs)
            yield "    " + (styles.dim if amounts[0] == amounts[1] else styles.warn)(f"{currency} {both}")


def _mismatch(one: Mismatch, styles: Styles) -> Iterator[str]:
    field = f" {one.field}" if one.field else ""
    mark = styles.dim if one.named.cause in ACCEPTED else styles.warn
    partner = f" and {one.partner}" if one.partner else ""
    yield f"{mark(str(one.named.cause))}  {one.record}{partner}{field}  {one.named.message}"
    if one.values is not None and one.values != ("null", "null"):
        yield styles.dim(f"    {shown(one.values[0])} · {shown(one.values[1])}")
    yield from (styles.dim(f"    way out: {way}") for way in one.named.ways_out)


def _verdict(verified: Verified, styles: Styles) -> str:
    counted = by_cause(verified.verification.comparisons)
    told = ", ".join(f"{many} {cause}" for cause, many in sorted(counted.items()))
    if not verified.complete:
        told = ", ".join(text for text in (told, f"not everything was read: {_why_partly(verified)}") if text)
    if not counted and verified.complete:
        return styles.good("both sides agree")
    return f"{styles.good('done') if verified.exit_code == 0 else styles.bad(f'exit {verified.exit_code}')}: {told}"


def _why_partly(verified: Verified) -> str:
    made = verified.verification
    if made.spent:
        return f"the {made.scope.limit} calls did not suffice"
    if made.unproved:
        return f"the listing of {', '.join(made.unproved)} shifted while it was read"
    if verified.faults or verified.refused:
        return "what is left out could not be read"
    return "a part of it, by the calls it was given"
