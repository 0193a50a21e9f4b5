"""Lists: `q`, `order`, `page` and `limit`, as they were seen, and nothing else (1.1, paging, filter, sort)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tieout_spotlercrm.simulator.encoding import decode
from tieout_spotlercrm.simulator.problems import bad
from tieout_spotlercrm.simulator.schema import Field

if TYPE_CHECKING:
    from tieout_spotlercrm.simulator.schema import Object
    from tieout_spotlercrm.simulator.world import Row, World

MOST = 100
USUAL = 10
"""Rows a page if no limit is sent (1.1, default limit)."""
NEWEST_FIRST = {"modifieddate": "desc"}
"""The one order that was ever seen (1.1, sort)."""
LINES = "opportunities"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list is asked for."""

    page: int
    limit: int
    matches: Callable[[Row], bool]
    newest_first: bool
    lines: bool


def listing(of: Object, params: Mapping[str, str], allowed: Sequence[str]) -> Listing:
    """Read the parameters of a list. Raises Refused for one that is unknown, or not confirmed in this form."""
    for name in params:
        if name not in allowed:
            raise bad(f"{name} is no parameter here")
    if params.get("lines", "true") != "true":
        raise bad("lines is true, or left out")
    return Listing(
        page=_count(params.get("page", "1"), "page", None),
        limit=_count(params.get("limit", str(USUAL)), "limit", MOST),
        matches=_filter(of, params["q"]) if "q" in params else lambda _row: True,
        newest_first="order" in params and _ordered(of, params["order"]),
        lines="lines" in params,
    )


def chosen(world: World, name: str, asked: Listing) -> list[Row]:
    """Give all rows that match, in the order asked for; without one, in that of their making."""
    rows = [row for row in world.tables[name].values() if asked.matches(row)]
    if asked.newest_first and not world.order_is_ignored:
        rows.sort(key=lambda row: str(row["modifieddate"]), reverse=True)
    return rows


def _count(text: str, name: str, most: int | None) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1 or (most is not None and int(text) > most):
        raise bad(f"{name} must be a number from 1{f' to {most}' if most else ' on'}")
    return int(text)


def _json(text: str, name: str) -> dict[str, Any]:
    try:
        found = decode(text.encode())
    except ValueError:
        found = None
    if not isinstance(found, dict) or not found:
        raise bad(f"{name} must be a JSON object")
    return found


def _ordered(of: Object, text: str) -> bool:
    if _json(text, "order") != NEWEST_FIRST or not of.stamped:
        raise bad(f"{of.name} cannot be ordered by that")
    return True


def _filter(of: Object, text: str) -> Callable[[Row], bool]:
    """Read `q`: several keys are all to hold (1.1, filter)."""
    terms = [_term(of, name, wanted) for name, wanted in _json(text, "q").items()]
    return lambda row: all(term(row) for term in terms)


def _term(of: Object, name: str, wanted: Any) -> Callable[[Row], bool]:
    field = of.fields.get(name)
    if field is None:
        raise bad(f"{of.name} has no field {name}")
    if not isinstance(wanted, dict):
        return _equal(field, wanted)
    if list(wanted) == ["$con"] and isinstance(wanted["$con"], str):
        return lambda row: wanted["$con"] in str(row[name] or "")
    if list(wanted) == ["$in"] and isinstance(wanted["$in"], list):
        tests = [_equal(field, one) for one in wanted["$in"]]
        return lambda row: any(test(row) for test in tests)
    raise bad(f"{next(iter(wanted), '{}')} is not known")


def _equal(field: Field, wanted: Any) -> Callable[[Row], bool]:
    if isinstance(wanted, bool) or not isinstance(wanted, str | int | Decimal):
        raise bad(f"{field.name} cannot be compared with that")
    return lambda row: row[field.name] is not None and str(row[field.name]) == str(wanted)
