"""From a mapping as written to one that runs, by the way that a project's mappings go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tieout.adapter import Adapter, Bearer, Connection, Service, Tools
from tieout.errors import UsageError
from tieout.hookspecs import RateSource
from tieout.language.loading import load_text
from tieout.language.nodes import MapNode
from tieout.mapping.check import Checked, check_project
from tieout.mapping_sources import MappingSource
from tieout.model import ObjectType, Record, Value
from tieout.problems import errors
from tieout.project import ConnectionConfig, Project
from tieout.secrets import Secret
from tieout.transform import Binding, Bound, Scope, Transform

from .drafts import Draft


@dataclass(frozen=True, slots=True)
class Prefixed(Bound):
    """A phone number is kept with a sign before it on the second side, without one on the first."""

    sign: str
    second: str

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:
        if not isinstance(value, str):
            return value
        bare = value.lstrip("+-")
        return self.sign + bare if to == self.second else bare


class Plus(Transform):
    """`as: plus`."""

    name: ClassVar[str] = "plus"
    summary: ClassVar[str] = "a plus before it on the second side"
    sign: ClassVar[str] = "+"

    def bind(self, binding: Binding) -> Bound:
        return Prefixed(self.sign, binding.target.side)


class Dash(Plus):
    """`as: dash`."""

    name: ClassVar[str] = "dash"
    summary: ClassVar[str] = "a dash before it on the second side"
    sign: ClassVar[str] = "-"


class Nameless(Adapter):
    """An adapter that is only asked for its options."""

    name: ClassVar[str] = "memory"

    def service(self, options: Record, organisation: str | None) -> Service:
        return Service("memory:", Bearer())

    def open(self, options: Record, tools: Tools) -> Connection:
        raise UsageError("nothing is opened here")


@dataclass(frozen=True)
class Offered:
    """What the checker needs of the plugins."""

    adapters: Mapping[str, Adapter] = field(default_factory=lambda: {"memory": Nameless()})
    transforms: Mapping[str, Transform] = field(default_factory=lambda: {one.name: one for one in (Plus(), Dash())})
    rate_sources: Mapping[str, RateSource] = field(default_factory=dict)

    def adapter(self, name: str) -> Adapter:
        return self.adapters[name]


def compiled(drafts: Sequence[Draft], types: Sequence[ObjectType]) -> Checked:
    """Compile mappings together; a mapping with an error is a mistake of the simulation."""
    places = {name: place for draft in drafts for name, place in zip(draft.connections, draft.ends, strict=True)}
    project = Project(
        Path(),
        "simulation",
        None,
        connections={name: _connection(name) for name in sorted(places)},
        mappings=tuple(_source(draft) for draft in drafts),
        settings={},
        tables={},
        store=Secret("sqlite:"),
    )
    checked = check_project(project, Offered(), lambda connection, _object: types[places[connection]])
    wrong = errors(checked.problems)
    if wrong or len(checked.mappings) != len(drafts):
        raise AssertionError(f"{wrong}\n" + "\n".join(draft.text() for draft in drafts))
    return checked


def _connection(name: str) -> ConnectionConfig:
    root = _root("adapter: memory\n", "tieout.yaml")
    return ConnectionConfig(
        name, "memory", None, {}, root.table("options"), {}, {}, {}, None, None, None, root.at, root
    )


def _source(draft: Draft) -> MappingSource:
    return MappingSource(draft.name, f"{draft.name}.yaml", _root(draft.text(), f"{draft.name}.yaml"))


def _root(text: str, file: str) -> MapNode:
    loaded = load_text(text, file)
    if not isinstance(loaded.root, MapNode) or errors(loaded.problems):
        raise AssertionError(f"{loaded.problems}\n{text}")
    return loaded.root
