"""One link or one unlinked record as the rules see it: values, scopes, agreement. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tieout.mapping.canonical import canonical, same
from tieout.mapping.compiled import ABSENT, CompiledMapping, Missing, OneWay, Pair, Path, holds, put
from tieout.mapping.rolled import Figures, Rollup
from tieout.model import Field, Value
from tieout.money.chart import Chart
from tieout.money.rates import Rates
from tieout.sync.merge import blank
from tieout.sync.picking import Listed, Past, Picked, choose, remembered
from tieout.sync.words import Answer, Awaited, Base, Blocked, Image, Link, Quality, Reference, Resolve
from tieout.transform import Bound, Scope, Unconvertible
from tieout.values import dumps


def nobody(_rollup: Rollup, _id: str) -> Mapping[str, Mapping[str, Value]]:
    """Give no members."""
    return {}


@dataclass(frozen=True)
class Facts:
    """What a pass knows beside the records: the run, and how to look things up."""

    run: Mapping[str, Value]
    """today, environment, time, id, by."""
    resolve: Resolve
    url: Callable[[str, str, str], str | None]
    """(connection, object, id) -> the page on which a person sees the record."""
    grain: tuple[float, float] = (1.0, 1.0)
    """Seconds, by end: two stamps nearer than this are not told apart."""
    users: tuple[str | None, str | None] = (None, None)
    """By end: as whom Tieout writes there, where the system says so."""
    charts: tuple[Chart | None, Chart | None] = (None, None)
    """By end: the organisation's own tables, where the system is a ledger and a document is planned."""
    rates: Callable[[], Rates] = Rates
    """The project's exchange rates, read when they are first asked for."""
    listed: Listed = lambda _side, _object: None
    members: Callable[[Rollup, str], Mapping[str, Mapping[str, Value]]] = nobody
    """(roll-up, id of a record) -> the records, by id, that belong to it. Raises Undecided if that is not known."""
    archived: Callable[[str, str, str], str | None] = lambda _connection, _object, _id: None
    """(connection, object, id) -> what a record is called that is archived there ("": nothing); None: it is not."""


