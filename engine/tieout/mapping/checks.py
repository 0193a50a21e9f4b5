"""Checks: conditions on both records as they will be."""

from __future__ import annotations

from tieout.language.nodes import ListNode, MapNode
from tieout.mapping.amounts import coins_read
from tieout.mapping.compiled import Check, Expression, TaxNumber
from tieout.mapping.draft import Draft, Ground
from tieout.mapping.names import read_expression
from tieout.mapping.transforms.tax_number import fixed_country, rules_lacking

ROOTS = frozenset({"settings", "run", "link", "pick", "rollup"})


def checks(root: MapNode, ground: Ground, draft: Draft) -> tuple[Check, ...]:
    """Compile all checks."""
    found = [_check(node, ground, draft) for node in root.tables("checks")]
    return tuple(check for check in found if check is not None)


def _check(node: MapNode, ground: Ground, draft: Draft) -> Check | None:
    records = ground.records()
    that = read_expression(node.get("that"), ground, draft, records, ROOTS)
    equal: tuple[Expression, Expression] | None = None
    written = node.get("equal")
    if isinstance(written, ListNode):
        one, other = (read_expression(item, ground, draft, records, ROOTS) for item in written.items)
        equal = (one, other) if one is not None and other is not None else None
    coins = (coins_read(equal[0], records, ground), coins_read(equal[1], records, ground)) if equal else ((), ())
    if isinstance(written, ListNode) and len({coin.code for coin in (*coins[0], *coins[1])} - {None}) > 1:
        codes = " and ".join(dict.fromkeys(f"{coin.name} is in {coin.code}" for coin in (*coins[0], *coins[1])))
        draft.error("other-currency", f"{codes}: two currencies are never equal", written.at, "compare one currency")
    when = read_expression(node.get("when"), ground, draft, records, ROOTS)
    valid = _valid(node, ground, draft)
    if that is None and equal is None and valid is None:
        return None
    return Check(
        that=that,
        equal=equal,
        valid=valid,
        within=node.text("within", "0"),
        when=when,
        say=node.text("say"),
        otherwise=node.text("otherwise", "hold"),
        at=node.at,
        coins=coins,
    )


def _valid(node: MapNode, ground: Ground, draft: Draft) -> TaxNumber | None:
    written = node.get("valid")
    if not isinstance(written, MapNode):
        return None
    records = ground.records()
    number = read_expression(written.get("number"), ground, draft, records, ROOTS)
    spelt, kind = written.get("country"), written.text("kind", "vat")
    country = fixed_country(written.text("country") or None)
    if country is None:
        country = read_expression(spelt, ground, draft, records, ROOTS)
    elif spelt is not None and (lacking := rules_lacking(country({}), kind)):
        draft.error("no-tax-rules", lacking, spelt.at, "leave the check out, or name the kind")
    return TaxNumber(number, country, kind) if number is not None and country is not None else None
