"""Holds and questions in words: whose record, which rule, why, and the ways out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tieout.language.copies import record_of_family
from tieout.mapping.parts import one_side
from tieout.model import Value
from tieout.report.run_view import Standing
from tieout.store import overview, standing
from tieout.sync.crediting import credit_rule
from tieout.sync.expecting import rule_of
from tieout.sync.failing import of_code
from tieout.sync.noting import note_rule
from tieout.sync.planview import reference
from tieout.sync.reissuing import reissue_rule
from tieout.sync.routing import UNROUTED, route_rule, writers_rule
from tieout.sync.ways import OFFERED, WAYS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieout.project import Project
    from tieout.store.overview import PairRow

DIFFERS = "stored-differently"
"""The code of a field whose sides rest in disagreement."""
OF_SECOND = frozenset({rule_of(1), writers_rule(1), route_rule(1), note_rule(1), credit_rule(1), reissue_rule(1)})
"""Holds that are about the second side's record as a whole."""


@dataclass(frozen=True, slots=True)
class PairNames:
    """How a project calls the records of a pair."""

    mapping: str
    sides: tuple[str, str]
    """In the pair's order."""
    one: int | None = None
    """The end whose records have parts."""
    pages: tuple[str, str] = ("", "")
    """On which people see the records of each end, with `{id}` where the id stands; "": not known."""

    @classmethod
    def unknown(cls, pair: int) -> PairNames:
        """Name a pair that nothing is known of."""
        return cls(f"pair {pair}", ("0", "1"))

    def record(self, end: int, id_: str, part: str = "") -> str:
        """Name a record, or the part of it that a link is for: `invoices/crm:006…#2026-03-01`."""
        return reference(self.mapping, self.sides[end], id_, part if end == self.one else "")

    def page(self, end: int, id_: str) -> str:
        """Give the page on which a person sees a record; "": none is known."""
        return self.pages[end].replace("{id}", id_)


SideNames = Mapping[int, PairNames]
"""By pair."""


def side_names(project: Project, pairs: list[PairRow]) -> SideNames:
    """Name the ends of pairs as the project's mappings do; of mappings that are gone, by object."""
    return {row.id: _named(project, row) for row in pairs}


def _named(project: Project, row: PairRow) -> PairNames:
    sides = (_side(project, row, 0), _side(project, row, 1))
    roots = [source.root for source in project.mappings if source.name == row.label]
    one = one_side(roots[0], sides) if roots else None
    pages = (row.ends[0].page, row.ends[1].page)
    return PairNames(row.label, sides, None if one is None else sides.index(one), pages)


def _side(project: Project, row: PairRow, end: int) -> str:
    wanted = row.ends[end]
    for source in project.mappings:
        between = source.root.table("between")
        for side in between.entries if source.name == row.label else ():
            node = between.table(side)
            config = project.connections.get(node.text("connection"))
            if config is not None and (config.adapter, node.text("object")) == (wanted.adapter, wanted.object):
                return side
    return wanted.object


