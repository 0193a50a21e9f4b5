"""Mappings as people write them, drawn at random, and how people change them between runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from tieout.model import ObjectType, Verb

from .systems import FIELDS, FROM_LEFT, FROM_RIGHT, KEY, NAMES, OUT, PAIRS, PARENT, ROW_ID, ROWS, SCOPE, TEXT, THING

DRIFTS = ("restore", "restore", "keep", "review")
MATCHES = ((KEY,), (), ("name",), ("name", KEY), (KEY, "name"))
"""Match rules that are tried out: paths, the first rule first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One field rule as written. `to`: 0 or 1, the end that is written one way; None: both ways."""

    path: str
    to: int | None
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """One mapping as written. `ends`: places of its two systems."""

    name: str
    ends: tuple[int, int]
    sides: tuple[str, str]
    connections: tuple[str, str]
    rules: Sequence[Rule]
    creates: tuple[bool, bool]
    deletes: tuple[str, str]
    leaves: tuple[str, str]
    on_link: int | str
    filtered: tuple[bool, bool] = (False, False)
    left_out: frozenset[str] = frozenset()
    rows_to: int | None = None
    rows: Mapping[str, str] = field(default_factory=dict)
    natural: bool = False
    """The id of a row is the source row's."""
    matched: bool = True
    """Records that were there already find their partners."""
    archived: tuple[bool, bool] = (False, False)
    """Records that are out of use are in scope."""
    requested: tuple[bool, bool] = (False, False)
    """Partners are made there only for a person who asks for them."""
    by: Sequence[str] = (KEY,)
    """Paths of the match rules, the first rule first."""

    def rule(self, path: str) -> Rule | None:
        """Give the rule of a path, if it is in force."""
        return next((rule for rule in self.rules if rule.path == path and path not in self.left_out), None)

    def rule_key(self, path: str) -> str | None:
        """Give the key under which the engine knows the rule of a path."""
        rule = self.rule(path)
        if rule is None:
            return None
        first, second = (f"{side}.{path}" for side in self.sides)
        return f"{first}={second}" if rule.to is None else (first, second)[rule.to]

    @property
    def rows_key(self) -> str | None:
        """Give the key of the list rule."""
        return None if self.rows_to is None else f"{self.sides[self.rows_to]}.{ROWS}"

    def winner(self, word: int | str) -> str:
        """Write who wins: an end by its side's name, or a word."""
        return self.sides[word] if isinstance(word, int) else word

    def text(self) -> str:
        """Write the mapping."""
        one, two = self.sides
        lines = [
            f"mapping: {self.name}",
            "version: 1",
            "description: A thing is a thing.",
            "between:",
            *(f"  {self.sides[end]}: {self._end(end)}" for end in (0, 1)),
            *self._match(),
            f"create: {{{one}: {self._create(0)}, {two}: {self._create(1)}}}",
            f"delete: {{{one}: {self.deletes[0]}, {two}: {self.deletes[1]}}}",
            f"leave: {{{one}: {self.leaves[0]}, {two}: {self.leaves[1]}}}",
            f"on_link: {self.winner(self.on_link)}",
            "fields:",
            *(f"  - {self._rule(rule)}" for rule in self.rules if rule.path not in self.left_out),
        ]
        return "\n".join([*lines, *self._rows()]) + "\n"

    def _match(self) -> list[str]:
        one, two = self.sides
        rules = ", ".join(f"{{{one}: {path}, {two}: {path}}}" for path in self.by)
        return [f"match: [{rules}]"] if self.matched and rules else []

    def _create(self, end: int) -> str:
        if not self.creates[end]:
            return "never"
        return "request" if self.requested[end] else "always"

    def _end(self, end: int) -> str:
        where = f", where: \"{self.sides[end]}.{SCOPE} != '{OUT}'\"" if self.filtered[end] else ""
        archived = ", archived: true" if self.archived[end] else ""
        return f"{{connection: {self.connections[end]}, object: {THING}{where}{archived}}}"

    def _rule(self, rule: Rule) -> str:
        one, two = self.sides
        options = {
            name: self.winner(int(word)) if name == "conflict" and word.isdigit() else word
            for name, word in rule.options.items()
        }
        more = "".join(f", {name}: {word}" for name, word in options.items())
        if rule.to is None:
            return f"{{{one}: {rule.path}, {two}: {rule.path}{more}}}"
        source, target = (two, one) if rule.to == 0 else (one, two)
        return f"{{{target}: {rule.path}, from: {source}.{rule.path}{more}}}"

    def _rows(self) -> list[str]:
        if self.rows_to is None:
            return []
        source, target = self.sides[1 - self.rows_to], self.sides[self.rows_to]
        return [
            "lists:",
            f"  - {target}: {ROWS}",
            f"    from: {source}.{ROWS}",
            f"    key: {{{source}: {ROW_ID}, {target}: {ROW_ID}}}",
            *(f"    {name}: {word}" for name, word in self.rows.items()),
            "    fields:",
            *([f"      - {{{target}: {ROW_ID}, from: {source}.{ROW_ID}}}"] if self.natural else []),
            f"      - {{{target}: {TEXT}, from: {source}.{TEXT}}}",
        ]


