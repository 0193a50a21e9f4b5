"""From a mapping as written to a mapping as the engine runs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tieout.language.nodes import MapNode, ScalarNode, value
from tieout.mapping import fit
from tieout.mapping.amounts import judge
from tieout.mapping.catalogue import Catalogue, Endpoint
from tieout.mapping.checks import checks
from tieout.mapping.claims import Claim
from tieout.mapping.compiled import Check, CompiledMapping, Drift, Expression, OneWay, Parts, Path, Policy, Rule, Side
from tieout.mapping.draft import Draft, Ground, Place, Reach, Write, digest, essence
from tieout.mapping.lists import list_rule
from tieout.mapping.match import match_rules
from tieout.mapping.names import field_of, read_expression, read_path
from tieout.mapping.notice import Notice
from tieout.mapping.notices import notices
from tieout.mapping.parts import fit_together, parts_of
from tieout.mapping.picks import as_rules_say, picks, settle
from tieout.mapping.policies import may, need_verbs, policy
from tieout.mapping.rights import missing_rights
from tieout.mapping.rollups import rollups
from tieout.mapping.rules import field_rule
from tieout.mapping.sources import sources
from tieout.mapping.writers import need_sources, twice
from tieout.model import Twins, Value, Verb
from tieout.problems import Position
from tieout.transform import Transform

ROOTS = frozenset({"settings", "run", "link", "pick", "rollup"})


@dataclass(frozen=True, slots=True)
class Given:
    """What a mapping finds around it."""

    ends: tuple[Endpoint, Endpoint]
    settings: Mapping[str, Value]
    tables: Mapping[str, Value]
    transforms: Mapping[str, Transform]
    catalogue: Catalogue
    links: Mapping[str, tuple[Endpoint, Endpoint]]
    absent: Mapping[str, str] = field(default_factory=dict)
    """Mappings that are left out here, and why."""
    names: frozenset[str] = frozenset()
    """Every mapping of the project, those included that cannot be compiled."""
    copies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """A mapping over several connections -> connection -> its copy."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The result for one mapping."""

    name: str
    mapping: CompiledMapping | None
    """None: it has errors, or an object is not known (offline)."""
    draft: Draft
    ends: tuple[Endpoint, Endpoint]
    claims: Mapping[str, Claim]
    """Side -> which of its records it takes."""
    creates: frozenset[str]
    """Sides on which it may create."""
    updates: frozenset[str]
    """Sides on which it may update."""


def compile_mapping(name: str, root: MapNode, given: Given) -> Compiled:
    """Compile and check one mapping whose keys and words are right already (`tieout.language.validation`)."""
    ground, draft = _ground(name, root, given), Draft()
    picked = picks(root, ground, draft)
    ground = replace(ground, picks=picked.reach)
    rolled, figures = rollups(root, ground, draft)
    ground = replace(ground, rollups=figures)
    matches = match_rules(root, ground, draft)
    place = Place(ground, ground.records(), ROOTS, ground.conflict, ground.drift)
    rules = [rule for node in root.tables("fields") if (rule := field_rule(node, place, draft))]
    lists = [found for node in root.tables("lists") if (found := list_rule(node, ground, draft))]
    checked = checks(root, ground, draft)
    parts = parts_of(root, ground, draft)
    halves = [_Half.read(root, end, ground, draft, parts) for end in ground.ends]
    twice(draft)
    scopes = [one for half in halves for one in (half.claim.where, half.claim.route)]
    scopes += [found.where for found in lists]
    judge(rules, scopes, ground, draft)
    for side in ground.sides:
        need_verbs(root, side, ground, draft)
        need_sources(root, side, ground, draft)
        _need_update(side, ground, draft)
        missing_rights(root, side, ground, draft)
    annotated = _annotated(root, ground, draft)
    noted = notices(root, ground, draft)
    fit_together(root, parts, rules, lists, draft)
    types = [end.type for end in ground.ends]
    settle(picked.made, draft)
    beside = sources(draft)
    mapping = None
    if None not in types and beside is not None:
        mapping = CompiledMapping(
            name=ground.mapping,
            description=root.text("description"),
            sides=(halves[0].side(draft), halves[1].side(draft)),
            settings=ground.settings,
            match=matches,
            rules=tuple(_in_order(rules, ground)),
            lists=tuple(lists),
            checks=checked,
            on_link=root.text("on_link", _on_link(ground)),
            conflict=ground.conflict,
            drift=Drift(ground.drift),
            digest=digest(essence(root), ground.settings, ground.tables, [str(end) for end in ground.ends]),
            at=root.at,
            clock=draft.clock,
            picks=as_rules_say(picked.made, rules, lists, _beside_rules(checked, noted, draft)),
            annotate=annotated,
            parts=parts,
            notices=noted,
            skipped=tuple(draft.skipped),
            sources=beside,
            rollups=rolled,
            refers=frozenset(draft.links),
        )
    claims = {half.end.side: half.claim for half in halves}
    return Compiled(ground.mapping, mapping, draft, ground.ends, claims, ground.creates, ground.updates)


