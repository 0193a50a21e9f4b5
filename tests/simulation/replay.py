"""Law 9: the audit log alone gives every link, its state and generation, and the base of every field and row.

Links and bases are played here, so that the engine's own replay is not its only judge; that one is asked for the rest:
holds, decisions and questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tieout.store.audit import verify
from tieout.store.replay import differences
from tieout.store.replay import replay as played
from tieout.store.replay import stored as kept

from .breach import Breach
from .remains import Remains, Story


def replay(remains: Remains) -> Iterator[Breach]:
    """Play the audit log and compare."""
    with remains.world.database.read() as tx:
        yield from (Breach("9 erased, and still kept", leak) for leak in remains.world.erased.kept)
        verdict = verify(tx)
        if not verdict.ok:
            yield Breach("9 the chain is broken", verdict.reason)
        for one in differences(played(tx), kept(tx)):
            yield Breach("9 replay", f"{one.subject}: {one.what}")
    told: dict[int, dict[str, Any]] = {}
    for story in remains.audit:
        _play(told, story)
    stored = {
        link.id: {
            "ids": link.ids,
            "state": link.state,
            "generation": link.generation,
            "base": dict(link.base),
            "children": {name: _sorted(rows) for name, rows in link.children.items() if rows},
        }
        for link in remains.links
    }
    for id_ in sorted(told.keys() | stored.keys()):
        if told.get(id_) != stored.get(id_):
            yield Breach("9 replay", f"link {id_}: the log says {told.get(id_)}, the store {stored.get(id_)}")


def _play(links: dict[int, dict[str, Any]], story: Story) -> None:
    payload = story.payload
    match story.kind:
        case "link":
            links[int(payload["link"])] = {
                "ids": (payload["first"], payload["second"]),
                "state": "active",
                "generation": int(payload["generation"]),
                "base": {},
                "children": {},
            }
        case "settled" | "agreed":
            link = links[int(payload["link"])]
            link["base"].update({rule: tuple(kept) for rule, kept in story.values["base"].items()})
            for name, rows in story.values.get("children", {}).items():
                now = _moved(link["children"].get(name, ()), rows)
                link["children"].pop(name, None)
                link["children"] |= {name: now} if now else {}
        case "erase":
            for number in payload["links"]:
                link = links[int(number)]
                link["base"] = {}
                blank = {name: [(*row[:3], {}) for row in rows] for name, rows in link["children"].items()}
                link["children"] = blank
        case "end":
            links[int(payload["link"])]["state"] = "ended"
        case "re-point":
            links[int(payload["link"])]["ids"] = (payload["first"], payload["second"])


Row = tuple[str, str, int, Mapping[str, Any]]


def _moved(before: Sequence[Row], told: Sequence[Sequence[Any]]) -> list[Row]:
    """Lay what is told of rows over what was known of them."""
    old = {(first, second, number): base for first, second, number, base in before}
    rows = []
    for first, second, number, base in told:
        kept = old.get((first, second, int(number)), {})
        rows.append((first, second, int(number), {**kept, **base}))
    return _sorted(rows)


def _sorted(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row[:3])
