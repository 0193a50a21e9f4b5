"""What one run stored, net, by link and end: read from its entries in the audit log. Pure.

A write belongs to the run that settled it: what a crash left open was settled by a later run, and is undone with that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

from tieout.model import Value

REMOVALS = frozenset({"archive", "delete", "void"})
CREDIT = "credit"


class Deed(Protocol):
    """One entry of the log."""

    @property
    def kind(self) -> str:
        """What it tells of."""

    @property
    def payload(self) -> Mapping[str, Value]:
        """Give ids and codes."""

    @property
    def values(self) -> Mapping[str, Value] | None:
        """Give the values, if it has some and they were not erased."""

    @property
    def erased(self) -> bool:
        """Say whether they were erased."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One field: what it held before the run, and what the run sent and the system stored last."""

    before: Value
    sent: Value
    kept: Value


@dataclass(frozen=True, slots=True)
class StoredRows:
    """One list: its rows before the run, and those that the run sent last, each with its id where it had one."""

    before: Sequence[Mapping[str, Value]]
    sent: Sequence[Mapping[str, Value]]
    kept: Mapping[str, Mapping[str, Value]]
    """Id of a row -> rule -> what the system stored in it."""


@dataclass(slots=True)
class Deeds:
    """What a run did to one end of a link."""

    fields: dict[str, Stored] = field(default_factory=dict)
    lists: dict[str, StoredRows] = field(default_factory=dict)
    erased: bool = False
    """Values of it were erased from the log."""


@dataclass(slots=True)
class Story:
    """What a run did, by link."""

    ends: dict[tuple[int, int], Deeds] = field(default_factory=dict)
    """(link, end) -> what was stored there."""
    created: dict[int, int] = field(default_factory=dict)
    """Link -> the end whose record the run made."""
    linked: set[int] = field(default_factory=set)
    """Links that the run made between records that were there already."""
    removed: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Link -> the verb by which the run removed a record, and its end."""
    credited: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Link -> the document by which the run credited a record, and the record's end."""
    ended: dict[int, str] = field(default_factory=dict)
    """Link that the run ended -> why."""
    noted: dict[int, set[int]] = field(default_factory=dict)
    """Link -> the ends in whose history the run noted what is held."""
    followed: set[int] = field(default_factory=set)
    """Links that the run led after a merge."""

    @property
    def links(self) -> list[int]:
        """Give every link that it touched."""
        touched = {link for link, _ in self.ends} | self.noted.keys()
        ended = self.ended.keys() | self.removed.keys() | self.credited.keys()
        return sorted(touched | self.created.keys() | self.linked | ended | self.followed)


def tell(deeds: Iterable[Deed]) -> Story:
    """Fold the entries of one run."""
    story, intents = Story(), dict[tuple[int, int], Deed]()
    for deed in deeds:
        match deed.kind:
            case "intent":
                link = deed.payload.get("link")
                if link is not None:
                    intents[_number(link), _number(deed.payload["end"])] = deed
            case "settled":
                _settled(story, deed, intents)
            case "link":
                _linked(story, deed)
            case "end":
                _ended(story, deed, intents)
            case "noted":
                _noted(story, deed)
            case "re-point":
                story.followed.add(_number(deed.payload["link"]))
    return story


def _linked(story: Story, deed: Deed) -> None:
    """A link that was rebuilt from a key names who made the record, too, but it did not come with the create."""
    link, evidence = _number(deed.payload["link"]), _object(deed.payload.get("evidence"))
    if evidence.get("why") == "made by us":
        story.created[link] = _number(evidence["created"])
    else:
        story.linked.add(link)


def _ended(story: Story, deed: Deed, intents: Mapping[tuple[int, int], Deed]) -> None:
    link, reason = _number(deed.payload["link"]), str(deed.payload.get("reason", ""))
    verb = reason.partition(" by us")[0]
    ends = [end for end in (0, 1) if (link, end) in intents and intents[link, end].payload.get("verb") == verb]
    if verb in REMOVALS and ends:
        story.removed[link] = (verb, ends[0])
    elif verb == CREDIT and ends:
        story.credited[link] = (str(deed.payload.get("document", "")), ends[0])
    else:
        story.ended[link] = reason


def _noted(story: Story, deed: Deed) -> None:
    link, end = str(deed.payload["scope"]).removeprefix("link:"), str(deed.payload["rule"]).removeprefix("note@")
    story.noted.setdefault(int(link), set()).add(int(end))


def _settled(story: Story, deed: Deed, intents: Mapping[tuple[int, int], Deed]) -> None:
    link, end = _number(deed.payload["link"]), _number(deed.payload["end"])
    done = story.ends.setdefault((link, end), Deeds())
    if deed.values is None:
        done.erased = done.erased or deed.erased
        return
    base = _object(deed.values.get("base"))
    for rule, write in _object(deed.values.get("writes")).items():
        before, sent = cast("Sequence[Value]", write)[:2]
        known = done.fields.get(rule)
        if rule in base:
            kept = cast("Sequence[Value]", base[rule])[end]
            done.fields[rule] = Stored(before if known is None else known.before, sent, kept)
    intent = intents.get((link, end))
    if intent is not None:
        done.erased = done.erased or intent.erased
        _settled_lists(done, end, _object((intent.values or {}).get("lists")), _object(deed.values.get("children")))


def _settled_lists(done: Deeds, end: int, lists: Mapping[str, Value], children: Mapping[str, Value]) -> None:
    for rule, told in lists.items():
        if rule not in children:
            continue  # its rows could not be told apart, or it never arrived
        before, sent = cast("Sequence[Sequence[Mapping[str, Value]]]", told)
        kept: dict[str, Mapping[str, Value]] = {}
        for row in cast("Sequence[Sequence[Value]]", children[rule]):
            stored = {inner: cast("Sequence[Value]", base)[end] for inner, base in _object(row[3]).items()}
            kept[str(row[end])] = stored
        known = done.lists.get(rule)
        earlier = {} if known is None else known.kept
        merged = {id_: {**earlier.get(id_, {}), **stored} for id_, stored in kept.items()}
        done.lists[rule] = StoredRows(before if known is None else known.before, sent, merged)


def _number(value: Value) -> int:
    return int(str(value))


def _object(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}