@dataclass(frozen=True)
class Sight:
    """Both records of one (possibly planned) link under one mapping; one image is None while it does not exist."""

    mapping: CompiledMapping
    images: tuple[Image | None, Image | None]
    facts: Facts
    pair: int = 0
    link: Link | None = None
    part: str = ""
    """The part of the one record that the link stands for."""
    leads: bool = True
    """The link decides what is written to the one record; False: another link of the record does."""
    left: int | None = None
    """The end whose record does not have the link's part any more."""
    parents: Mapping[str, Value] = field(default_factory=dict)
    before: Mapping[str, Base] = field(default_factory=dict)
    """What the link remembered in whose place another one is to come."""
    wishes: Mapping[str, str] = field(default_factory=dict)
    """Pick -> the key that somebody asks for."""
    answers: Mapping[str, Answer] = field(default_factory=dict)

    @property
    def adopts(self) -> str:
        """Give the part that a link without one stands for, and keeps from now on; "": it does not get one."""
        kept = self.link is not None and self.link.id is not None and not self.link.part
        return self.part if kept else ""

    @property
    def found_again(self) -> bool:
        """Say whether one record was found that we made for the other, or may have made."""
        return self.link is not None and self.link.found_again

    @cached_property
    def scope(self) -> Scope:
        """Give what an expression sees; a pick that is not made is absent, and so unknown."""
        first, second = self.mapping.sides
        picks: dict[str, Value] = {one.pick.name: one.item for one in self.picked if one.decided}
        scope: dict[str, Value] = {
            **self.records,
            **({"pick": picks} if self.mapping.picks else {}),
            "link": {
                "part": self.part,
                first.name: self._linked(0),
                second.name: self._linked(1),
            },
        }
        if self.mapping.rollups:
            scope["rollup"] = Figures(self.mapping.rollups, self._members, self.records)
        return scope

    def _members(self, rollup: Rollup) -> list[Mapping[str, Value]]:
        """Give the records that belong to the one in hand; its partner counts as it is in hand, too."""
        end = self.end(rollup.side)
        owner, partner = self.images[end], self.images[1 - end]
        found = {} if owner is None else dict(self.facts.members(rollup, owner.id))
        if not rollup.object and owner is not None and partner is not None and partner.live:
            found[partner.id] = partner.record
        return [found[id_] for id_ in sorted(found)]

    @cached_property
    def records(self) -> Scope:
        """Give what an expression sees that is not told what is picked, nor of the link."""
        first, second = self.mapping.sides
        return {
            first.name: self.record(0),
            second.name: self.record(1),
            "settings": dict(self.mapping.settings),
            "run": dict(self.facts.run),
        }

    @cached_property
    def picked(self) -> tuple[Picked, ...]:
        """Give what is picked for this record."""
        base = self.before if self.link is None else self.link.base
        return tuple(
            choose(
                pick,
                self.records,
                self.facts.listed,
                Past(self.wishes.get(pick.name), remembered(base, pick), self.answers.get(pick.rule)),
                self._page,
            )
            for pick in self.mapping.picks
        )

    def _page(self, side: str, name: str, id_: str) -> str | None:
        return self.facts.url(self.mapping.sides[self.end(side)].connection, name, id_)

    def record(self, end: int) -> Value:
        """Give the record of an end as an expression sees it, null while it does not exist."""
        image = self.images[end]
        return None if image is None else dict(image.record)

    def _linked(self, end: int) -> Value:
        image, side = self.images[end], self.mapping.sides[end]
        identity = None if image is None else image.id
        url = None if identity is None else self.facts.url(side.connection, side.object, identity)
        return {"id": identity, "url": url, "connection": side.connection}

    def told_here(self, side: str) -> bool:
        """Say whether this link decides what is written to a side: of a record with parts one of them does."""
        return self.leads or self.mapping.parts is None or side != self.mapping.parts.side

    def end(self, side: str) -> int:
        """Give the end of a side."""
        return 0 if self.mapping.sides[0].name == side else 1

    def field(self, end: int, path: Path) -> Field | None:
        """Give what describe says of a path."""
        return self.mapping.sides[end].type.fields.get(path.text)

    def value(self, end: int, path: Path, conversion: Bound | None) -> Value | Missing:
        """Give the present value at a path, narrowed to the names that the conversion reads; ABSENT if unknown."""
        image = self.images[end]
        return ABSENT if image is None else narrowed(path.read(image.record), conversion)


def narrowed(value: Value | Missing, conversion: Bound | None) -> Value | Missing:
    """Keep only the names below a path that a transform declares (`lines`)."""
    if conversion is None or not conversion.names or isinstance(value, Missing) or value is None:
        return value
    if not isinstance(value, Mapping):
        return value
    return {name: value.get(name) for name in sorted(conversion.names)}


def in_force(rule: Pair | OneWay, scope: Scope) -> bool:
    """Say whether a rule's `when` holds."""
    return rule.when is None or holds(rule.when(scope))


def source_value(rule: OneWay, scope: Scope, currency: str | None) -> Value:
    """Compute what a one-way field should hold (for a link: the id on the source's side)."""
    value = found = _first_case(rule, scope, currency)
    if rule.conversion is not None:
        value = rule.conversion.convert(value, to=rule.side, scope=scope, currency=currency)
    if not blank(value):
        return value
    if not blank(found) and rule.default is None:
        raise Unconvertible("not-in-table", f"{rule.key}: its source has a value for which there is none to write")
    return rule.default


