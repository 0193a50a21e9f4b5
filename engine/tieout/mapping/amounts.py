"""Amounts never stand without their currency, and are never copied into another one: what is certain beforehand.

Where a rule carries the one currency into the other, or a condition reads one of them, only data can tell: the rule is
let through, and `SameCurrency` holds the records in which the two differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tieout.language.nodes import MapNode, Node
from tieout.mapping.catalogue import Endpoint, list_above
from tieout.mapping.coins import Coin, RolledCoin, SameCurrency
from tieout.mapping.compiled import Expression, OneWay, Rule
from tieout.mapping.conversions import steps
from tieout.mapping.draft import Carried, Draft, Figure, Flow, Ground, Place, Reach
from tieout.mapping.names import field_of
from tieout.model import Field, Kind
from tieout.problems import Position
from tieout.transform import Bound, End

_CODE = re.compile("[A-Z]{3}")
_TEXT = {Kind.TEXT, Kind.CHOICE}
_TELLING = {"money_text", "lookup"}
"""What makes a text of an amount that says all: the amount with its currency, or a word for it."""


def coin_of(end: Endpoint, found: Field | None, ground: Ground) -> Coin | None:
    """Give the currency of an amount; None for what is no amount, or has no currency."""
    if found is None or found.kind is not Kind.MONEY or not found.currency:
        return None
    within = list_above(end.type, found.path) if end.type is not None else None
    coin = Coin(end.side, found.path, found.currency, None, within or "")
    named = [field for place in coin.places if (field := ground.catalogue.field(end, place))]
    if not named:
        fixed = _CODE.fullmatch(found.currency) is not None
        return Coin(end.side, found.path, found.currency, found.currency, coin.within) if fixed else None
    only = named[0].choices
    return Coin(end.side, found.path, only[0], only[0], coin.within) if only and len(only) == 1 else coin


def coins_read(read: Expression | None, seen: Mapping[str, Reach], ground: Ground) -> tuple[Coin, ...]:
    """Give the currencies of all amounts that an expression reads."""
    found: list[Coin | None] = []
    for root, paths in (read.reads if read is not None else {}).items():
        for path in sorted(paths):
            if root in seen:
                known = field_of(seen[root], path, ground)
                found += [coin_of(seen[root].end, known, ground)] if known is not None else seen[root].amounts
            elif root == "pick":
                found.append(_picked_coin(path, ground))
            elif root == "rollup":
                found += _rolled(path, ground)
            elif root == "parent" and "." in path:
                side, _, rest = path.partition(".")
                found.append(coin_of(ground.end(side), field_of(Reach(ground.end(side)), rest, ground), ground))
    return tuple(dict.fromkeys(coin for coin in found if coin is not None))


def _picked_coin(path: str, ground: Ground) -> Coin | None:
    """Give the currency of an amount of a picked item: it stands in the item itself."""
    name, _, rest = path.partition(".")
    pick = ground.picks.get(name)
    if pick is None or pick.items.built:
        return None
    coin = coin_of(pick.items.end, field_of(pick.items, rest, ground), ground)
    if coin is None:
        return None
    own = coin.written.removeprefix(f"{coin.within}.") if coin.within else coin.written
    return Coin("pick", f"{name}.{rest}", coin.code or f"{name}.{own}", coin.code)


def _rolled(path: str, ground: Ground) -> tuple[Coin, ...]:
    name, _, key = path.partition(".")
    figure = ground.rollups.get(name)
    if figure is None or not figure.by_currency:
        return figure.coins if figure is not None else ()
    return (RolledCoin("rollup", path, key, key),) if _CODE.fullmatch(key) else ()


@dataclass(frozen=True, slots=True)
class Copying:
    """One copy of an amount: its source and target, and what converts it on the way."""

    sources: Sequence[Coin]
    target: End
    conversions: Sequence[Bound | None]
    conditions: Sequence[Expression | None]
    at: Position


def held(copying: Copying, place: Place, draft: Draft) -> Bound | None:
    """Note a copy of an amount to be judged; give the case's own conversion, which lets its own currency pass only."""
    own = copying.conversions[0]
    target = coin_of(place.ground.end(copying.target.side), copying.target.field, place.ground)
    if not copying.sources or target is None or any(one.converts for one in copying.conversions if one):
        return own
    draft.carried += [Carried(source, target, _read_by(copying.conditions), copying.at) for source in copying.sources]
    if all(source.code is not None and source.code == target.code for source in copying.sources):
        return own
    coins = {copying.sources[0].side: tuple(copying.sources), target.side: (target,)}
    return SameCurrency(own, coins, own.exact if own else True, own.names if own else frozenset())


def held_pair(
    node: MapNode, bound: Bound, coins: Sequence[Coin | None], when: Expression | None, draft: Draft
) -> Bound:
    """Note a pair of amounts to be judged; give its conversion, which holds it to one currency."""
    one, other = coins
    if one is None or other is None or bound.converts:
        return bound
    draft.carried.append(Carried(one, other, _read_by([when]), node.entries[other.side].at))
    if one.code is not None and one.code == other.code:
        return bound
    return SameCurrency(bound, {one.side: (one,), other.side: (other,)}, bound.exact, bound.names)