# --- drawing ------------------------------------------------------------------------------------------------------


def draw(random: Random, features: Collection[str], types: Sequence[ObjectType], *, asked: bool) -> list[Draft]:
    """Draw the mappings of a world: left with right, and in a chain right with far, too; `asked`: persons decide."""
    first = _first(random, features, types)
    if asked:
        first = replace(first, on_link="review", rules=[_reviewed(rule) for rule in first.rules])
    return [first, _second(random, features, types)] if "chain" in features else [first]


def _reviewed(rule: Rule) -> Rule:
    return replace(rule, options={**rule.options, "conflict": "review"}) if rule.to is None else rule


def _conflict(random: Random, features: Collection[str]) -> str:
    if "recent" in features:
        return "newest"
    words = ("0", "1", "review", "newest", "newest", "newest") if "newest" in features else ("0", "1", "review")
    return random.choice(words)


def _first(random: Random, features: Collection[str], types: Sequence[ObjectType]) -> Draft:
    rules = [Rule(KEY, None, {"conflict": "0"})]
    for path in PAIRS:
        plus = {"as": "plus"} if path == "phone" else {}
        rules.append(Rule(path, None, {**plus, "conflict": _conflict(random, features)}))
    rules.append(Rule(FROM_LEFT, 1, {"drift": random.choice(DRIFTS)}))
    rules.append(Rule(FROM_RIGHT, 0, {"drift": random.choice(DRIFTS)}))
    if "references" in features:
        rules.append(Rule(PARENT, None, {"link": "things", "conflict": _conflict(random, ())}))
    to = random.randrange(2) if "lists" in features else None
    on_links: tuple[int | str, ...] = (0, 1, "review", *(("newest",) if "newest" in features else ()))
    return Draft(
        name="things",
        ends=(0, 1),
        sides=(NAMES[0], NAMES[1]),
        connections=(NAMES[0], NAMES[1]),
        rules=rules,
        creates=(True, True),
        deletes=(_delete(random, features, types[0]), _delete(random, features, types[1])),
        leaves=(_leave(random, features, types[0]), _leave(random, features, types[1])),
        on_link="newest" if "recent" in features else random.choice(on_links),
        filtered=("scope" in features and random.random() < 0.7, "scope" in features and random.random() < 0.4),
        rows_to=to,
        rows={"extra": random.choice(("keep", "keep", "review", "remove")), "drift": random.choice(DRIFTS)},
        natural=to is not None and types[to].fields[f"{ROWS}.{ROW_ID}"].creatable,
        matched="unmatched" not in features,
        archived=(random.random() < 0.5, random.random() < 0.5) if "archives" in features else (False, False),
        requested=(random.random() < 0.35, random.random() < 0.35) if "picked" in features else (False, False),
    )