def source_evidence(rule: OneWay, scope: Scope, currency: str | None) -> dict[str, Value]:
    """Tell what the conversions of a one-way field rest on beside the record; empty for most."""
    bounds = [rule.conversion, *(case.conversion for case in rule.cases)]
    told = rolled_up(rule, scope)
    if not any(bound is not None and bound.tells for bound in bounds):
        return told
    value: Value = None
    for case in rule.cases:
        if case.when is not None and not holds(case.when(scope)):
            continue
        source = case.value if case.source is None else case.source(scope)
        value = source
        if case.conversion is not None:
            value = case.conversion.convert(source, to=rule.side, scope=scope, currency=currency)
        if not blank(value):
            told |= _evidence(case.conversion, source, rule.side, scope, currency)
            break
    return {**told, **_evidence(rule.conversion, value, rule.side, scope, currency)}


def rolled_up(rule: OneWay, scope: Scope) -> dict[str, Value]:
    """Tell of how many records the roll-ups that a rule's sources read are made."""
    figures = scope.get("rollup")
    if not isinstance(figures, Figures):
        return {}
    sources = [case.source for case in rule.cases if case.source is not None]
    names = {path.split(".")[0] for source in sources for path in source.reads.get("rollup", ())}
    return {f"records of rollup.{name}": str(figures.told(name).records) for name in sorted(names)}


def _evidence(bound: Bound | None, value: Value, side: str, scope: Scope, currency: str | None) -> Mapping[str, Value]:
    told = bound is not None and bound.tells
    return bound.evidence(value, to=side, scope=scope, currency=currency) if bound is not None and told else {}


def _first_case(rule: OneWay, scope: Scope, currency: str | None) -> Value:
    for case in rule.cases:
        if case.when is not None and not holds(case.when(scope)):
            continue
        value = found = case.value if case.source is None else case.source(scope)
        if case.conversion is not None:
            value = case.conversion.convert(value, to=rule.side, scope=scope, currency=currency)
        if not blank(value):
            return value
        if not blank(found) and len(rule.cases) == 1 and rule.default is None:
            raise Unconvertible("not-in-table", f"{rule.key}: its source has a value for which there is none to write")
    return None


def currency_of(field_: Field | None, will: Mapping[str, Value], item: Mapping[str, Value] | None = None) -> str | None:
    """Give the currency of an amount: fixed, or at its path in the record as it will be (or in its list item)."""
    if field_ is None or field_.currency is None:
        return None
    names = tuple(field_.currency.split("."))
    for record in (item or {}, will):
        value = Path(field_.currency, names).read(record)
        if isinstance(value, str) and value:
            return value
    return field_.currency if len(field_.currency) == 3 and field_.currency.isupper() else None  # noqa: PLR2004


def pair_agreement(rule: Pair, sides: tuple[str, str], values: tuple[Value, Value], scope: Scope) -> Quality | None:
    """Say how well two values of a pair agree: t or its inverse, in the canonical form of the side it arrives at."""
    for end in (1, 0):
        converted = rule.conversion.convert(values[1 - end], to=sides[end], scope=scope)
        if dumps(converted) == dumps(values[end]):
            return Quality.EQUAL
        if rule.conversion.same(converted, values[end], on=sides[end]):
            return Quality.NORMALISED
    return None


def one_way_agreement(rule: OneWay, wanted: Reference, present: Value, field_: Field | None) -> Quality | None:
    """Say how well a target agrees with the value that it should have."""
    if isinstance(wanted, Awaited | Blocked):
        return None
    value = wanted
    if dumps(value) == dumps(present) or (blank(value) and blank(present)):
        return Quality.EQUAL
    equal = rule.conversion.same(value, present, on=rule.side) if rule.conversion is not None else False
    return Quality.NORMALISED if equal or same(value, present, field_) else None


def will_be(image: Image | None) -> dict[str, Value]:
    """Start the record as it will be after the writes."""
    return {} if image is None else dict(image.record)


def store_into(will: dict[str, Value], names: tuple[str, ...], value: Value) -> None:
    """Add one write to the record as it will be."""
    put(will, names, value)


def canonical_text(value: Value, field_: Field | None) -> str:
    """Give the text under which two values of a field count as the same."""
    return dumps(canonical(value, field_))
