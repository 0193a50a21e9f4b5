"""Thaw: a field that froze may be written again, because a person said so. The next plan follows its rule."""

from __future__ import annotations

from sqlalchemy import Connection as Tx

from tieout.store import audit, links, standing
from tieout.store.links import ChildRow
from tieout.store.standing import Standing
from tieout.sync.codec import base_text, bases
from tieout.sync.quarrel import FROZEN, forgotten


def frozen_fields(tx: Tx) -> list[Standing]:
    """Give the holds of fields that are frozen."""
    return [kept for kept in standing.holds(tx) if kept.code == FROZEN]


def thaw(tx: Tx, kept: Standing, *, who: str) -> None:
    """Forget how often the field was rewritten; a row's field with all of its list."""
    row = links.by_id(tx, int(kept.scope.removeprefix("link:")))
    if row is None:
        return
    base = {rule: one for rule, one in bases(row.base).items() if rule == kept.rule}
    moved = base_text(forgotten(base))
    links.set_bases(tx, [(row.id, {**row.base, **moved})])
    children: dict[str, list[ChildRow]] = {}
    for name, rows in row.children.items():
        if kept.rule.startswith(f"{name}["):
            children[name] = [
                ChildRow(one.first, one.second, one.ordinal, base_text(forgotten(bases(one.base)))) for one in rows
            ]
            links.set_children(tx, row.id, name, children[name])
    payload = {"link": row.id, "pair": kept.pair, "scope": kept.scope, "rule": kept.rule, "who": who}
    told = {
        "base": moved,
        "children": {
            name: [[one.first, one.second, str(one.ordinal), dict(one.base)] for one in rows]
            for name, rows in children.items()
        },
    }
    audit.append(tx, run="", epoch=0, kind="thawed", payload=payload, values=told)