def _beside_rules(checked: Iterable[Check], noted: Iterable[Notice], draft: Draft) -> list[Expression | None]:
    """Give what is read beside the rules: by checks, by notices, and by arguments of transforms."""
    own = [read for check in checked for read in (check.that, *(check.equal or ()), check.when)]
    numbers = [check.valid.number for check in checked if check.valid is not None]
    told = [read for notice in noted for read in notice.reads]
    return [*own, *numbers, *told, *(read for read, _ in draft.argument_reads)]


def _ground(name: str, root: MapNode, given: Given) -> Ground:
    sides = [end.side for end in given.ends]
    return Ground(
        mapping=name,
        ends=given.ends,
        settings=given.settings,
        tables=given.tables,
        transforms=given.transforms,
        catalogue=given.catalogue,
        links=given.links,
        absent=given.absent,
        names=given.names,
        copies=given.copies,
        conflict=root.text("conflict", "review"),
        drift=root.text("drift", "restore"),
        blank=root.text("blank", "clear"),
        creates=frozenset(side for side in sides if may(root.table("create").get(side), "create")),
        updates=frozenset(side for side in sides if may(root.table("update").get(side), "update")),
    )


def _annotated(root: MapNode, ground: Ground, draft: Draft) -> frozenset[str]:
    """Give the sides whose records are annotated; a system without notes cannot be asked for them."""
    named = [node for node in root.list("annotate") if isinstance(node, ScalarNode)]
    for node in named:
        end = ground.end(str(node.value))
        if end.type is not None and Verb.NOTE not in end.type.verbs:
            draft.error(
                "missing-capability", f"{end} keeps no history that notes can be added to", node.at, "leave it out"
            )
    return frozenset(str(node.value) for node in named)


def _on_link(ground: Ground) -> str:
    return ground.conflict if ground.conflict in {*ground.sides, "newest", "review"} else "review"


@dataclass(frozen=True, slots=True)
class _Half:
    """One side while the paths that are read of it are still being found."""

    end: Endpoint
    made: Side | None
    claim: Claim

    @staticmethod
    def read(root: MapNode, end: Endpoint, ground: Ground, draft: Draft, parts: Parts | None) -> _Half:
        node = root.table("between").table(end.side)
        claim = _claim(root, end, ground, draft)
        remember = _remember(root, end, ground, draft, parts)
        create = policy(root, "create", end.side, ground, draft)
        update, delete, leave = (policy(root, kind, end.side, ground, draft) for kind in ("update", "delete", "leave"))
        if end.type is None:
            return _Half(end, None, claim)
        create = _without_marker(root, end, create, ground, draft)
        made = Side(
            end.side,
            end.connection,
            end.adapter,
            end.object,
            end.type,
            claim.where,
            node.flag("archived"),
            remember,
            create,
            update,
            delete,
            leave,
            paths=frozenset(),
            rounding=end.rounding,
            sales_accounts=end.sales_accounts,
            route=claim.route,
        )
        return _Half(end, made, claim)

    def side(self, draft: Draft) -> Side:
        if self.made is None:
            raise ValueError("a side without its object's description")
        return replace(self.made, paths=_paths(self.end, draft))


