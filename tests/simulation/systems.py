"""What the simulated systems keep and how they behave: every capability of the memory system, drawn for each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from tieout.model import Deletions, Field, Kind, ObjectType, Twins, Verb
from tieout.testing.memory import Traits

THING = "Thing"
NAMES = ("left", "right", "far")
PAIRS = ("name", "phone", "grade", "limit")
"""Both ways: as it is; with a transform; rewritten by a rule of the right system; ignored while stuck."""
FROM_LEFT, FROM_RIGHT = "note", "total"
FIELDS = (*PAIRS, FROM_LEFT, FROM_RIGHT)
KEY, SCOPE, PARENT = "code", "scope", "parent"
ROWS, ROW_ID, TEXT, MEMO = "rows", "id", "text", "memo"
"""A list; what a row has: its id, a text that the mapping carries, and a memo that it does not know."""
MARKER = "tieout_key"
LATE = timedelta(seconds=25)
"""Listings show a change at most so late; replicas are as far behind."""
SOON, LONG = timedelta(seconds=80), timedelta(hours=1)
"""How long a lost request may still take effect."""
OUT = "out"
"""Value of `scope` of a record that is in no mapping's scope, where a mapping asks."""


@dataclass(frozen=True, slots=True)
class Temper:
    """What was drawn for one system."""

    type: ObjectType
    traits: Traits
    late: bool
    behind: bool
    automated: str
    """Who writes a phone number has the grade changed: "at once", "later", or "" for never."""


def strip_x(text: str) -> str:
    """Drop a last letter, as a field that is too short does."""
    return text.rstrip("x ")


def upper(text: str) -> str:
    """Spell in capitals."""
    return text.strip().upper()


SPELLINGS: tuple[dict[str, Callable[[str], str]], ...] = (
    {},
    {"name": str.strip, f"{ROWS}.{TEXT}": str.strip},
    {"name": str.lower, f"{ROWS}.{TEXT}": upper},
    {"name": upper},
    {"name": strip_x, "phone": str.lower},
)
TRIMMING = (str.strip, upper)


def temper(random: Random, place: int, features: Collection[str], fixed: Mapping[str, object]) -> Temper:
    """Draw one system; `fixed` settles some of its traits."""
    spelling = random.choice(SPELLINGS)
    drawn: dict[str, object] = {
        "answers": random.choice(("full", "full", "partial", "bare", "bare", "bare")),
        "names_author": random.random() < 0.5,
        "conditional": random.random() < 0.35,
        "twins": random.choice(("upsert", "refused", "found", "possible")),
        "late": random.random() < 0.4,
        "behind": random.random() < 0.2,
        "deletions": random.choice((*["reported"] * 11, *["absence"] * 7, *["never"] * 2)),
        "sees_own": random.random() < 0.5,
        "atomic": random.random() < 0.2,
        "replay": random.random() < 0.25,
        "incremental": random.random() < 0.9,
        "batch": random.choice((1, 2, 10)),
        "page": random.choice((2, 100)),
        "shifting": random.random() < 0.3,
        "grain": random.choice((1, 10, 10, 60)),
        "long": random.random() < 0.15,
        "honest": random.random() < 0.7,
        "natural": random.random() < 0.4,
        "automated": random.choice(("", "", "", "", "at once", "later")) if place == 1 else "",
        **fixed,
    }
    trims = {path for path, spell in spelling.items() if spell in TRIMMING and drawn["honest"]}
    silent = (FROM_LEFT, FROM_RIGHT, "")[place] if "untracked" in features else ""  # what the other side only reads
    type_ = _type(drawn, trims, features, silent)
    traits = Traits(
        answers=drawn["answers"] != "bare",
        partial=drawn["answers"] == "partial",
        names_author=bool(drawn["names_author"]),
        upserts=drawn["twins"] == "upsert",
        atomic=bool(drawn["atomic"]),
        overlap=type_.grain + 2 * LATE + timedelta(seconds=10),
        page=int(str(drawn["page"])),
        shifting=bool(drawn["shifting"]),
        spelling=spelling,
        ignored=frozenset({"limit"}) if place == 1 else frozenset(),
    )
    return Temper(type_, traits, bool(drawn["late"]), bool(drawn["behind"]), str(drawn["automated"]))


def _type(drawn: Mapping[str, object], trims: Collection[str], features: Collection[str], silent: str) -> ObjectType:
    batch = int(str(drawn["batch"]))
    twins = {"upsert": Twins.REFUSED, "refused": Twins.REFUSED, "found": Twins.FOUND, "possible": Twins.POSSIBLE}
    kept = twins[str(drawn["twins"])]
    deletions = Deletions(str(drawn["deletions"]))
    verbs = [Verb.CREATE, Verb.UPDATE, *([] if deletions is Deletions.NEVER else [Verb.DELETE])]
    verbs += [Verb.ARCHIVE] if "archives" in features else []
    return ObjectType(
        THING,
        _fields(features, trims, silent, natural=bool(drawn["natural"])),
        verbs=dict.fromkeys(verbs, batch),
        children={ROWS: ROW_ID} if "lists" in features else {},
        deletions=deletions,
        twins=kept,
        marker=None if kept is Twins.POSSIBLE else MARKER,
        conditional=bool(drawn["conditional"]),
        incremental=bool(drawn["incremental"]),
        horizon=LONG if drawn["long"] else SOON,
        replay=timedelta(hours=1) if drawn["replay"] else None,
        sees_own=bool(drawn["sees_own"]),
        grain=timedelta(seconds=int(str(drawn["grain"]))),
        fetch=5,
    )


def _fields(features: Collection[str], trims: Collection[str], silent: str, *, natural: bool) -> dict[str, Field]:
    paths = [KEY, *FIELDS, *([SCOPE] if "scope" in features else [])]
    fields = {path: Field(path, Kind.TEXT, trims=path in trims, tracked=path != silent) for path in paths}
    if "references" in features:
        fields[PARENT] = Field(PARENT, Kind.REFERENCE, refers_to=(THING,))
    if "lists" in features:
        fields[ROWS] = Field(ROWS, Kind.LIST)
        for name in (ROW_ID, TEXT, MEMO):
            own = name != ROW_ID or natural
            path = f"{ROWS}.{name}"
            fields[path] = Field(path, Kind.TEXT, creatable=own, updatable=own, trims=path in trims)
    return fields
