"""What the two simulated systems keep, and the mapping between them, in every shape that a field can have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from tieout.mapping.canonical import identity
from tieout.mapping.compiled import (
    Act,
    Case,
    CompiledMapping,
    Drift,
    Expression,
    MatchPair,
    MatchRule,
    OneWay,
    Pair,
    Path,
    Policy,
    Position,
    Side,
)
from tieout.mapping.expressions import parse
from tieout.model import Deletions, Field, Kind, ObjectType, Twins, Value, Verb
from tieout.testing.memory import Traits
from tieout.transform import Bound, End, Scope

THING = "Thing"
SIDES = ("left", "right")
PAIRS = ("name", "phone", "grade", "limit")
"""Both ways: as it is; with a transform; rewritten by a rule of the right system; ignored while stuck."""
FROM_LEFT, FROM_RIGHT = "note", "total"
FIELDS = (*PAIRS, FROM_LEFT, FROM_RIGHT)
KEY = "code"
MARKER = "tieout_key"
HORIZON = timedelta(seconds=80)
GRAIN = timedelta(seconds=10)
LATE = timedelta(seconds=25)
OVERLAP = timedelta(seconds=80)
AT = Position("things.yaml", 1, 1)


@dataclass(frozen=True, slots=True)
class Plus(Bound):
    """A phone number is kept with its + on the right, without it on the left."""

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:
        if not isinstance(value, str):
            return value
        bare = value.lstrip("+")
        return "+" + bare if to == SIDES[1] else bare


# --- how a system behaves -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Temper:
    """What was drawn for one system."""

    type: ObjectType
    traits: Traits
    late: bool
    automated: bool


def strip_x(text: str) -> str:
    return text.rstrip("x ")


def upper(text: str) -> str:
    return text.strip().upper()


SPELLINGS: tuple[dict[str, Callable[[str], str]], ...] = (
    {},
    {"name": str.strip},
    {"name": str.lower},
    {"name": upper},
    {"name": strip_x, "phone": str.lower},
)
TRIMMING = (str.strip, upper)


def temper(random: Random, end: int, profile: Mapping[str, object]) -> Temper:
    """Draw one system; `profile` fixes some of its traits."""
    spelling = random.choice(SPELLINGS)
    drawn: dict[str, object] = {
        "answers": random.random() < 0.5,
        "names_author": random.random() < 0.5,
        "conditional": random.random() < 0.35,
        "twins": random.choice(("upsert", "refused", "found", "possible")),
        "late": random.random() < 0.4,
        "reported": random.random() < 0.6,
        "sees_own": random.random() < 0.5,
        "atomic": random.random() < 0.2,
        "replay": random.random() < 0.25,
        "incremental": random.random() < 0.9,
        "batch": random.choice((1, 2, 10)),
        "page": random.choice((2, 100)),
        "honest": random.random() < 0.7,
        "automated": end == 1 and random.random() < 0.3,
        **profile,
    }
    trims = {path for path, spell in spelling.items() if spell in TRIMMING and drawn["honest"]}
    type_ = _type(drawn, trims)
    traits = Traits(
        answers=bool(drawn["answers"]),
        names_author=bool(drawn["names_author"]),
        upserts=drawn["twins"] == "upsert",
        atomic=bool(drawn["atomic"]),
        overlap=OVERLAP,
        page=int(str(drawn["page"])),
        spelling=spelling,
        ignored=frozenset({"limit"}) if end == 1 else frozenset(),
    )
    return Temper(type_, traits, bool(drawn["late"]), bool(drawn["automated"]))


def _type(drawn: Mapping[str, object], trims: set[str]) -> ObjectType:
    batch = int(str(drawn["batch"]))
    fields = {path: Field(path, Kind.TEXT, trims=path in trims) for path in (KEY, *FIELDS)}
    twins = {"upsert": Twins.REFUSED, "refused": Twins.REFUSED, "found": Twins.FOUND, "possible": Twins.POSSIBLE}
    kept = twins[str(drawn["twins"])]
    return ObjectType(
        THING,
        fields,
        verbs={Verb.CREATE: batch, Verb.UPDATE: batch, Verb.DELETE: batch},
        deletions=Deletions.REPORTED if drawn["reported"] else Deletions.ABSENCE,
        twins=kept,
        marker=None if kept is Twins.POSSIBLE else MARKER,
        conditional=bool(drawn["conditional"]),
        incremental=bool(drawn["incremental"]),
        horizon=HORIZON,
        replay=timedelta(hours=1) if drawn["replay"] else None,
        sees_own=bool(drawn["sees_own"]),
        grain=GRAIN,
        fetch=5,
    )


# --- the mapping --------------------------------------------------------------------------------------------------


def mapping(random: Random, types: tuple[ObjectType, ObjectType]) -> CompiledMapping:
    """Draw the rules that decide conflicts; everything else is fixed."""
    ends = [
        {path: End(side, "memory", types[end].fields[path]) for path in (KEY, *FIELDS)}
        for end, side in enumerate(SIDES)
    ]
    rules = [_pair(path, "left" if path == KEY else random.choice((*SIDES, "review")), ends) for path in (KEY, *PAIRS)]
    drifts = [random.choice((Drift.RESTORE, Drift.RESTORE, Drift.KEEP, Drift.REVIEW)) for _ in range(2)]
    ways = [_one_way(FROM_LEFT, 1, drifts[0]), _one_way(FROM_RIGHT, 0, drifts[1])]
    paths = {side: Path(KEY, (KEY,)) for side in SIDES}
    return CompiledMapping(
        name="things",
        description="A thing is a thing.",
        sides=(_side(0, types[0]), _side(1, types[1])),
        settings={},
        match=(MatchRule((MatchPair(paths, None, None),), "link", decides=False, at=AT),),
        rules=(*rules, *ways),
        lists=(),
        checks=(),
        on_link=random.choice((*SIDES, "review")),
        conflict="review",
        drift=Drift.RESTORE,
        digest="1",
        at=AT,
    )


def _side(end: int, type_: ObjectType) -> Side:
    always, delete = Policy(Act.ALWAYS), Policy(Act.DELETE)
    keep = Policy(Act.KEEP)
    name = SIDES[end]
    return Side(
        name, name, "memory", THING, type_, None, archived=False, remember=None, create=always, update=always,
        delete=delete, leave=keep, paths=frozenset({KEY, *FIELDS}),
    )  # fmt: skip


def _pair(path: str, conflict: str, ends: list[dict[str, End]]) -> Pair:
    plain = identity(ends[0][path], ends[1][path])
    return Pair(
        key=f"left.{path}=right.{path}",
        paths={side: Path(path, (path,)) for side in SIDES},
        conversion=Plus() if path == "phone" else plain,
        conflict=conflict,
        clears=True,
        default=None,
        when=None,
        link=None,
        pii=False,
        note="",
        digest=f"{path}:{conflict}",
        at=AT,
    )


def _one_way(path: str, end: int, drift: Drift) -> OneWay:
    side, source = SIDES[end], SIDES[1 - end]
    return OneWay(
        key=f"{side}.{path}",
        side=side,
        path=Path(path, (path,)),
        cases=(Case(None, _read(f"{source}.{path}"), None, None),),
        conversion=None,
        default=None,
        when=None,
        link=None,
        only=None,
        drift=drift,
        clears=True,
        pii=False,
        note="",
        digest=f"{path}:{drift}",
        at=AT,
        source_side=source,
    )


def _read(text: str) -> Expression:
    found = parse(text, frozenset(SIDES)).expression
    assert found is not None
    return found


def rule_key(path: str) -> str:
    """Give the key of the rule for a path."""
    if path == FROM_LEFT:
        return f"right.{path}"
    return f"left.{path}" if path == FROM_RIGHT else f"left.{path}=right.{path}"