def _second(random: Random, features: Collection[str], types: Sequence[ObjectType]) -> Draft:
    """Only what no rule of the first writes on the right may come back from the far side."""
    ways = [Rule(path, 1, {"drift": random.choice(DRIFTS)}) for path in ("name", "phone", "grade", FROM_LEFT)]
    back = Rule(FROM_RIGHT, None, {"conflict": _conflict(random, features)})
    return Draft(
        name="copies",
        ends=(1, 2),
        sides=(NAMES[1], NAMES[2]),
        connections=(NAMES[1], NAMES[2]),
        rules=[Rule(KEY, 1, {"drift": "restore"}), *ways, back],
        creates=(False, True),
        deletes=(_delete(random, features, types[1]), _delete(random, features, types[2])),
        leaves=("keep", "keep"),
        on_link=random.choice((0, 1, "review")),
        matched="unmatched" not in features,
    )


def _delete(random: Random, features: Collection[str], type_: ObjectType) -> str:
    if "keeping" in features:
        return "keep"
    if "archives" in features:
        return random.choice(("archive", "archive", "keep", "{do: archive, ask: true}"))
    word = random.choice(("delete", "delete", "delete", "delete", "keep", "hold", "{do: delete, ask: true}"))
    return word if Verb.DELETE in type_.verbs else "keep"


def _leave(random: Random, features: Collection[str], type_: ObjectType) -> str:
    word = random.choice(("keep", "keep", "delete", "hold")) if "scope" in features else "keep"
    return word if Verb.DELETE in type_.verbs else "keep"


# --- changing -----------------------------------------------------------------------------------------------------


def change(random: Random, draft: Draft, features: Collection[str]) -> Draft:
    """Change a mapping as a consultant does between two runs."""
    kind = random.choice(("field", "field", "transform", "filter", "rename", "conflict"))
    if kind == "field":
        path = random.choice([rule.path for rule in draft.rules if rule.path in FIELDS])
        return replace(draft, left_out=draft.left_out ^ {path})
    if kind == "transform":
        word = random.choice(("plus", "dash", ""))
        return replace(draft, rules=[_with_transform(rule, word) for rule in draft.rules])
    if kind == "filter" and "scope" in features and draft.ends == (0, 1):
        end = random.randrange(2)
        now = (not draft.filtered[0], draft.filtered[1]) if end == 0 else (draft.filtered[0], not draft.filtered[1])
        return replace(draft, filtered=now)
    if kind == "rename":
        return _renamed(random, draft, features)
    place = random.randrange(len(draft.rules))
    rule = draft.rules[place]
    if rule.path == KEY:
        return draft
    options = {"conflict": _conflict(random, features)} if rule.to is None else {"drift": random.choice(DRIFTS)}
    now_rule = replace(rule, options={**rule.options, **options})
    return replace(draft, rules=[*draft.rules[:place], now_rule, *draft.rules[place + 1 :]])


def try_out(random: Random, draft: Draft, features: Collection[str]) -> Draft:
    """Change a mapping as somebody does who wants to see what would come of it: mostly its match rules."""
    if random.random() < 0.6:
        return replace(draft, by=random.choice([paths for paths in MATCHES if paths != draft.by]))
    return change(random, draft, features)


def _with_transform(rule: Rule, word: str) -> Rule:
    if rule.path != "phone" or rule.to is not None:
        return rule
    options = {name: text for name, text in rule.options.items() if name != "as"}
    return replace(rule, options={**({"as": word} if word else {}), **options})


def _renamed(random: Random, draft: Draft, features: Collection[str]) -> Draft:
    """Rename the mapping, its sides, or its connections: labels all. Those of a chain share a connection."""
    whats = ("name", "sides") if "chain" in features else ("name", "sides", "connections")
    what, number = random.choice(whats), random.randrange(10, 99)
    old = ("things", "copies")[draft.ends[0]]
    if what == "name":
        rules = [
            replace(rule, options={**rule.options, "link": f"{old}{number}"}) if "link" in rule.options else rule
            for rule in draft.rules
        ]
        return replace(draft, name=f"{old}{number}", rules=rules)
    first, second = (NAMES[end] for end in draft.ends)
    names = (f"{first}{number}", f"{second}{number}")
    return replace(draft, sides=names) if what == "sides" else replace(draft, connections=names)