def _read_by(conditions: Iterable[Expression | None]) -> frozenset[tuple[str, str]]:
    return frozenset(
        spot
        for one in conditions
        if one is not None
        for root, paths in one.reads.items()
        for path in paths
        for spot in ((root, path), (path.partition(".")[0], path.partition(".")[2]))
    )


def keeping(end: End, target: Field, written: Sequence[Node | None], at: Position, draft: Draft) -> None:
    """Refuse an amount in a place that keeps no currency. `written`: what stands under `as`."""
    source, side = end.field, end.side
    if source is None:
        return
    if source.kind is Kind.MONEY and target.kind in _TEXT and any(written):
        names = {step.name for node in written if node is not None for step in steps(node)}
        if not names & _TELLING:
            message = f"{target.path} would hold the amount {side}.{source.path} without its currency"
            draft.error("no-currency", message, at, "write as: money_text")
    elif source.kind is Kind.MONEY and target.kind is Kind.NUMBER:
        message = f"{side}.{source.path} is an amount, and {target.path} a number that keeps no currency"
        draft.error("no-currency", message, at, "write it to a text with as: money_text, or to a field for amounts")


def spelt(figure: Figure | None, written: Sequence[Node | None], at: Position, draft: Draft) -> None:
    """Refuse to spell a roll-up by key as amounts where its keys are no currencies. `written`: under `as`."""
    names = {step.name for node in written if node is not None for step in steps(node)}
    if figure is not None and figure.keyed and not figure.by_currency and "money_text" in names:
        message = "money_text takes amounts by currency, and the keys of this roll-up are none"
        draft.error("no-currency", message, at, "write there per: the currency of its items")


def judge(rules: Iterable[Rule], conditions: Iterable[Expression | None], ground: Ground, draft: Draft) -> None:
    """Refuse every copy of an amount that is certain, or free, to change its currency."""
    around = _read_by(conditions) | {
        ("pick", f"{name}.{path}") for name, pick in ground.picks.items() for path in pick.tested
    }
    codes = _constants(rules)
    for carried in {one.at: one for one in reversed(draft.carried)}.values():
        one, other = carried.source, carried.target
        if one.code is not None and other.code is not None:
            if one.code != other.code:
                _refuse(carried, ground, draft)
            continue
        free = not (one.spots | other.spots) & (around | carried.tested) and not one.spots & other.spots
        if free and not _tied(one, other, codes, ground, draft.flows):
            _refuse(carried, ground, draft)


def _constants(rules: Iterable[Rule]) -> Mapping[tuple[str, str], frozenset[object]]:
    """Give the constants that are written at each (side, path); None among them: an expression without a record."""
    found: dict[tuple[str, str], frozenset[object]] = {}
    for rule in rules:
        if isinstance(rule, OneWay):
            values = frozenset(case.value if case.source is None else None for case in rule.cases)
            found[rule.side, rule.path.text] = values | ({rule.default} if rule.default else frozenset())
    return found


def _tied(
    one: Coin,
    other: Coin,
    codes: Mapping[tuple[str, str], frozenset[object]],
    ground: Ground,
    flows: Sequence[Flow],
) -> bool:
    """Say whether a rule of this mapping carries the one currency into the other, in either direction."""
    if one.code is None and other.code is None:
        ends = [one.spots, other.spots]
        return any(
            (flow.writes in here and flow.reads & there) for flow in flows for here, there in (ends, reversed(ends))
        )
    fixed, free = (one, other) if one.code is not None else (other, one)
    return any(
        _gives(fixed.code, spot, flow, codes, ground) for flow in flows for spot in free.spots if flow.writes == spot
    )


def _gives(
    code: str | None,
    spot: tuple[str, str],
    flow: Flow,
    codes: Mapping[tuple[str, str], frozenset[object]],
    ground: Ground,
) -> bool:
    """Say whether a rule may write this code: a constant, a setting, or a field that has no other."""
    constants = codes.get(spot, frozenset({None}))
    if code in constants or (not flow.reads and None in constants):
        return True
    fields = [ground.catalogue.field(ground.end(side), path) for side, path in flow.reads if side in ground.sides]
    return any(found is not None and found.choices == (code,) for found in fields)


def _refuse(carried: Carried, ground: Ground, draft: Draft) -> None:
    one, other = carried.source, carried.target
    message = f"{one.name} is in {one}, {other.name} in {other}: copying does not convert an amount"
    mends = ["convert it (as: convert)", "write it to a text (as: money_text)"]
    target = ground.catalogue.field(ground.end(other.side), other.places[-1]) if other.places else None
    if target is not None and (target.creatable or target.updatable):
        source = f"from: {one.place}" if one.code is None else f"value: {one.code}"
        mends.append(f"map the currency, too: {{{other.side}: {other.places[-1]}, {source}}}")
    free, fixed = (one, other) if one.code is None else (other, one)
    if fixed.code is not None and free.code is None:
        mends.append(f"or limit the rule: when: {free.place} == '{fixed.code}'")
    draft.error("other-currency", message, carried.at, "; ".join(mends))
