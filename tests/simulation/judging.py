"""A world in which all was well, and hands to break a law in it: what the tests of the judge share."""

from __future__ import annotations

from simulation.breach import Breach
from simulation.laws import judge
from simulation.remains import LinkRow, Remains, Story
from simulation.trial import Trial, play
from simulation.world import PERSON, SHARES, Profile, World
from tieout.model import Value
from tieout.testing.memory import MemorySystem
from tieout.testing.memory_port import USER

PLAIN = {"answers": "full", "deletions": "reported", "twins": "refused", "conditional": False, "automated": ""}


def calm(*features: str, seed: int = 2) -> Trial:
    """Play a world in which nothing but people happened, and nothing is wrong."""
    wanted = {name: name in features for name in SHARES}
    trial = play(seed, Profile(faults=False, features=wanted, tempers=PLAIN))
    assert judge(trial) == []
    return trial


def laws(found: object) -> set[str]:
    assert not isinstance(found, list) or all(isinstance(one, Breach) for one in found)
    return {one.law for one in found} if hasattr(found, "__iter__") else set()


def linked(world: World) -> LinkRow:
    """Give a link of two live records."""
    remains = Remains(world)
    return next(
        one
        for one in remains.active
        if all(remains.live(place, id_) for place, id_ in zip(one.ends, one.ids, strict=True))
    )


def ours(world: World, place: int, id_: str, values: dict[str, Value], *, read: int | None = None) -> None:
    """Write to a record as Tieout does; `read`: how long the history was when it read the record."""
    system = world.systems[place]
    start = len(system.history)
    system.edit(id_, values, by=USER, api=True)
    world.windows[place].update(dict.fromkeys(range(start, len(system.history)), read))


def persons(world: World, place: int, id_: str, values: dict[str, Value]) -> int:
    """Write to a record as a person does; give how long the history was before."""
    system = world.systems[place]
    before = len(system.history)
    system.edit(id_, values, by=PERSON)
    return before


def deleted(world: World, place: int, id_: str, by: str) -> None:
    system: MemorySystem = world.systems[place]
    world.windows[place][len(system.history)] = None
    system.remove(id_, by=by)


def override(one: LinkRow, rule: str, write: list[Value], *, key: str = "w1") -> Story:
    payload = {"pair": one.pair, "end": 1, "record": one.ids[1], "source": one.ids[0], "verb": "update", "key": key}
    return Story("intent", payload, {"writes": {rule: write}, "before": {}, "lists": {}})
