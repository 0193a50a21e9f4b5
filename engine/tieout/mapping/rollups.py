"""Roll-ups as written, checked and compiled (LANGUAGE §9); `tieout.mapping.rolled` computes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tieout.language.nodes import MapNode, ScalarNode
from tieout.mapping.amounts import coins_read
from tieout.mapping.catalogue import Endpoint, list_above
from tieout.mapping.coins import Coin, RolledCoin
from tieout.mapping.compiled import Expression, Path
from tieout.mapping.draft import Draft, Figure, Ground, Reach, digest
from tieout.mapping.names import field_of, read_expression, read_path, use
from tieout.mapping.parts import one_side
from tieout.mapping.rolled import Exchange, Rollup
from tieout.mapping.sources import ITEM, find_source, settle
from tieout.mapping.subtracting import Made, subtracted
from tieout.model import Field, Kind
from tieout.money.currencies import countable
from tieout.money.documents import DOCUMENTS
from tieout.problems import FORBIDDEN, Position

ACTS = ("sum", "max", "min", "list", "count")
ROOTS = frozenset({"settings", "run"})
_CODE = re.compile("[A-Z]{3}")


def rollups(root: MapNode, ground: Ground, draft: Draft) -> tuple[tuple[Rollup, ...], dict[str, Figure]]:
    """Compile all roll-ups; give them, and what rules may know of each."""
    table = root.table("rollups")
    nodes = {name: node for name in table.entries if isinstance(node := table.get(name), MapNode)}
    made = {name: _Writing(name, node, root, ground).compiled(draft) for name, node in nodes.items()}
    good = {name: subtracted(one, made, draft) for name, one in made.items()}
    return tuple(one.rollup for one in good.values() if one.rollup), {name: one.figure for name, one in good.items()}


@dataclass(frozen=True, slots=True)
class _Members:
    """Whose records are rolled up."""

    side: str
    """The side of the record that they belong to."""
    end: Endpoint
    """Of `item`."""
    linked: str = ""
    """The side that they are records of, for `of: links`."""


@dataclass(frozen=True, slots=True)
class _Writing:
    """One roll-up while it is compiled."""

    name: str
    node: MapNode
    root: MapNode
    ground: Ground

    def compiled(self, draft: Draft) -> Made:
        """Compile it; what is wrong goes into the draft. What the system lacks goes to those who read it."""
        part = Draft()
        made = self._compiled(part)
        if part.missing and self._is_read:
            draft.note("skipped", f"left out here: rollup.{self.name}: {part.missing[0]}", self.node.at)
            draft.problems += [one for one in part.problems if one.code not in ABSENT]
            part.problems = [one for one in part.problems if one.code in ABSENT]
            return Made(self.node, Figure(None, absent=part))
        if made is None:
            draft.take(part)
            return Made(self.node, Figure(None))
        members, rollup, figure = made
        if members.linked:
            part.paths = {(members.linked if side == ITEM else side, path) for side, path in part.paths}
            draft.take(part)
        else:
            settle(part, members.side, members.end, draft)
        return Made(self.node, figure, rollup)

    @property
    def _is_read(self) -> bool:
        """Say whether anything names it; what nobody reads has nobody to tell what it lacks."""
        table = self.root.table("rollups")
        less = any(table.table(name).text("less") == self.name for name in table.entries)
        return less or re.search(rf"\brollup\.{self.name}\b", str(self.root.entries)) is not None

    def _compiled(self, draft: Draft) -> tuple[_Members, Rollup, Figure] | None:
        act = self._act(draft)
        members = self._members(draft)
        if members is None:
            return None
        reach = {ITEM: Reach(members.end)}
        by = self._by(members, draft)
        value = self._read(act, reach, draft) if act != "count" else None
        where, per = (self._read(key, reach, draft) for key in ("where", "per"))
        coins = coins_read(value, reach, self.ground)
        exchange, into = self._exchange(members, act, coins, draft)
        if act is None or (value is None and act != "count") or (by is None and not members.linked):
            return None
        self._judge(act, coins, members, (where, per), draft)
        rollup = Rollup(
            self.name, members.side, "" if members.linked else members.end.object, by, act, value, where, per,
            exchange, self.node.text("less"), coins, self.node.at,
        )  # fmt: skip
        figure = self._figure(rollup, members, into, draft)
        personal = figure.field is not None and figure.field.personal
        return members, replace(rollup, personal=personal), figure

    # --- whose records ------------------------------------------------------------------------------------------------

    def _members(self, draft: Draft) -> _Members | None:
        of = self.node.get("of")
        if isinstance(of, MapNode):
            found = find_source(of, self.ground, draft)
            return None if found is None else _Members(found[0], found[1])
        many = self._many()
        return _Members(self.ground.other(many).side, replace(self.ground.end(many), side=ITEM), many)

    def _many(self) -> str:
        """Give the side whose records are the partners: opposite to what `parts` reads, else the second one."""
        one = one_side(self.root, self.ground.sides)
        return self.ground.sides[1] if one is None else self.ground.other(one).side

    def _by(self, members: _Members, draft: Draft) -> Path | None:
        written = self.node.get("by")
        if members.linked:
            if written is not None:
                message = "`of: links` takes no `by`: the links say which records belong to this one"
                draft.error("wrong-shape", message, self.node.key_at("by"), "leave it out")
            return None
        owner = self.ground.end(members.side)
        if not isinstance(written, ScalarNode):
            message = f"which {members.end.object} belongs to a {owner.object}? `by` names the path of its id"
            draft.error("missing-key", message, self.node.at, f"write by: PATH, in {members.end}")
            return None
        path = read_path(written, draft, [])
        if path is None:
            return None
        found = use(path.text, written.at, Reach(members.end), self.ground, draft)
        if found is not None and members.end.type is not None and list_above(members.end.type, path.text):
            message = f"{path.text} lies inside a list: a record belongs to one other"
            draft.error("wrong-kind", message, written.at, "name a path of the record itself")
        elif found is not None and found.refers_to and owner.object not in found.refers_to:
            message = f"{path.text} holds the id of {' or '.join(found.refers_to)}, not of {owner.object}"
            draft.error("wrong-kind", message, written.at, f"name the path of the id of {owner}")
        return path

    # --- what of them -------------------------------------------------------------------------------------------------

    def _act(self, draft: Draft) -> str | None:
        given = [key for key in ACTS if key in self.node.entries and (key != "count" or self.node.flag("count"))]
        if not given:
            message = f"rollup.{self.name} does not say what it is of its records"
            draft.error("missing-key", message, self.node.at, "write one of sum, max, min, list, count: true")
            return None
        for more in given[1:]:
            message = f"rollup.{self.name} is the {given[0]}, and cannot be the {more}, too"
            draft.error("wrong-shape", message, self.node.key_at(more), "make it another roll-up")
        return given[0]

    def _read(self, key: str | None, reach: Mapping[str, Reach], draft: Draft) -> Expression | None:
        node = self.node.get(key) if key else None
        return read_expression(node, self.ground, draft, reach, ROOTS)

    def _exchange(
        self, members: _Members, act: str | None, coins: tuple[Coin, ...], draft: Draft
    ) -> tuple[Exchange | None, _Into]:
        """Give what converts each amount, and what is known of the currency it is converted to."""
        node = self.node.get("in")
        if not isinstance(node, ScalarNode):
            return None, _Into()
        end = members.end
        money = DOCUMENTS.get((end.adapter, end.object))
        if act not in {"sum", "max", "min"} or (not coins and end.type is not None):
            message = f"rollup.{self.name} is over no amounts: there is nothing to convert"
            draft.error("wrong-shape", message, self.node.key_at("in"), "leave `in` out")
            return None, _Into()
        if money is None:
            message = f"{end} is no document whose date and rate are known, so its amounts cannot be converted"
            draft.error("wrong-shape", message, self.node.key_at("in"), "write per: item.… with its currency instead")
            return None, _Into()
        for path in filter(None, (money.day, money.rate, money.currency)):
            if field_of(Reach(end), path, self.ground) is not None:
                draft.paths.add((ITEM, path))
        goal, into = self._goal(node, draft)
        return (None if goal is None else Exchange(goal, end.connection, end.object, money)), into

    def _goal(self, node: ScalarNode, draft: Draft) -> tuple[Expression | str | None, _Into]:
        text = str(node.value)
        if _CODE.fullmatch(text):
            self._countable(text, node.at, draft)
            return text, _Into(text)
        read = read_expression(node, self.ground, draft, self.ground.records(), ROOTS)
        if read is None:
            return None, _Into()
        if not set(read.reads) - {"settings"}:
            code = read({"settings": dict(self.ground.settings)})
            if not isinstance(code, str):
                draft.error("no-currency", f"{text} is no currency", node.at, "give the setting a code, such as GBP")
                return read, _Into()
            self._countable(code, node.at, draft)
            return read, _Into(code)
        spots = frozenset((side, path) for side in self.ground.sides for path in read.reads.get(side, ()))
        fields = [self.ground.catalogue.field(self.ground.end(side), path) for side, path in sorted(spots)]
        only = {found.choices if found is not None else None for found in fields}
        one = only.pop() if len(only) == 1 else None  # an organisation with one currency describes no other
        return read, _Into(one[0] if one is not None and len(one) == 1 else None, spots)

    def _countable(self, code: str, at: Position, draft: Draft) -> None:
        if not countable(code):
            draft.error("no-currency", f"{code} is no currency that amounts can be in", at, "write a code, such as GBP")

    # --- what comes of it ---------------------------------------------------------------------------------------------

    def _judge(
        self,
        act: str,
        coins: tuple[Coin, ...],
        members: _Members,
        read: tuple[Expression | None, Expression | None],
        draft: Draft,
    ) -> None:
        """Refuse amounts without a currency, and those of several currencies that are added up all the same."""
        where, per = read
        at = self.node.entries[act].at
        if act == "list" and coins:
            message = f"a list of amounts has no currency: {coins[0].name} would stand without it"
            draft.error("no-currency", message, at, "take the sum, or list what names the documents")
        places = {f"{ITEM}.{place}" for coin in coins for place in coin.places}
        tested = {f"{ITEM}.{path}" for path in (where.reads.get(ITEM, ()) if where is not None else ())}
        converted = "in" in self.node.entries
        if act == "list" or not places or converted or members.linked or tested & places:
            return
        if per is not None and per.text in places:
            return
        place = min(places, key=len)
        message = f"these amounts may be in several currencies ({place}), which cannot be added up"
        mend = f"write per: {place}, or in: a currency to convert each into, or limit them: where: {place} == 'GBP'"
        draft.error("other-currency", message, at, mend)

    def _figure(self, rollup: Rollup, members: _Members, into: _Into, draft: Draft) -> Figure:
        paths = frozenset(path for side, path in draft.paths if side == ITEM)
        end = members.end
        per = rollup.per
        places = {f"{ITEM}.{place}" for coin in rollup.coins for place in coin.places}
        coins = self._coins(rollup, members, into)
        named = sorted(
            path.split(".")[0]
            for one in (rollup.value, rollup.where, per)
            if one is not None
            for path in one.reads.get("settings", ())
        )
        return Figure(
            field=self._field(rollup, coins, members),
            coins=coins,
            keyed=per is not None,
            # Of a system that cannot be asked now, nothing tells that the keys are no currencies.
            by_currency=per is not None and rollup.exchange is None and (end.type is None or per.text in places),
            records=frozenset((end.connection, end.object, path) for path in paths),
            partners=frozenset((members.linked, path) for path in paths if members.linked),
            conditions=tuple(one for one in (rollup.where,) if one is not None),
            digest=digest(self.node, {name: self.ground.settings.get(name) for name in named}),
        )

    def _coins(self, rollup: Rollup, members: _Members, into: _Into) -> tuple[Coin, ...]:
        if not rollup.coins:
            return ()
        if rollup.exchange is not None:
            code, spots = into.code, into.spots
        else:
            fixed = {coin.code for coin in rollup.coins}
            code = next(iter(fixed)) if len(fixed) == 1 else None
            spots = frozenset(spot for coin in rollup.coins for spot in coin.spots)
            if members.linked:
                spots |= {(members.linked, path) for _, path in spots}
        return (RolledCoin("rollup", self.name, code or rollup.coins[0].written, code, of=spots),)

    def _field(self, rollup: Rollup, coins: tuple[Coin, ...], members: _Members) -> Field | None:
        found = self._pure(rollup.value, members)
        personal = any(
            known.personal
            for path in (rollup.value.reads.get(ITEM, ()) if rollup.value is not None else ())
            if (known := field_of(Reach(members.end), path, self.ground)) is not None
        )
        kind = found.kind if found is not None else None
        match rollup.act:
            case "count":
                kind = Kind.NUMBER
            case "list":
                kind = Kind.LIST
            case "sum" if members.end.type is not None:  # of an object that nobody knows, it may be of amounts
                kind = Kind.NUMBER
        if coins and rollup.act != "list":
            kind = Kind.MONEY
        if rollup.per is not None:
            kind = Kind.GROUP
        currency = coins[0].written if coins and kind is Kind.MONEY else None
        return None if kind is None else Field(self.name, kind, currency=currency, personal=personal)

    def _pure(self, value: Expression | None, members: _Members) -> Field | None:
        """Give the field of an expression that is a path and no more."""
        if value is None or not value.text.startswith(f"{ITEM}."):
            return None
        path = value.text.removeprefix(f"{ITEM}.")
        return field_of(Reach(members.end), path, self.ground)


@dataclass(frozen=True, slots=True)
class _Into:
    """The currency that amounts are converted to."""

    code: str | None = None
    spots: frozenset[tuple[str, str]] = frozenset()


ABSENT = frozenset({"unknown-field", "unknown-object", FORBIDDEN})