@dataclass(frozen=True, slots=True)
class Words:
    """Puts what stands into words, within one transaction."""

    tx: Connection
    names: SideNames
    run: str = ""
    """What this run found first counts as new."""

    def holds(self) -> tuple[Standing, ...]:
        """Give every hold, and what failed after the last look at its record; each with what it waits for."""
        held = standing.holds(self.tx)
        known = {(kept.pair, kept.scope, kept.rule) for kept in held}
        fresh = [kept for kept in standing.refused(self.tx, latest=True) if _subject(kept) not in known]
        return waiting(tuple(self.hold(kept) for kept in [*held, *fresh]))

    def differing(self) -> tuple[Standing, ...]:
        """Give the fields that rest stored differently on the two sides, as agreed; no value of them is shown."""
        told = "the two sides store it differently, and that is agreed; tieout verify names the cause"
        found = []
        for pair in self.names:
            for link, rule in overview.differing(self.tx, pair):
                about = (pair, f"link:{link}", rule)
                found.append(Standing(self.record(*about), rule, DIFFERS, told, partner=self.partner(*about)))
        return tuple(found)

    def failures(self) -> tuple[Standing, ...]:
        """Give what this run's writes were refused, or what was not stored."""
        return tuple(self.hold(kept) for kept in standing.refused(self.tx) if kept.run == self.run)

    def reviews(self, state: str = "open") -> tuple[Standing, ...]:
        """Give every open question, or those in another state: answered, dropped."""
        return tuple(self.review(kept) for kept in standing.reviews(self.tx, state=state))

    def review(self, kept: standing.Review) -> Standing:
        """Give one question."""
        choices = kept.question.get("choices")
        return Standing(
            self.record(kept.pair, kept.scope, kept.rule),
            kept.rule,
            kept.kind,
            _text(kept.question, "text"),
            id=kept.id,
            since=kept.asked,
            new=kept.run == self.run,
            choices={name: str(meaning) for name, meaning in choices.items()} if isinstance(choices, Mapping) else {},
            candidates=_candidates(kept.question.get("candidates")),
            partner=self.partner(kept.pair, kept.scope, kept.rule),
            at=_text(kept.question, "at"),
            answer=kept.answer or "",
            who=kept.who or "",
            why=kept.why or "",
        )

    def hold(self, kept: standing.Standing) -> Standing:
        """Give one hold, or one decision that is not repeated."""
        ways = kept.detail.get("ways_out")
        record = self.record(kept.pair, kept.scope, kept.rule)
        page, partner_page = self.pages(kept.pair, kept.scope, kept.rule)
        return Standing(
            record_of_family(record) if kept.code == UNROUTED else record,
            kept.rule,
            kept.code,
            _text(kept.detail, "message"),
            (*(str(way) for way in (ways if isinstance(ways, list) else ())), *self._offered(kept)),
            since=kept.since,
            new=kept.run == self.run,
            quiet=kept.detail.get("quiet") is True,
            partner=self.partner(kept.pair, kept.scope, kept.rule),
            whose=_text(kept.detail, "class") or of_code(kept.code),
            words=_text(kept.detail, "words"),
            at=_text(kept.detail, "at"),
            other=_text(kept.detail, "other"),
            blocked_by=_text(kept.detail, "by"),
            page=page,
            partner_page=partner_page,
        )

    def _offered(self, kept: standing.Standing) -> list[str]:
        """Give the ways out that can be asked for, each as its command."""
        offered = kept.detail.get(OFFERED)
        record = self.record(kept.pair, kept.scope, kept.rule)
        known = [way for way in (offered if isinstance(offered, list) else ()) if isinstance(way, str) and way in WAYS]
        return [f"{WAYS[way].told}: tieout plan {record} --way {way}" for way in known]

    def record(self, pair: int, scope: str, rule: str) -> str:
        """Name the record that a scope is about: of a link the side that the rule writes, else the first."""
        names = self._names(pair)
        linked = self._linked(scope)
        if linked is not None:
            end = _end(rule, names.sides)
            return names.record(end, linked.ids[end], linked.part)
        kind, _, rest = scope.partition(":")
        if kind == "link":
            return scope
        end_text, _, id_ = rest.partition(":")
        return names.record(1 if end_text == "1" else 0, id_)

    def partner(self, pair: int, scope: str, rule: str) -> str:
        """Name the record at the other end of a link; "" for a record that has no partner."""
        names = self._names(pair)
        linked = self._linked(scope)
        end = 1 - _end(rule, names.sides)
        return "" if linked is None else names.record(end, linked.ids[end], linked.part)

    def pages(self, pair: int, scope: str, rule: str) -> tuple[str, str]:
        """Give the page of the record that a scope is about, and its partner's; "": none is known."""
        names, linked = self._names(pair), self._linked(scope)
        if linked is not None:
            end = _end(rule, names.sides)
            return names.page(end, linked.ids[end]), names.page(1 - end, linked.ids[1 - end])
        kind, _, rest = scope.partition(":")
        end_text, _, id_ = rest.partition(":")
        return "" if kind == "link" else names.page(1 if end_text == "1" else 0, whole(id_)), ""

    def _names(self, pair: int) -> PairNames:
        return self.names.get(pair, PairNames.unknown(pair))

    def _linked(self, scope: str) -> overview.Linked | None:
        kind, _, rest = scope.partition(":")
        return overview.link_of(self.tx, int(rest)) if kind == "link" and rest.isdigit() else None

    def names_of(self, pair: int, scope: str) -> list[str]:
        """Give every name that a person may call a scope by: of a link those of both sides, with and without part."""
        both = [self.record(pair, scope, ""), self.record(pair, scope, f"{self._names(pair).sides[1]}.")]
        return list(dict.fromkeys([*both, *map(whole, both)]))


def whole(name: str) -> str:
    """Name the record of which another name is a part."""
    return name.partition("#")[0]


def _candidates(given: Value) -> tuple[Mapping[str, str], ...]:
    rows = given if isinstance(given, list) else []
    return tuple({name: str(value) for name, value in row.items()} for row in rows if isinstance(row, Mapping))


def _subject(kept: standing.Standing) -> tuple[int, str, str]:
    return kept.pair, kept.scope, kept.rule


def _end(rule: str, sides: tuple[str, str]) -> int:
    return 1 if rule.startswith(f"{sides[1]}.") or rule in OF_SECOND else 0


def waiting(found: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """Say of what waits for a failed record why it does, and of a failed record what waits for it."""
    # A record waits for one with parts by its id alone: for whichever of them is in the way.
    both = [(name, one) for one in found if not one.quiet for name in (one.record, one.partner) if name]
    loud = {whole(name): one for name, one in both} | dict(both)
    waits: dict[str, list[str]] = {}
    for one in found:
        if one.blocked_by in loud:
            waits.setdefault(loud[one.blocked_by].record, []).append(one.record)
    return tuple(_tied(one, loud, waits) for one in found)


def _tied(one: Standing, loud: Mapping[str, Standing], waits: Mapping[str, list[str]]) -> Standing:
    cause = loud.get(one.blocked_by)
    if cause is not None:
        return replace(one, whose=cause.whose, message=f"{one.message}; {cause.record} is held: {cause.code}")
    blocks = () if one.quiet else tuple(dict.fromkeys(waits.get(one.record, ())))
    return replace(one, blocks=blocks) if blocks else one


def _text(given: Mapping[str, Value], name: str) -> str:
    found = given.get(name)
    return found if isinstance(found, str) else ""