def _claim(root: MapNode, end: Endpoint, ground: Ground, draft: Draft) -> Claim:
    """Read what says which records of a side belong to the mapping: its own `where`, the other side's `route`."""
    between, reach = root.table("between"), {end.side: Reach(end)}
    nodes = (between.table(end.side).get("where"), between.table(ground.other(end.side).side).get("route"))
    where = read_expression(nodes[0], ground, draft, reach, ("settings", "run"))
    routed = Draft()
    route = read_expression(nodes[1], ground, routed, reach, ("settings",))
    draft.take(routed)
    draft.own += routed.problems
    texts = [str(node.value) if isinstance(node, ScalarNode) else "" for node in nodes]
    return Claim(ground.mapping, end.side, where, route, ground.settings, (texts[0], texts[1]))


def _paths(end: Endpoint, draft: Draft) -> frozenset[str]:
    """All paths that are read of a side, with what its system replaces as a whole."""
    kind = end.type
    read = {path for side, path in draft.paths if side == end.side and path}
    if kind is None:
        return frozenset(read)
    written = {write.path for write in draft.writes if write.side == end.side}
    for group in kind.whole:
        if any(path == group or path.startswith(group + ".") for path in written):
            read |= {path for path in kind.fields if path.startswith(group + ".")}
    if not kind.partial and written:
        read |= {path for path, known in kind.fields.items() if known.updatable and known.readable}
    return frozenset(read)


def _remember(root: MapNode, end: Endpoint, ground: Ground, draft: Draft, parts: Parts | None) -> Path | None:
    node = root.table("remember").get(end.side)
    path = read_path(node, draft, ground.sides)
    if path is None or node is None:
        return None
    if parts is not None and parts.switched and parts.side == end.side:
        message = (
            f"left out here: remember.{end.side}: while the mapping has parts, one field can't hold the ids of all"
        )
        draft.note("skipped", message, node.at)
        return None
    reach = Reach(end)
    found = field_of(reach, path.text, ground)
    if found is None and end.type is not None:
        message = f"{end} has no {path.text}: links are rebuilt from markers alone"
        draft.note(
            "remember-missing", message, node.at, "add the field to the organisation to show the partner's id to people"
        )
        return None
    fit.writable(reach, found, path.text, node.at, ground, draft, only=None)
    draft.writes.append(Write(end.side, path.text, "remember", node.at))
    draft.paths.add((end.side, path.text))
    return path


def _without_marker(root: MapNode, end: Endpoint, create: Policy, ground: Ground, draft: Draft) -> Policy:
    """Without anything that stops twins, a person looks at each create."""
    if end.type is None or end.side not in ground.creates or end.type.twins is not Twins.POSSIBLE:
        return create
    node = root.table("create").get(end.side)
    message = (
        f"{end} keeps no unique key of ours, so an unanswered create could make a twin: "
        "each create into it becomes a review"
    )
    mend = "add the field for our key to it in the system: the README of the pack, or the adapter's page, names it"
    draft.warn("no-marker", message, node.at if node else root.at, mend)
    return replace(create, ask=True)


def _need_update(side: str, ground: Ground, draft: Draft) -> None:
    end = ground.end(side)
    if end.type is None or side not in ground.updates or Verb.UPDATE in end.type.verbs:
        return
    changes = [write for write in draft.writes if write.side == side and not write.create_only]
    if changes:
        at: Position = changes[0].at
        draft.error("missing-capability", f"{end} cannot be updated", at, f"write update: {{{side}: never}}")


def _in_order(rules: list[Rule], ground: Ground) -> list[Rule]:
    """Put rules first that write the currency of another rule's amount."""
    codes = {
        (end.side, known.currency)
        for end in ground.ends
        if end.type
        for known in end.type.fields.values()
        if known.currency
    }
    return sorted(rules, key=lambda rule: not (isinstance(rule, OneWay) and (rule.side, rule.path.text) in codes))


def scalars(node: MapNode) -> dict[str, Value]:
    """Give the entries of a map of settings or tables as values."""
    return {name: value(inner) for name, inner in node.entries.items()}
