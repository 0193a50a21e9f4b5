"""Law 9: the audit log alone gives every link, its state and generation, and the base of every field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tieout.store.audit import verify

from .breach import Breach
from .remains import Remains, Told


def replay(remains: Remains) -> Iterator[Breach]:
    """Play the audit log and compare."""
    with remains.world.database.read() as tx:
        verdict = verify(tx)
    if not verdict.ok:
        yield Breach("9 the chain is broken", verdict.reason)
    told: dict[int, dict[str, Any]] = {}
    for entry in remains.audit:
        _play(told, entry)
    stored = {
        link.id: {"ids": link.ids, "state": link.state, "generation": link.generation, "base": dict(link.base)}
        for link in remains.links
    }
    for id_ in sorted(told.keys() | stored.keys()):
        if told.get(id_) != stored.get(id_):
            yield Breach("9 replay", f"link {id_}: the log says {told.get(id_)}, the store {stored.get(id_)}")


def _play(links: dict[int, dict[str, Any]], told: Told) -> None:
    payload = told.payload
    match told.kind:
        case "link":
            links[int(payload["link"])] = {
                "ids": (payload["first"], payload["second"]),
                "state": "active",
                "generation": int(payload["generation"]),
                "base": {},
            }
        case "settled" | "agreed":
            moved = {rule: tuple(kept) for rule, kept in told.values["base"].items()}
            links[int(payload["link"])]["base"].update(moved)
        case "end":
            links[int(payload["link"])]["state"] = "ended"
        case "re-point":
            links[int(payload["link"])]["ids"] = (payload["first"], payload["second"])
