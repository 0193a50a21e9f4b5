"""Which records a mapping takes, and which other mappings take the same ones. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tieout.mapping.compiled import Expression, ExpressionFailed, Undecided, holds
from tieout.mapping.writers import overlaps
from tieout.model import Value
from tieout.transform import Scope


@dataclass(frozen=True, slots=True)
class Claim:
    """Which records of one side a mapping takes: those for which all conditions hold, under its own settings."""

    mapping: str
    side: str
    where: Expression | None
    route: Expression | None
    """Written at the other side, of a copy: which records belong to this copy of all that `where` lets in."""
    settings: Mapping[str, Value]
    text: tuple[str, str]
    """Both as written, those included that can't be compiled."""

    @property
    def essence(self) -> tuple[str, str, Mapping[str, Value]]:
        """Give what tells it from another claim: both texts, and the settings that they read."""
        read = self._settings_read()
        return (*self.text, {name: value for name, value in self.settings.items() if name in read or "" in read})

    def _settings_read(self) -> set[str]:
        return {path.partition(".")[0] for path in self.paths("settings")}

    @property
    def readable(self) -> bool:
        """Say whether both could be compiled and settled: of what is wrong nobody knows which records it takes."""
        compiled = zip((self.where, self.route), self.text, strict=True)
        settled = self._settings_read() <= {"", *self.settings}
        return settled and all(one is not None or not text for one, text in compiled)

    def paths(self, root: str) -> frozenset[str]:
        """Give what both read of a root."""
        nothing = frozenset[str]()
        return nothing.union(*(one.reads.get(root, nothing) for one in (self.where, self.route) if one is not None))

    def lets_in(self, record: Mapping[str, Value], run: Value) -> bool:
        """Say whether `where` holds. Raises Undecided, ExpressionFailed."""
        return self.where is None or holds(self.where(self._scope(record, run)))

    def reaches(self, record: Mapping[str, Value], run: Value) -> bool:
        """Say whether both hold. Raises Undecided, ExpressionFailed."""
        routed = self.route is None or holds(self.route(self._scope(record, run)))
        return routed and self.lets_in(record, run)

    def may_reach(self, record: Mapping[str, Value], run: Value) -> bool:
        """Say whether the mapping may write the record: not where it can't be told, for then it writes nothing."""
        try:
            return self.reaches(record, run)
        except ExpressionFailed:
            return False
        except Undecided:
            return True

    def _scope(self, record: Mapping[str, Value], run: Value) -> Scope:
        return {self.side: dict(record), "settings": dict(self.settings), "run": run}


@dataclass(frozen=True, slots=True)
class Rival:
    """Another mapping that writes the same paths of an object: where both take a record, neither writes them."""

    claim: Claim
    side: str
    """The side that both write, as this mapping calls it."""
    paths: frozenset[str]
    """What it writes there, at records that exist."""

    def writes(self, path: str) -> bool:
        """Say whether it writes at, above or below a path."""
        return any(overlaps(path, one) for one in self.paths)


@dataclass(frozen=True, slots=True)
class Family:
    """The copies of one mapping, as each of them knows them."""

    name: str
    side: str
    """The side whose records are routed: the one that all copies share."""
    claims: tuple[Claim, ...]
    """Of all copies, in their order."""
